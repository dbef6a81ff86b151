// What can be done with checkpoints.
import type { Action } from "./catalog";
import { command } from "./command";

export function save(instance: string, name: string, note: string): Action {
  return {
    label: "Save",
    command: command("checkpoint", "save", name || "NAME", note && ["--note", note], "--lab", instance),
    request: "checkpoint-save",
    body: { name, note, instance },
  };
}

export function restore(instance: string, checkpoint: string): Action {
  return {
    label: "Restore",
    title: `Restore ${checkpoint}?`,
    loses: `The present state of ${instance}, memory and disks of all nodes, is lost.`,
    command: command("checkpoint", "restore", checkpoint, "--lab", instance),
    request: "checkpoint-restore",
    body: { checkpoint, instance },
    danger: true,
  };
}

export function remove(checkpoint: string): Action {
  return {
    label: "Remove",
    title: `Remove ${checkpoint}?`,
    loses: "The saved memory and disks are deleted. Instances and checkpoints that depend on it prevent that.",
    command: command("checkpoint", "rm", checkpoint),
    request: "checkpoint-remove",
    administrator: true,
    body: { checkpoints: [checkpoint] },
    danger: true,
  };
}
