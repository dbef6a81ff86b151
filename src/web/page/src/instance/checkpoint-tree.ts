// Which checkpoint was made from which, by the history of an instance: a list of checkpoints does not say
// so. Pure.
import type { Checkpoint, Operation } from "../api/types";

export interface CheckpointNode {
  readonly checkpoint: Checkpoint;
  readonly children: readonly CheckpointNode[];
}

/** `drbd-heartbeat.before` or `before`, as the name alone. */
function nameOf(value: unknown, lab: string): string | undefined {
  if (typeof value !== "string") return undefined;
  return value.startsWith(`${lab}.`) ? value.slice(lab.length + 1) : value;
}

/** The name of the checkpoint on which an instance stood when it saved another, by the name of that. */
function parentsOf(
  operations: readonly Operation[],
  lab: string,
  baseline: string | undefined,
): ReadonlyMap<string, string> {
  const parents = new Map<string, string>();
  let at = baseline;
  const done = operations
    .filter((one) => one.standing === "done")
    .sort((one, two) => one.started.localeCompare(two.started));
  for (const { what, request } of done) {
    const value = (request ?? {}) as { name?: unknown; checkpoint?: unknown };
    if (what === "reset" || what === "down") at = baseline;
    else if (what === "checkpoint restore") at = nameOf(value.checkpoint, lab) ?? at;
    else if (what === "checkpoint save") {
      const name = nameOf(value.name, lab);
      if (!name) continue;
      if (at !== undefined && at !== name) parents.set(name, at);
      at = name;
    }
  }
  return parents;
}

export function checkpointTree(
  all: readonly Checkpoint[],
  lab: string,
  operations: readonly Operation[],
): readonly CheckpointNode[] {
  const mine = all.filter((one) => one.lab === lab);
  const known = new Set(mine.map((one) => one.name));
  const baseline = mine
    .filter((one) => one.kind === "start")
    .sort((one, two) => two.created.localeCompare(one.created))[0]?.name;
  const parents = parentsOf(operations, lab, baseline);
  // A checkpoint that was removed passes its children on to the one before it.
  const parentOf = (name: string): string | undefined => {
    const seen = new Set([name]);
    let above = parents.get(name);
    while (above !== undefined && !known.has(above)) {
      if (seen.has(above)) return undefined;
      seen.add(above);
      above = parents.get(above);
    }
    return above === name ? undefined : above;
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
  return roots.map((one) => grow(one, [one.name]));
}
