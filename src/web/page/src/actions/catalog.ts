// Everything that the page can ask the server to change: the request, and the command that does the same.
import { word } from "../words";
import { command } from "./command";

export interface Action {
  readonly label: string;
  readonly command: string;
  readonly request: string;
  readonly body: object;
  /** What is lost, for the question before it begins. */
  readonly loses?: string;
  readonly title?: string;
  /** It needs a grant of all that the page offers, on the whole machine. */
  readonly administrator?: boolean;
  /** Marked as dangerous: it interrupts the service or deletes something. */
  readonly danger?: boolean;
}

const on = (instance: string) => ["--lab", instance];

export function up(lab: string, name: string, settings: string[]): Action {
  const wish = { lab, name: name === "" || name === lab ? null : name, settings };
  return {
    label: "Bring up",
    command: command(
      "up",
      lab,
      wish.name !== null && ["--as", wish.name],
      settings.flatMap((one) => ["--set", one]),
    ),
    request: "up",
    administrator: true,
    body: { wish },
  };
}

export function upAgain(instance: string): Action {
  return {
    label: "Bring up again",
    title: "Switches nodes on and makes what is missing, so that the instance matches its lab file.",
    command: command("up", on(instance)),
    request: "up",
    administrator: true,
    body: { wish: { instance } },
  };
}

export function reset(instance: string): Action {
  return {
    label: "Reset",
    title: `Reset ${instance}?`,
    loses: "All nodes return to the state in which they came up. What was written to their disks since then is lost.",
    command: command("reset", instance),
    request: "reset",
    body: { instances: [instance] },
    danger: true,
  };
}

export function down(instance: string): Action {
  return {
    label: "Take down",
    title: `Take ${instance} down?`,
    loses: "Its machines, disks and networks are removed. Records of drills, checkpoints and SSH keys are kept.",
    command: command("down", instance),
    request: "down",
    administrator: true,
    body: { instances: [instance] },
    danger: true,
  };
}

export function drillRun(instance: string, drill: string, seed?: string): Action {
  return {
    label: word("Run"),
    command: command("drill", "run", drill, on(instance), seed && ["--seed", seed]),
    request: "drill-run",
    body: { drill, instance, seed: seed ? Number(seed) : null },
  };
}

export function drillSeries(instance: string, drill: string, runs: number): Action {
  return {
    label: word("Run"),
    command: command("drill", "run", drill, on(instance), "--repeat", runs),
    request: "drill-series",
    body: { run: { drill, instance }, runs },
  };
}

/** Load without faults: every failover that happens is a false one. */
export function drillSoak(instance: string, drill: string, length: string): Action {
  return {
    label: word("Run"),
    command: command("drill", "soak", drill, on(instance), "--for", length),
    request: "drill-soak",
    body: { run: { drill, instance }, length },
  };
}

export function inject(
  instance: string,
  node: string,
  fault: string,
  keys: Record<string, string | number | boolean>,
  hold: string,
): Action {
  const options = Object.entries(keys).flatMap(([key, value]) =>
    value === true ? [`--${key}`] : value === false ? [] : [`--${key}`, String(value)],
  );
  return {
    label: word("Inject"),
    command: command("fault", "inject", node, fault, options, hold && ["--hold", hold], on(instance)),
    request: "inject",
    body: { node, fault, keys, hold: hold === "" ? null : hold, instance },
    danger: true,
  };
}

/** Heals all faults, also those that a killed drill left behind. */
export function heal(instance: string): Action {
  return { label: word("Heal all"), command: command("heal", instance), request: "heal", body: { instance } };
}

/** Heals one fault by its id, or all faults of a node. */
export function healOne(instance: string, what: string): Action {
  return {
    label: word("Heal"),
    command: command("fault", "heal", what, on(instance)),
    request: "heal-faults",
    body: { what, instance },
  };
}

export function nodeStart(instance: string, node: string): Action {
  return {
    label: word("Start"),
    command: command("node", "start", node, on(instance)),
    request: "node-start",
    body: { node, instance },
  };
}

export function nodeStop(instance: string, node: string): Action {
  return {
    label: word("Shut down"),
    title: word("Shut {0} down?", node),
    loses: word("The system of the node shuts down in order, within 120 s. Its services move or stop."),
    command: command("node", "stop", node, on(instance)),
    request: "node-stop",
    body: { node, instance },
    danger: true,
  };
}

export function nodeCut(instance: string, node: string): Action {
  return {
    label: word("Cut power"),
    title: word("Cut the power of {0}?", node),
    loses: word(
      "Its memory is lost at once, and nothing is flushed to its disks. This is no fault: healing does not undo it.",
    ),
    command: command("node", "stop", "--force", node, on(instance)),
    request: "node-stop",
    body: { node, instance, how: "cut" },
    danger: true,
  };
}

export function nodeReboot(instance: string, node: string): Action {
  return {
    label: word("Reboot"),
    title: word("Reboot {0}?", node),
    loses: word("The node shuts down in order and starts again. Its services move or stop in the meantime."),
    command: command("node", "reboot", node, on(instance)),
    request: "node-reboot",
    body: { node, instance },
    danger: true,
  };
}

export function writeNotes(instance: string, text: string): Action {
  return {
    label: "Save the notes",
    command: command("notes", on(instance), "--write", text),
    request: "notes-write",
    body: { instance, text },
  };
}
