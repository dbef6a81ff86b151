// The events of an operation. Kinds that the page does not know are shown as their JSON.
import type { Localized, Outcome } from "./class";
import type { AppError } from "./types";

export interface Event {
  number: number;
  at: string;
  background?: boolean;
  what: What;
}

export type Progress = { bytes: { done: number; total: number | null } } | { phase: string } | { warning: string };

export interface PlanStep {
  id: number;
  action: unknown;
  needs: number[];
  why: string;
}

export type PlanEvent =
  | { "plan-started": { plan: { purpose?: string; steps: PlanStep[] } } }
  | { "step-started": { id: number } }
  | { "step-progress": { id: number; progress: Progress } }
  | { "step-finished": { id: number } }
  | { "step-failed": { id: number; error: string[] } }
  | { "step-skipped": { id: number } }
  | { unwinding: { steps: number } }
  | { undone: { id: number } }
  | { "undo-failed": { id: number; error: string[] } }
  | { finished: { elapsed: unknown } };

export type News = { away: number } | { back: number };

export type DrillWhat =
  | { kind: "stage"; stage: string }
  | { kind: "check"; title: string; failure: string | null; source: string }
  | {
      kind: "step";
      step: string;
      node?: string | null;
      phase:
        | { kind: "called" }
        | { kind: "returned"; failure: string | null; proof?: { seen: string; mechanism: string | null } };
    }
  | { kind: "step-missed"; step: string; reason: string }
  | { kind: "announced"; address: string; mac: string; node: string | null }
  | { kind: "goal"; goal: string; reached: boolean }
  | { kind: "stream-lost"; node: string; reason: string }
  | { kind: "stream-opened"; node: string }
  | { kind: "healed"; node: string; failure: string | null }
  | { kind: "measured"; measure: string; node: string; run: number; failure: string | null }
  | { kind: "ramp-step"; ramp: string; rate: number }
  | { kind: "flooded"; node: string; per_second: number }
  | { kind: "ended"; ending: { kind: string; reason?: string } }
  | { kind: "other" };

export type What =
  | { kind: "note"; level: "detail" | "info" | "warning"; text: string }
  | { kind: "problem"; error: AppError }
  | { kind: "diagnostics"; problems: { items?: { message: string }[] } }
  | { kind: "at-risk"; left: string }
  | { kind: "plan"; instance: string; event: PlanEvent }
  | { kind: "work"; title: string; progress: Progress | null }
  | { kind: "work-ended"; title: string }
  | { kind: "drill-begins"; instance: string; drill: string; title: string }
  | { kind: "drill"; event: { t: number; what: DrillWhat } }
  | { kind: "service"; at: number; news: News }
  | { kind: "requests"; answered: number; failed: number; away: boolean; at?: number }
  | { kind: "drill-ends"; record: string }
  | { kind: "grading-begins"; exercise: string; checks: string[] }
  | { kind: "check-begins"; check: string }
  | { kind: "checked"; title: Localized; outcome: Outcome }
  | { kind: "output"; node: string; bytes: string }
  | { kind: "other" };
