// What the server says now: the overview, and the status of the chosen instance.
import { get, look, part } from "../api/http";
import { type Connection, subscribe } from "../api/sse";
import type { Listed, Operation, Overview, Status } from "../api/types";
import { Store } from "../lib/store";
import { session } from "./session";

export interface Live<T> {
  readonly value: T | undefined;
  readonly connection: Connection;
  /** When the value came, in milliseconds. */
  readonly at?: number;
}

export const overview = new Store<Live<Overview>>({ value: undefined, connection: "connecting" });

export interface InstanceLive extends Live<Status> {
  readonly instance: string;
  readonly gone: boolean;
}

export const chosen = new Store<InstanceLive | undefined>(undefined);

/** Follows the overview until the returned function is called. */
export function followOverview(): () => void {
  let stopAsking: (() => void) | undefined;
  const stop = subscribe({
    path: () => "/live",
    hear: ({ event, data }) => {
      if (event !== "overview") return;
      overview.update((live) => ({ ...live, value: JSON.parse(data) as Overview, at: Date.now() }));
    },
    state: (connection, error) => {
      const only = /^\/instance\/(.+)$/.exec(session.present?.scope ?? "")?.[1];
      if (error?.status === 403 && only !== undefined) stopAsking = askAgainAndAgain(only);
      else overview.update((live) => ({ ...live, connection }));
    },
  });
  return () => {
    stop();
    stopAsking?.();
  };
}

const AGAIN_MS = 2000;

/** The overview of a grant for one instance, of a server that streams the whole one only. */
function askAgainAndAgain(instance: string): () => void {
  const ask = async () => {
    if (document.hidden) return;
    try {
      const [instances, { operations }] = await Promise.all([
        look<Listed[]>("list", { instances: [instance] }).catch(() => []),
        get<{ operations: Operation[] }>(`/operations?about=${part(instance)}&limit=50`),
      ]);
      const value = { instances, operations };
      overview.update((live) => {
        const same = JSON.stringify(live.value) === JSON.stringify(value);
        return { value: same ? live.value : value, connection: "open", at: Date.now() };
      });
    } catch {
      overview.update((live) => ({ ...live, connection: "reconnecting" }));
    }
  };
  void ask();
  const timer = setInterval(() => void ask(), AGAIN_MS);
  return () => clearInterval(timer);
}

/** Follows one instance until the returned function is called. */
export function followInstance(instance: string): () => void {
  chosen.set({ instance, value: undefined, connection: "connecting", gone: false });
  const change = (part: Partial<InstanceLive>) =>
    chosen.update((live) => (live?.instance === instance ? { ...live, ...part } : live));
  const stop = subscribe({
    path: () => `/instances/${part(instance)}/live`,
    hear: ({ event, data }) => {
      if (event === "status") change({ value: JSON.parse(data) as Status, gone: false, at: Date.now() });
      if (event === "gone") change({ gone: true, value: undefined });
    },
    state: (connection, error) => change(error?.status === 404 ? { connection, gone: true } : { connection }),
  });
  return () => {
    stop();
    if (chosen.value?.instance === instance) chosen.set(undefined);
  };
}
