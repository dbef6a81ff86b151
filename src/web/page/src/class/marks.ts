// The states of a class, each with a shape and a word.
import type { Cell, CheckState, Phase } from "../api/class";
import { brief } from "../lib/format";
import type { State } from "../ui/marks";

export const phase = (value: Phase): State =>
  ({
    before: { shape: "dots", word: "not begun", tone: "off" as const },
    working: { shape: "disc", word: "working", tone: "good" as const },
    late: { shape: "triangle", word: "late", tone: "warn" as const },
    frozen: { shape: "square", word: "frozen", tone: "warn" as const },
    over: { shape: "ring", word: "over", tone: "off" as const },
  })[value];

export const progress = (value: Cell["progress"]): State =>
  ({
    open: { shape: "ring", word: "open", tone: "off" as const },
    working: { shape: "half", word: "working", tone: "busy" as const },
    left: { shape: "dashed", word: "left", tone: "warn" as const },
    submitted: { shape: "check", word: "handed in", tone: "good" as const },
    graded: { shape: "check", word: "graded", tone: "good" as const },
  })[value];

export const check = (value: CheckState): State =>
  ({
    passed: { shape: "check", word: "passed", tone: "good" as const },
    failed: { shape: "cross", word: "failed", tone: "bad" as const },
    inconclusive: { shape: "question", word: "inconclusive", tone: "warn" as const },
    open: { shape: "ring", word: "open", tone: "off" as const },
  })[value];

/** `21:50` today, else with the date. */
export function clockOf(moment: string): string {
  const text = brief(moment);
  return /^\d\d:\d\d:\d\d$/.test(text) ? text.slice(0, 5) : text;
}

/** `now`, `3 min ago`, `2 h ago` */
export function ago(moment: string, now: number): string {
  const minutes = Math.floor((now - Date.parse(moment)) / 60_000);
  if (minutes < 1) return "now";
  return minutes < 100 ? `${minutes} min ago` : `${Math.floor(minutes / 60)} h ago`;
}

/** Whether the students of a bench have joined. */
export function joinedState(joined: number, of: number): State {
  if (joined === 0) return { shape: "ring", word: "not joined", tone: "off" };
  if (joined < of) return { shape: "half", word: `${joined} of ${of}`, tone: "warn" };
  return { shape: "check", word: "joined", tone: "good" };
}
