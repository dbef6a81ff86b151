// What is chosen, in the address after `#`, so that a link, a bookmark and the back button work.
import { Store } from "../lib/store";

export type Route =
  | { kind: "overview" }
  | { kind: "class" }
  | { kind: "lab"; lab: string }
  | { kind: "instance"; instance: string; tab: string; rest: string[] }
  | { kind: "node"; instance: string; node: string; tab: string };

const join = (...parts: string[]) => `#/${parts.map(encodeURIComponent).join("/")}`;

export const href = {
  overview: () => "#/",
  class: () => "#/class",
  lab: (lab: string) => join("labs", lab),
  instance: (instance: string, tab = "topology", ...rest: string[]) => join("instances", instance, tab, ...rest),
  node: (instance: string, node: string, tab = "summary") => join("instances", instance, "nodes", node, tab),
};

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function parse(hash: string): Route {
  const [first, name, ...rest] = hash.replace(/^#\/?/, "").split("/").filter(Boolean).map(decoded);
  if (first === "class") return { kind: "class" };
  if (first === "labs" && name) return { kind: "lab", lab: name };
  if (first === "instances" && name) {
    const [tab, node, nodeTab] = rest;
    if (tab === "nodes" && node) return { kind: "node", instance: name, node, tab: nodeTab ?? "summary" };
    return { kind: "instance", instance: name, tab: tab ?? "topology", rest: rest.slice(1) };
  }
  return { kind: "overview" };
}

export const route = new Store<Route>(parse(location.hash));

function arrive(): void {
  const next = parse(location.hash);
  if (JSON.stringify(next) !== JSON.stringify(route.value)) route.set(next);
}

addEventListener("hashchange", arrive);

/** Goes there at once: the event of the browser comes later, when a dialog may have been opened there. */
export function go(hash: string): void {
  location.hash = hash;
  arrive();
}

/** The instance that the route is about, if any. */
export function instanceOf(value: Route): string | undefined {
  return value.kind === "instance" || value.kind === "node" ? value.instance : undefined;
}
