// What the search offers: places to go to, and commands to run.
import {
  down,
  drillRun,
  heal,
  nodeCut,
  nodeReboot,
  nodeStart,
  nodeStop,
  reset,
  upAgain,
  type Action,
} from "../actions/catalog";
import { administratorOnly, hindrance, perform } from "../actions/perform";
import type { BundledLab, DrillRow, Overview } from "../api/types";
import { openInject } from "../faults/inject-dialog";
import { openBringUp } from "../overview/bring-up";
import { go, href } from "../state/route";
import { session } from "../state/session";
import { openSaveCheckpoint } from "../instance/checkpoint-dialog";
import type { IconName } from "../ui/icons";

export interface PaletteItem {
  readonly text: string;
  readonly about: string;
  readonly icon: IconName;
  readonly run: () => void;
  readonly hindered?: string | undefined;
}

export interface PaletteInput {
  readonly overview: Overview | undefined;
  readonly labs: readonly BundledLab[];
  readonly instance: string | undefined;
  readonly drills: readonly DrillRow[];
}

const place = (text: string, about: string, icon: IconName, to: string): PaletteItem => ({
  text,
  about,
  icon,
  run: () => go(to),
});

const TABS = ["topology", "terminals", "client", "drills", "faults", "checkpoints", "files", "records", "history"];

export function paletteItems({ overview, labs, instance, drills }: PaletteInput): PaletteItem[] {
  const items: PaletteItem[] = [place("Overview", "All instances and labs", "layers", href.overview())];
  if (session.teaches) items.push(place("Class", "Benches, hand-ins and grades", "user", href.class()));
  const refused = hindrance();
  const command = (action: Action, icon: IconName, then?: (operation: string) => void): PaletteItem => ({
    text: action.command,
    about: action.title ?? action.label,
    icon,
    run: () => perform(action, then),
    hindered: action.administrator ? administratorOnly() : refused,
  });
  const instances = overview?.instances ?? [];
  // What is chosen comes first.
  const ordered = [...instances].sort(
    (one, two) => Number(two.instance === instance) - Number(one.instance === instance),
  );
  for (const one of ordered) {
    const name = one.instance;
    for (const tab of TABS)
      items.push(place(`${name} ${tab}`, "Tab of an instance", "layers", href.instance(name, tab)));
    for (const node of one.nodes) {
      items.push(place(`${name} ${node}`, "Node", "server", href.node(name, node)));
      items.push(place(`${name} ${node} shell`, "Shell of a node", "terminal", href.node(name, node, "shell")));
      items.push(place(`${name} ${node} console`, "Console of a node", "terminal", href.node(name, node, "console")));
      items.push(place(`${name} ${node} logs`, "Logs of a node", "text", href.node(name, node, "logs")));
    }
  }
  for (const one of ordered) {
    const name = one.instance;
    if (name === instance) {
      for (const row of drills.filter((row) => !row.broken)) {
        const action = drillRun(name, row.drill);
        items.push({
          ...command(action, "flask", (operation) => go(href.instance(name, "drills", "watch", operation))),
          about: row.title,
        });
      }
    }
    for (const node of one.nodes) {
      items.push({
        text: `lab fault inject ${node} … --lab ${name}`,
        about: "Inject a fault",
        icon: "bolt",
        run: () => openInject(name, node),
        hindered: refused,
      });
      items.push(command(nodeStart(name, node), "power"), command(nodeStop(name, node), "power"));
      items.push(command(nodeCut(name, node), "power"), command(nodeReboot(name, node), "power"));
    }
    items.push(
      command(heal(name), "heal"),
      command(upAgain(name), "play"),
      command(reset(name), "undo"),
      command(down(name), "trash"),
    );
    items.push({
      text: `lab checkpoint save … --lab ${name}`,
      about: "Save the present state",
      icon: "flag",
      run: () => openSaveCheckpoint(name),
      hindered: refused,
    });
  }
  for (const lab of labs) {
    items.push(place(`Lab ${lab.lab}`, lab.title, "layers", href.lab(lab.lab)));
    items.push({
      text: `lab up ${lab.lab}`,
      about: lab.title,
      icon: "play",
      run: () => openBringUp(lab.lab),
      hindered: administratorOnly(),
    });
  }
  return items;
}

/** The items that contain every word of the text. */
export function matching(items: readonly PaletteItem[], text: string): PaletteItem[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return items.filter((item) => {
    const all = `${item.text} ${item.about}`.toLowerCase();
    return words.every((word) => all.includes(word));
  });
}
