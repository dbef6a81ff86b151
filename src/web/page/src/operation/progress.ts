// How far an operation is, computed from its events alone.
import type { Event, PlanStep } from "../api/events";
import { type Word, word } from "../words";

export interface Progress {
  readonly done: number;
  readonly total: number;
  /** What goes on now, in one line. */
  readonly text: string;
  readonly failed: boolean;
}

/** The progress of a plan, else the last thing that was said. */
export function progressOf(events: readonly Event[]): Progress {
  const plan = new Map<number, PlanStep>();
  const running = new Map<number, string>();
  let done = 0;
  let total = 0;
  let failed = false;
  let text = "";
  for (const { what } of events) {
    if (what.kind === "plan") {
      const event = what.event;
      if ("plan-started" in event) {
        // An operation may apply several plans, whose steps have the same numbers.
        plan.clear();
        total += event["plan-started"].plan.steps.length;
        for (const step of event["plan-started"].plan.steps) plan.set(step.id, step);
      }
      if ("step-started" in event) running.set(event["step-started"].id, titleOf(plan.get(event["step-started"].id)));
      if ("step-finished" in event) {
        running.delete(event["step-finished"].id);
        done += 1;
      }
      if ("step-failed" in event) {
        running.delete(event["step-failed"].id);
        failed = true;
      }
      text = [...running.values()].at(-1) ?? text;
    } else if (what.kind === "note" && what.level !== "detail") text = what.text;
    else if (what.kind === "work") text = what.title;
    else if (what.kind === "check-begins") text = word("check {0}", what.check);
    else if (what.kind === "drill" && what.event.what.kind === "stage") text = stageText(what.event.what.stage);
  }
  return { done, total, text, failed };
}

const STAGES: Record<string, Word> = {
  steady: "waiting until the lab is healthy",
  baseline: "load without faults, as a baseline",
  measure: "nodes are measured",
  ramp: "the rate of a load rises",
  soak: "load without faults, for the length of the soak",
  steps: "the steps of the drill",
  settle: "waiting until the lab has recovered",
  calm: "load after the recovery",
  final: "final reads",
};

export function stageText(stage: string): string {
  const known = STAGES[stage];
  return known === undefined ? stage : word(known);
}

const VERBS: Record<string, Word | ""> = {
  "ensure-image": "image",
  "create-host": "embedded host",
  "create-network": "network",
  "create-disk": "disk of",
  "write-seed": "seed of",
  "define-guest": "machine of",
  "start-guest": "start",
  "stop-guest": "stop",
  "await-guest": "wait for",
  "run-step": "",
  "await-health": "healthy:",
  "save-checkpoint": "checkpoint",
  "load-guest": "load the memory of",
  "lay-disk": "disk of",
  "resume-guests": "resume",
  seal: "record the state of",
};

/** A step of a plan in a few words: `disk of node1`, `start node2`. */
export function titleOf(step: PlanStep | undefined): string {
  if (!step) return "";
  if (typeof step.action === "string") return step.action.replaceAll("-", " ");
  const [kind, value] = Object.entries(step.action as Record<string, unknown>)[0] ?? ["", undefined];
  const known = VERBS[kind];
  const verb = known ? word(known) : (known ?? kind.replaceAll("-", " "));
  return `${verb} ${objectOf(kind, value)}`.trim();
}

function objectOf(kind: string, value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(String).join(", ");
  const field = (one: unknown, ...path: string[]): string | undefined => {
    const found = path.reduce<unknown>(
      (at, key) => (typeof at === "object" && at !== null ? (at as Record<string, unknown>)[key] : undefined),
      one,
    );
    return typeof found === "string" ? found : undefined;
  };
  if (kind === "run-step")
    return `${field(value, "script", "title") ?? ""} ${word("on {0}", field(value, "node") ?? "")}`;
  if (kind === "await-health") return `${field(value, "title") ?? ""} ${field(value, "node") ?? ""}`.trim();
  if (kind === "create-disk") return [field(value, "id", "node"), field(value, "id", "disk")].filter(Boolean).join(" ");
  return (
    field(value, "node") ??
    field(value, "name") ??
    field(value, "network", "name") ??
    field(value, "guest", "node") ??
    field(value, "disk", "id", "node") ??
    field(value, "lab") ??
    ""
  );
}
