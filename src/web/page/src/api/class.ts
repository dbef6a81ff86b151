// The shapes of a class: what a student sees, and what a teacher sees. Only the fields that the page uses.
import type { Language } from "../state/settings";

/** A text in each language that it was written in. */
export type Localized = Readonly<Partial<Record<Language, string>>>;

export type Phase = "before" | "working" | "late" | "frozen" | "over";
export type CheckState = "passed" | "failed" | "inconclusive" | "open";

export interface Score {
  points: number;
  of: number;
  /** What hints cost, in percent of all points. */
  hints: number;
  /** The share of all points that passes, in percent. */
  pass: number;
  /** Whether a check is neither passed nor failed. */
  open: boolean;
}

export interface Outcome {
  check: string;
  state: CheckState;
  points: number;
  of: number;
  /** Whose word it is: what was seen from outside, or what a node tells. */
  origin: "seen" | "told";
}

export interface ExerciseRow {
  name: string;
  title: Localized;
  level: "easy" | "medium" | "hard";
  time: string;
  /** The exercises that have to be handed in before. */
  waits: string[];
  began: string | null;
  submitted: string | null;
  score: Score | null;
  /** The receipt of the last hand-in, if the server tells it. */
  receipt?: string | null;
}

export interface CheckRow {
  name: string;
  title: Localized;
  of: number;
  outcome: Outcome | null;
  seen: Localized[];
}

export interface Question {
  check: string;
  question: Localized;
  /** The words to choose from; empty if any text is an answer. */
  among: string[];
}

export interface Current {
  name: string;
  title: Localized;
  task: Localized;
  checks: CheckRow[];
  questions: Question[];
  answers: [check: string, answer: string][];
  hints: { cost: number; text: Localized }[];
  /** The prices of the hints that were not bought, in percent. */
  "more-hints": number[];
  /** The price of the next one. */
  "next-hint"?: number | null;
  saves: string[];
  score: Score;
  gradings: number;
  files: string[] | null;
}

export interface Me {
  class: string;
  title: Localized;
  seat: string;
  members: string[];
  instance: string;
  stands: boolean;
  /** The nodes of the instance; none if it does not stand. */
  nodes: string[];
  phase: Phase;
  begins: string | null;
  ends: string | null;
  exam: boolean;
  exercises: ExerciseRow[];
  current: Current | null;
  /** The hand-in whose cluster the teacher has brought up again. */
  reopened?: { exercise: string; submitted: string } | null;
  /** When the instance was last saved without a command. */
  autosaved: string | null;
  messages: { at: string; text: string }[];
  hand: boolean;
}

export interface Student {
  seat: string;
  name: string;
  id?: string | null;
  email?: string | null;
  group?: string | null;
}

export interface Cell {
  progress: "open" | "working" | "left" | "submitted" | "graded";
  began: string | null;
  submitted: string | null;
  checks: CheckState[];
  hints: number;
  gradings: number;
  score: Score | null;
  /** What lateness costs, in percent. */
  late: number;
}

export interface SeatRow {
  seat: string;
  students: Student[];
  joined: string[];
  instance: string;
  stands: boolean;
  phase: Phase;
  ends: string | null;
  hand: boolean;
  "last-sign": string | null;
  cells: Cell[];
  /** What the instance takes of the machine; absent if it does not stand. */
  takes?: Takes;
}

/** What an instance takes. What is not known is absent. */
export interface Takes {
  /** In bytes. */
  memory?: number;
  /** The processor time of the last minute, in percent of one processor. */
  processor?: number;
  /** In bytes. */
  disk?: { overlays: number; "save-points": number; "hand-ins": number; records: number };
  /** Why its machines were paused without a command of a person. */
  paused?: string;
}

/** An open terminal of a student. */
export interface OpenTerminal {
  id: string;
  instance: string;
  node: string;
  kind: "shell" | "console" | "logs";
  /** The student. */
  who: string;
  since: string;
  watched: { name: string; types: boolean }[];
}

export interface Board {
  class: string;
  title: Localized;
  closed: boolean;
  exam: boolean;
  begins: string | null;
  ends: string | null;
  /** The disk of the state folder. */
  disk?: { used: number; "nearly-full": boolean } | null;
  exercises: [name: string, title: Localized, time: string][];
  seats: SeatRow[];
  "wrong-answers": [exercise: string, answer: string, count: number][];
  terminals: OpenTerminal[];
}

/** The disk space of a hand-in. */
export interface KeptHandIn {
  bytes: number;
  packed: boolean;
}

/** Something that happened at a bench. */
export type Deed =
  | { what: "began" | "undone" | "finished" | "reseeded" }
  | { what: "checked"; checks: CheckRow[] }
  | { what: "hinted"; number: number; cost: number }
  | { what: "answered"; check: string; answer: string; right: boolean | null }
  | { what: "saved" | "loaded"; name: string }
  | { what: "handed-in"; by_deadline: boolean; receipt: string | null; late: number; kept?: KeptHandIn }
  | { what: "graded"; points: number; of: number; checks: CheckRow[] }
  | { what: "joined"; student: string }
  | { what: "said"; to_all: boolean; text: string }
  | { what: "hand"; up: boolean }
  | { what: "extended"; to_all: boolean; until: string }
  | { what: "frozen"; to_all: boolean; frozen: boolean };

export interface Happened {
  at: string;
  what: Deed;
}

/** What a teacher may want to look at. */
export type Signal =
  /** A wrong answer is the right one of others. */
  | { signal: "right-for-others"; exercise: string; check: string; answer: string; seats: string[] }
  /** All points came sooner after the first start than a student needs. */
  | { signal: "solved-fast"; exercise: string; took: string; least: string };

export interface StudentShown {
  seat: string;
  students: Student[];
  joined: [seat: string, at: string][];
  signals: Signal[];
  exercises: {
    name: string;
    title: Localized;
    time: string;
    score: Score | null;
    /** What lateness costs, in percent. */
    late: number;
    attempts: { began: string; happened: Happened[] }[];
  }[];
  events: Happened[];
}

export interface Exported {
  text: string;
  notes: string[];
}

export interface MadeCards {
  cards: { student: Student; code: string; key: string }[];
  /** A page to print. */
  page?: string | null;
}

/** A recording of a student's terminal in an exam. */
export interface RecordingRow {
  seat: string;
  node: string;
  began: string;
  length: string;
  bytes: number;
  /** Whether later output was left out. */
  cut: boolean;
  /** The name of its file. */
  name: string;
}

export interface Recorded {
  recordings: RecordingRow[];
}

export interface Verified {
  lines: number;
  "hand-ins": number;
  outcomes: number;
  mismatches: string[];
  unproven: string[];
}
