// Recordings of terminals in the format asciicast 2: a line for the head, then one for each output and size.

export interface Frame {
  /** When, in seconds from the beginning. */
  readonly at: number;
  /** Output, a size of the window (`80x24`), or a remark of the server. */
  readonly kind: "o" | "r" | "m";
  readonly data: string;
}

export interface Cast {
  readonly width: number;
  readonly height: number;
  readonly frames: readonly Frame[];
  /** In seconds, after idle times were shortened. */
  readonly length: number;
}

/** The longest pause that is played, in seconds: a student thinks for minutes. */
const LONGEST_PAUSE = 3;

const MOST_COLUMNS = 1000;
const MOST_ROWS = 500;

/** A recording that goes on may lack the end of its last line, which is left out. */
export function parse(text: string): Cast {
  const [first = "", ...rest] = text.split("\n");
  const head = parsed(first);
  if (!isObject(head) || head["version"] !== 2) throw new Error("this is no recording of a terminal");
  const frames: Frame[] = [];
  let [before, at] = [0, 0];
  for (const line of rest) {
    const event = parsed(line);
    if (!Array.isArray(event)) continue;
    const [time, kind, data] = event as unknown[];
    if (typeof time !== "number" || typeof data !== "string") continue;
    if (kind !== "o" && kind !== "r" && kind !== "m") continue;
    at += Math.min(Math.max(0, time - before), LONGEST_PAUSE);
    before = time;
    frames.push({ at, kind, data });
  }
  const [width, height] = sizeOf(`${String(head["width"])}x${String(head["height"])}`) ?? [80, 24];
  return { width, height, frames, length: at };
}

/** The columns and rows of `80x24`; none if these are no size of a window. */
export function sizeOf(text: string): [columns: number, rows: number] | undefined {
  const [, columns, rows] = /^(\d{1,4})x(\d{1,4})$/.exec(text) ?? [];
  const [width, height] = [Number(columns), Number(rows)];
  const fits = width >= 1 && height >= 1 && width <= MOST_COLUMNS && height <= MOST_ROWS;
  return fits ? [width, height] : undefined;
}

/** The number of frames up to a moment. */
export function countAt(cast: Cast, at: number): number {
  let [low, high] = [0, cast.frames.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((cast.frames[middle]?.at ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
