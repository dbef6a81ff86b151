// Server-sent events over `fetch`: unlike `EventSource`, it sees the status of the answer and the comments that
// keep the connection alive, and it can go on from an event after a pause.
import { session } from "../state/session";
import { ApiError, BASE, failure } from "./http";

export interface Message {
  readonly event: string;
  readonly data: string;
}

export type Connection = "connecting" | "open" | "reconnecting" | "closed" | "refused";

export interface Subscription {
  readonly path: () => string;
  readonly lastEventId?: () => string | undefined;
  readonly hear: (message: Message) => void;
  readonly state: (connection: Connection, error?: ApiError) => void;
}

// The server sends a comment every 15 s; three of them missing mean that the connection is gone.
const SILENCE_MS = 50_000;
const LONGEST_PAUSE_MS = 15_000;
// Browsers allow six connections to one server: a page that is not visible gives its own back.
const HIDDEN_MS = 20_000;

/** Subscribes; returns the function that ends it. */
export function subscribe(subscription: Subscription): () => void {
  let ended = false;
  let failures = 0;
  let current: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let hidden: ReturnType<typeof setTimeout> | undefined;

  const connect = async () => {
    if (ended || current) return;
    const mine = new AbortController();
    current = mine;
    let dead: ReturnType<typeof setTimeout> | undefined;
    const alive = () => {
      clearTimeout(dead);
      dead = setTimeout(() => mine.abort(), SILENCE_MS);
    };
    try {
      alive();
      const headers: Record<string, string> = { Accept: "text/event-stream" };
      const last = subscription.lastEventId?.();
      if (last !== undefined) headers["Last-Event-ID"] = last;
      const response = await fetch(BASE + subscription.path(), {
        headers,
        signal: mine.signal,
        credentials: "same-origin",
        cache: "no-store",
      });
      if (!response.ok || !response.body) throw await failure(response);
      subscription.state("open");
      failures = 0;
      await read(response.body, alive, (message) => !ended && current === mine && subscription.hear(message));
    } catch (cause) {
      if (refused(cause)) ended = true;
      if (ended && cause instanceof ApiError && current === mine) subscription.state("refused", cause);
    } finally {
      clearTimeout(dead);
      if (current === mine) current = undefined;
    }
    if (!ended && !document.hidden) again();
  };

  const again = () => {
    subscription.state("reconnecting");
    const pause = Math.min(LONGEST_PAUSE_MS, 500 * 2 ** failures++);
    clearTimeout(timer);
    // At random, so that a class of browsers does not return at the same moment.
    timer = setTimeout(connect, pause * (0.7 + Math.random() * 0.6));
  };
  const visibility = () => {
    clearTimeout(hidden);
    if (document.hidden) {
      hidden = setTimeout(() => current?.abort(), HIDDEN_MS);
    } else {
      failures = 0;
      clearTimeout(timer);
      void connect();
    }
  };
  const online = () => {
    failures = 0;
    clearTimeout(timer);
    void connect();
  };
  // A page that was left may be kept for the way back, and would keep its connections as well.
  const leave = () => current?.abort();
  document.addEventListener("visibilitychange", visibility);
  addEventListener("online", online);
  addEventListener("pageshow", online);
  addEventListener("pagehide", leave);
  subscription.state("connecting");
  void connect();

  return () => {
    ended = true;
    clearTimeout(timer);
    clearTimeout(hidden);
    current?.abort();
    document.removeEventListener("visibilitychange", visibility);
    removeEventListener("online", online);
    removeEventListener("pageshow", online);
    removeEventListener("pagehide", leave);
    subscription.state("closed");
  };
}

/** Whether trying again makes no sense. */
function refused(cause: unknown): boolean {
  if (!(cause instanceof ApiError)) return false;
  if (cause.status === 401) session.lose();
  return cause.status === 401 || cause.status === 403 || cause.status === 404;
}

async function read(body: ReadableStream<Uint8Array>, alive: () => void, hear: (message: Message) => void) {
  const reader = body.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader();
  let rest = "";
  let event = "message";
  let data: string[] = [];
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    alive();
    rest += value;
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line === "") {
        if (data.length > 0) hear({ event, data: data.join("\n") });
        event = "message";
        data = [];
      } else if (line.startsWith("event:")) event = line.slice(6).trimStart();
      else if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
    }
  }
}
