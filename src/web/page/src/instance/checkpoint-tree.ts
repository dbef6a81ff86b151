// Which checkpoint was made from which, and which one the instance is at, by the history: a list of checkpoints does
// not say so. Pure.
import type { Checkpoint, Operation } from "../api/types";

export interface CheckpointNode {
  readonly checkpoint: Checkpoint;
  readonly children: readonly CheckpointNode[];
}

export interface CheckpointTree {
  readonly roots: readonly CheckpointNode[];
  /** The name of the checkpoint that the present state came from; none if it is not known. */
  readonly here: string | undefined;
}

/** `drbd-heartbeat.before` or `before`, as the name alone. */
function nameOf(value: unknown, lab: string): string | undefined {
  if (typeof value !== "string") return undefined;
  return value.startsWith(`${lab}.`) ? value.slice(lab.length + 1) : value;
}

export function checkpointTree(
  all: readonly Checkpoint[],
  lab: string,
  operations: readonly Operation[],
): CheckpointTree {
  const mine = all.filter((one) => one.lab === lab);
  const known = new Set(mine.map((one) => one.name));
  const baseline = mine
    .filter((one) => one.kind === "start")
    .sort((one, two) => two.created.localeCompare(one.created))[0]?.name;
  const parents = new Map<string, string>();
  let here = baseline;
  const done = operations
    .filter((one) => one.standing === "done")
    .sort((one, two) => one.started.localeCompare(two.started));
  for (const { what, request } of done) {
    const value = (request ?? {}) as { name?: unknown; checkpoint?: unknown };
    if (what === "reset" || what === "down") here = baseline;
    else if (what === "checkpoint restore") here = nameOf(value.checkpoint, lab) ?? here;
    else if (what === "checkpoint save") {
      const name = nameOf(value.name, lab);
      if (!name) continue;
      if (here !== undefined && here !== name) parents.set(name, here);
      here = name;
    }
  }
  // A checkpoint that was removed passes its children on to the one before it.
  const parentOf = (name: string): string | undefined => {
    const seen = new Set([name]);
    let at = parents.get(name);
    while (at !== undefined && !known.has(at)) {
      if (seen.has(at)) return undefined;
      seen.add(at);
      at = parents.get(at);
    }
    return at === name ? undefined : at;
  };
  const parent = new Map(mine.map((one) => [one.name, parentOf(one.name)]));
  const grow = (one: Checkpoint, above: readonly string[]): CheckpointNode => ({
    checkpoint: one,
    children: mine
      .filter((other) => parent.get(other.name) === one.name && !above.includes(other.name))
      .map((other) => grow(other, [...above, other.name])),
  });
  const roots = mine
    .filter((one) => parent.get(one.name) === undefined)
    .sort((one, two) => one.created.localeCompare(two.created));
  return {
    roots: roots.map((one) => grow(one, [one.name])),
    here: here !== undefined && known.has(here) ? here : undefined,
  };
}
