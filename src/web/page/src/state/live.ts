// What the server says now: the overview, and the status of the chosen instance.
import { part } from "../api/http";
import { type Connection, subscribe } from "../api/sse";
import type { Overview, Status } from "../api/types";
import { Store } from "../lib/store";

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

/**
 * Follows the overview until the returned function is called. With a grant for one instance, it has only
 * that one.
 */
export function followOverview(): () => void {
  return subscribe({
    path: () => "/live",
    hear: ({ event, data }) => {
      if (event !== "overview") return;
      overview.update((live) => ({ ...live, value: JSON.parse(data) as Overview, at: Date.now() }));
    },
    state: (connection) => overview.update((live) => ({ ...live, connection })),
  });
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
