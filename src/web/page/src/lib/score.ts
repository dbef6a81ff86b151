// Points, as the server computes them.
import type { Score } from "../api/class";

/** The share of all points that is left, in percent with one decimal; nothing is rounded up. */
export function percentOf({ points, of, hints }: Score): string {
  const hundredths = Math.max(0, Math.floor((points * 10_000) / Math.max(of, 1)) - hints * 100);
  return `${Math.floor(hundredths / 100)}.${Math.floor((hundredths % 100) / 10)}`;
}

/** Whether it passes, exactly. */
export function passes({ points, of, hints, pass }: Score): boolean {
  return points * 100 >= of * (pass + hints) && points > 0;
}
