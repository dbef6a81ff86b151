// Samples for a chart: a soak of hours has more of them than a screen has columns.
import type { Sample } from "./model";

/** At most about this many, neighbours joined. */
export function joined(samples: readonly Sample[], most: number): readonly Sample[] {
  const size = Math.ceil(samples.length / most);
  if (size <= 1) return samples;
  const result: Sample[] = [];
  for (let at = 0; at < samples.length; at += size) {
    const part = samples.slice(at, at + size);
    const [first, last] = [part[0], part.at(-1)];
    if (!first || !last) continue;
    const sum = (of: "answered" | "failed") => part.reduce((total, one) => total + one[of], 0);
    result.push({ from: first.from, to: last.to, answered: sum("answered"), failed: sum("failed") });
  }
  return result;
}
