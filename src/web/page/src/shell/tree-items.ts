// The items of the tree, flat, in the order in which they are shown.
import type { BundledLab, Listed, Overview, Status } from "../api/types";
import { healthOf } from "../lib/health";
import { brief, inForce } from "../lib/format";
import { href, instanceOf, type Route } from "../state/route";
import type { IconName } from "../ui/icons";
import { health, nodeState, type State, type Tone } from "../ui/marks";

export interface TreeTag {
  readonly text: string;
  readonly tone: Tone;
  readonly icon?: IconName;
}

export interface TreeItem {
  readonly id: string;
  readonly level: number;
  readonly text: string;
  readonly href?: string;
  readonly state?: State;
  readonly tags: readonly TreeTag[];
  /** Whether it is open; none if it has no children. */
  readonly open?: boolean;
  readonly chosen: boolean;
  readonly about?: string;
}

export interface TreeInput {
  readonly overview: Overview | undefined;
  readonly labs: readonly BundledLab[];
  readonly status: Status | undefined;
  readonly route: Route;
  /** Whether this user may lead a class. */
  readonly teaches: boolean;
  /** What a person opened or closed. */
  readonly toggled: ReadonlyMap<string, boolean>;
}

const running = (count: number | null, of: number): State =>
  count === null
    ? { shape: "question", word: "not known", tone: "plain" }
    : count === of
      ? { shape: "disc", word: "running", tone: "good" }
      : count === 0
        ? { shape: "ring", word: "off", tone: "off" }
        : { shape: "half", word: `${count} of ${of} run`, tone: "warn" };

/** The state of an instance that is not looked at here, with the moment that it is from, unless it is live. */
function lastSeen({ health: seen }: Listed, mine: Status | undefined, runs: State): State {
  if (mine || !seen || runs.tone !== "good") return runs;
  const state = health(seen.healthy ? "healthy" : "unhealthy");
  const at = seen["as-of"];
  return at === null ? state : { ...state, word: `${state.word} as of ${brief(at)}` };
}

const FEW = 4;

/** Its place among the items of the same parent, from 1, and their number: a flat list does not say. */
export function placeOf(items: readonly TreeItem[], place: number): [position: number, size: number] {
  const level = items[place]?.level ?? 1;
  const siblings = (from: number, step: number): number => {
    let count = 0;
    for (let at = from; at >= 0 && at < items.length; at += step) {
      const other = items[at]?.level ?? 0;
      if (other < level) break;
      if (other === level) count += 1;
    }
    return count;
  };
  const position = siblings(place, -1);
  return [position, position + siblings(place + 1, 1)];
}

export function treeItems({ overview, labs, status, route, teaches, toggled }: TreeInput): TreeItem[] {
  const items: TreeItem[] = [];
  if (teaches)
    items.push({ id: "class", level: 1, text: "Class", href: href.class(), tags: [], chosen: route.kind === "class" });
  const instances = overview?.instances ?? [];
  // A class has thirty instances: of many, only the chosen one shows its nodes.
  const open = (id: string, usual = true) => toggled.get(id) ?? usual;
  const shown = (name: string) => open(`instance:${name}`, instances.length <= FEW || instanceOf(route) === name);
  items.push({
    id: "instances",
    level: 1,
    text: "Instances",
    href: href.overview(),
    tags: [],
    open: open("instances"),
    chosen: route.kind === "overview",
  });
  for (const one of open("instances") ? instances : []) {
    const id = `instance:${one.instance}`;
    const mine = status?.instance === one.instance ? status : undefined;
    const busy = mine?.at_work ?? workOf(overview, one.instance);
    const faults = mine?.faults.length ?? one.faults ?? 0;
    const tags: TreeTag[] = [];
    if (busy)
      tags.push({ text: `${busy.replace(/^lab /, "")}${busy.includes("drill") ? " running" : ""}`, tone: "busy" });
    if (faults > 0) tags.push({ text: inForce(faults), tone: "bad", icon: "bolt" });
    if (one.damage) tags.push({ text: "damaged", tone: "bad" });
    const verdict = mine && healthOf(mine);
    const runs = running(one.running, one.nodes.length);
    const state = verdict && verdict !== "healthy" && runs.tone === "good" ? health(verdict) : lastSeen(one, mine, runs);
    items.push({
      id,
      level: 2,
      text: one.instance,
      href: href.instance(one.instance),
      state,
      tags,
      open: shown(one.instance),
      chosen: route.kind === "instance" && route.instance === one.instance,
      about: one.title ?? "",
    });
    if (!shown(one.instance)) continue;
    for (const node of one.nodes) {
      const known = mine?.nodes.find((other) => other.node === node);
      const faultsHere = mine?.faults.filter((fault) => fault.node === node) ?? [];
      const item = {
        id: `${id}/${node}`,
        level: 3,
        text: node,
        href: href.node(one.instance, node),
        tags: faultsHere.map(({ fault }) => ({ text: fault, tone: "bad" as const, icon: "bolt" as const })),
        chosen: route.kind === "node" && route.instance === one.instance && route.node === node,
      };
      items.push(known ? { ...item, state: nodeState(known.state) } : item);
    }
  }
  items.push({ id: "labs", level: 1, text: "Labs", tags: [], open: open("labs"), chosen: false });
  for (const lab of open("labs") ? labs : []) {
    items.push({
      id: `lab:${lab.lab}`,
      level: 2,
      text: lab.lab,
      href: href.lab(lab.lab),
      tags: lab.installed ? [{ text: "installed", tone: "plain" }] : [],
      chosen: route.kind === "lab" && route.lab === lab.lab,
      about: lab.title,
    });
  }
  return items;
}

/** Operations that belong to an instance, and leave its machines as they are. */
export const QUIET: readonly string[] = ["answer", "class hand", "class key", "hint", "notes write"];

/** The operation that works on an instance now. */
export function workOf(overview: Overview | undefined, instance: string): string | undefined {
  const here = overview?.operations.filter((one) => one.standing === "running" && one.subject.includes(instance));
  return here?.find((one) => !QUIET.includes(one.what))?.what;
}
