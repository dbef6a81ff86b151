// Figures and times as people read them.

const two = (value: number) => String(value).padStart(2, "0");

/** `2026-11-29 21:50:02`, in the time zone of the browser. */
export function moment(text: string | number): string {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) return String(text);
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${clock(text)}`;
}

/** `21:50:02` */
export function clock(text: string | number): string {
  const at = new Date(text);
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** `21:50:02` today, else with the date. */
export function brief(text: string): string {
  const same = new Date(text).toDateString() === new Date().toDateString();
  return same ? clock(text) : moment(text).slice(0, 16);
}

/** `0.3 s`, `42.6 s`, `3 min 05 s`, `2 h 10 min` */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 100) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 100) return `${minutes} min ${two(Math.floor(seconds % 60))} s`;
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

/** Nanoseconds as `4.240 s`. */
export function seconds(nanos: number, digits = 3): string {
  return `${(nanos / 1e9).toFixed(digits)} s`;
}

/** `152 KiB` */
export function bytes(count: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** `1 node`, `2 nodes` */
export function several(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

/** `-rw-r--r--` for the permission bits of a file. */
export function mode(bits: number): string {
  const letters = "rwxrwxrwx";
  return `-${[...letters].map((letter, place) => (bits & (1 << (8 - place)) ? letter : "-")).join("")}`;
}

/** `1 fault in force` */
export function inForce(faults: number): string {
  return `${several(faults, "fault")} in force`;
}

/** The first letter in upper case. */
export function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** Base64 of a message as bytes. */
export function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}
