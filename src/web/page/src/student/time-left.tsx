// The clock in the header.
import type { Me } from "../api/class";
import { countdown, minutesOf } from "../lib/millis";
import { useServerNow } from "../state/server-clock";
import { Icon } from "../ui/icons";
import { runs } from "./deadline";
import { useWords } from "./words";

const SHORT_MS = 10 * 60_000;

export function TimeLeft({ me }: { me: Me }) {
  const w = useWords();
  const now = useServerNow(runs(me));
  if (!runs(me) || me.ends === null) return null;
  const left = Date.parse(me.ends) - now;
  return (
    <div class={`time-left ${left <= SHORT_MS ? "short" : ""}`} data-tip={w.atDeadline}>
      <Icon name={left <= SHORT_MS ? "warning" : "clock"} />
      <span
        class="time-value"
        role="timer"
        aria-label={`${w.minutesLeft(minutesOf(left))} ${w.atDeadline}`}
        tabIndex={0}
        data-tip={w.atDeadline}
      >
        {countdown(left)} <small>{w.left}</small>
      </span>
    </div>
  );
}
