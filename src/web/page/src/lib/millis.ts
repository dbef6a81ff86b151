// Durations as the server writes them: `30m`, `90s`, `1h`, `800ms`.

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** In milliseconds; 0 if it is no duration. */
export function millis(text: string): number {
  const [, figure, unit] = /^(\d+)(ms|s|m|h)$/.exec(text) ?? [];
  return figure && unit ? Number(figure) * (UNITS[unit] ?? 0) : 0;
}

/** Whole minutes; a minute that was begun counts. */
export const minutesOf = (milliseconds: number): number => Math.ceil(Math.max(0, milliseconds) / 60_000);

/** What is left, as a clock shows it: `1:05:09`, `9:30`. */
export function countdown(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const two = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
