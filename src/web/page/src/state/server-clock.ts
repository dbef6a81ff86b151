// The clock of the server: a deadline is a moment of the server, and clocks of browsers are often wrong.
import { look } from "../api/http";
import { useNow } from "../lib/hooks";
import { Store, useStore } from "../lib/store";

/** The clock of the server less that of the browser, in milliseconds. */
const ahead = new Store(0);

/** Asks a request that says the present moment. */
export async function setClock(request: string, body: object): Promise<void> {
  try {
    const sent = Date.now();
    const { now } = await look<{ now: string }>(request, body);
    const [received, there] = [Date.now(), Date.parse(now)];
    if (!Number.isNaN(there)) ahead.set(there - (sent + received) / 2);
  } catch {
    // The browser's own clock has to do; the server decides in the end.
  }
}

/** The moment of the server, renewed while `on`. */
export function useServerNow(on = true, every = 1000): number {
  return useNow(on, every) + useStore(ahead);
}
