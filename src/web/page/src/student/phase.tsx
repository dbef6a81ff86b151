// What the time of the class means for the student: a banner, or before the begin, nothing but a clock.
import type { Me } from "../api/class";
import { countdown } from "../lib/millis";
import { useServerNow } from "../state/server-clock";
import { Icon } from "../ui/icons";
import { clockOf, useWords } from "./words";

export function PhaseBanner({ me }: { me: Me }) {
  const w = useWords();
  const said = {
    before: undefined,
    working: undefined,
    late: [w.lateTitle, w.lateText],
    frozen: [w.frozenTitle, w.frozenText],
    over: [w.overTitle, w.overText],
  }[me.phase];
  return (
    <div class="phase" role="status">
      {said && (
        <p class={`phase-banner ${me.phase}`}>
          <Icon name={me.phase === "frozen" ? "stop" : "clock"} />
          <span>
            <strong>{said[0]}</strong> {said[1]}
          </span>
        </p>
      )}
    </div>
  );
}

export function Before({ me }: { me: Me }) {
  const w = useWords();
  const now = useServerNow();
  return (
    <main class="before">
      <h2>{w.beforeTitle}</h2>
      {me.begins !== null && (
        <>
          <p class="before-clock" role="timer">
            {countdown(Date.parse(me.begins) - now)}
          </p>
          <p>{w.beginsAt(clockOf(me.begins))}</p>
        </>
      )}
    </main>
  );
}
