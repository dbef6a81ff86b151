// The time that is left, and what is said of it.
import { useEffect, useRef } from "preact/hooks";
import type { Me } from "../api/class";
import { useStore } from "../lib/store";
import { say } from "../state/modal";
import { useServerNow } from "../state/server-clock";
import { me } from "./me";
import { clockOf, words } from "./words";

const SAID_AT_MIN = [1, 5, 10];
const MINUTE_MS = 60_000;

/** Whether the time of a student runs. */
export const runs = ({ phase, ends }: Me): boolean => ends !== null && (phase === "working" || phase === "frozen");

/** Says politely that the time is nearly over, or that there is more of it. */
export function useDeadline(): void {
  const now = useStore(me).value;
  const on = now !== undefined && runs(now);
  const at = useServerNow(on);
  const ends = on && now.ends !== null ? Date.parse(now.ends) : undefined;
  const before = useRef<{ left: number; ends: number } | undefined>(undefined);
  useEffect(() => {
    const last = before.current;
    before.current = ends === undefined ? undefined : { left: ends - at, ends };
    if (!last || ends === undefined) return;
    const w = words();
    if (ends > last.ends && now?.ends) {
      say({ tone: "plain", text: w.moreTime(clockOf(now.ends)), stays: true, topic: "time" });
      return;
    }
    const crossed = SAID_AT_MIN.find((minutes) => last.left > minutes * MINUTE_MS && ends - at <= minutes * MINUTE_MS);
    if (crossed !== undefined)
      say({ tone: "plain", text: w.minutesLeft(crossed), detail: w.atDeadline, stays: true, topic: "time" });
  }, [at, ends]);
}

/** Shows each new message of the teacher. Those that were there before are in the list only. */
export function useMessages(): void {
  const messages = useStore(me).value?.messages;
  const known = useRef<number | undefined>(undefined);
  useEffect(() => {
    if (!messages) return;
    const from = known.current ?? messages.length;
    known.current = messages.length;
    for (const { text } of messages.slice(from))
      say({ tone: "plain", text: `${words().fromTeacher} ${text}`, stays: true });
  }, [messages]);
}
