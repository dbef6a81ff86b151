// The events of operations. The history, a dialog and the view of a drill share one stream of each operation.
import { useEffect, useMemo } from "preact/hooks";
import type { Event } from "../api/events";
import { call, part } from "../api/http";
import { type Connection, subscribe } from "../api/sse";
import type { Operation } from "../api/types";
import { Store, useStore } from "../lib/store";

export interface Log {
  readonly events: readonly Event[];
  readonly connection: Connection;
  /** The operation at its end. */
  readonly ended: Operation | undefined;
  /** The least difference of the clock here and that of the server so far, in milliseconds. */
  readonly skew: number;
}

interface Shared {
  readonly store: Store<Log>;
  users: number;
  stop: (() => void) | undefined;
}

const EMPTY: Log = { events: [], connection: "connecting", ended: undefined, skew: Number.POSITIVE_INFINITY };
const shared = new Map<string, Shared>();
const KEPT = 30;

function open(id: string): Shared {
  const known = shared.get(id);
  if (known) return known;
  for (const [other, { users }] of shared) {
    if (shared.size < KEPT) break;
    if (users === 0) shared.delete(other);
  }
  const one: Shared = { store: new Store<Log>(EMPTY), users: 0, stop: undefined };
  shared.set(id, one);
  return one;
}

function follow(id: string, one: Shared): () => void {
  let waiting: Event[] = [];
  let skew = one.store.value.skew;
  let last = one.store.value.events.at(-1)?.number ?? 0;
  let scheduled = false;
  let stop: (() => void) | undefined;
  // Many events come at once after a reconnect: the page renders them together.
  const flush = () => {
    scheduled = false;
    if (waiting.length === 0) return;
    const events = waiting;
    waiting = [];
    one.store.update((log) => ({ ...log, events: [...log.events, ...events], skew }));
  };
  stop = subscribe({
    path: () => `/operations/${part(id)}/events${last > 0 ? `?from=${last}` : ""}`,
    lastEventId: () => (last > 0 ? String(last) : undefined),
    hear: ({ event, data }) => {
      if (event === "end") {
        flush();
        one.store.update((log) => ({ ...log, ended: JSON.parse(data) as Operation, connection: "closed" }));
        stop?.();
        return;
      }
      const heard = JSON.parse(data) as Event;
      if (heard.number <= last) return;
      last = heard.number;
      skew = Math.min(skew, Date.now() - Date.parse(heard.at));
      waiting.push(heard);
      if (!scheduled) {
        scheduled = true;
        setTimeout(flush, 30);
      }
    },
    state: (connection) => one.store.update((log) => (log.ended ? log : { ...log, connection })),
  });
  return () => {
    flush();
    stop?.();
  };
}

const none = new Store<Log>(EMPTY);

/** The events of an operation so far; followed while a component uses it. */
export function useLog(id: string | undefined): Log {
  const one = useMemo(() => (id === undefined ? undefined : open(id)), [id]);
  useEffect(() => {
    if (id === undefined || !one) return;
    one.users += 1;
    if (!one.stop && !one.store.value.ended) one.stop = follow(id, one);
    return () => {
      one.users -= 1;
      // A tab that is left and another that is opened at once keep the stream.
      setTimeout(() => {
        if (one.users > 0 || !one.stop) return;
        one.stop();
        one.stop = undefined;
      }, 500);
    };
  }, [id, one]);
  return useStore(one?.store ?? none);
}

/** Asks an operation to stop. */
export function stopOperation(id: string): Promise<unknown> {
  return call("DELETE", `/operations/${part(id)}`);
}
