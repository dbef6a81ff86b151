// The main figure of a drill: how long the service is away.
import { useEffect, useState } from "preact/hooks";
import { word } from "../words";
import type { DrillView } from "./model";

export interface CounterProps {
  readonly view: DrillView;
  readonly now: number;
  readonly running: boolean;
  readonly stage: string;
}

export function Counter({ view, now, running, stage }: CounterProps) {
  const last = view.outages.at(-1);
  const away = last !== undefined && last.to === undefined && running;
  const total = view.outages.reduce((sum, one) => sum + (one.length ?? (one.to ?? now) - one.from), 0);
  const state = away ? "away" : view.outages.length > 0 ? "back" : "serving";
  const lengths = view.outages.map((one) => one.length ?? (one.to ?? now) - one.from);
  const value = lengths.at(-1) ?? 0;
  const [line, figures] = headline(lengths, away, running);
  return (
    <div class={`counter ${state}`}>
      <div class="counter-main">
        <span class="counter-word">{line}</span>
        {figures.length > 0 && (
          <span role="timer">
            {figures.map((length, place) => (
              <span class="counter-value" key={place}>
                {(length / 1e9).toFixed(away ? 1 : 2)}
                <small> s</small>
              </span>
            ))}
          </span>
        )}
        {running && <span class="counter-stage">{stage}</span>}
      </div>
      <dl class="counter-facts">
        <div>
          <dt>{word("Time")}</dt>
          <dd>{(now / 1e9).toFixed(1)} s</dd>
        </div>
        <div>
          <dt>{word("Outages")}</dt>
          <dd>{view.outages.length}</dd>
        </div>
        <div>
          <dt>{word("Away in all")}</dt>
          <dd>{(total / 1e9).toFixed(1)} s</dd>
        </div>
        <div>
          <dt>{word("Answered")}</dt>
          <dd>{view.answered}</dd>
        </div>
        <div>
          <dt>{word("Failed")}</dt>
          <dd>{view.failed}</dd>
        </div>
      </dl>
      <Announce
        text={
          away
            ? word("The service does not answer")
            : last
              ? word("The service answers again, after {0} seconds", (value / 1e9).toFixed(1))
              : ""
        }
      />
    </div>
  );
}

/** What the large words and figures say. At the end, each outage counts; of many, the longest. */
function headline(lengths: readonly number[], away: boolean, running: boolean): [string, readonly number[]] {
  const last = lengths.slice(-1);
  if (away) return [word("Service away for"), last];
  if (lengths.length === 0) return [word(running ? "Service answers" : "No outage seen"), []];
  if (running) return [word("Service answers again, after"), last];
  if (lengths.length === 1) return [word("Service was away for"), last];
  if (lengths.length <= 3) return [word("Service was away {0} times", lengths.length), lengths];
  return [word("The longest of {0} outages", lengths.length), [Math.max(...lengths)]];
}

/** Says a change once to screen readers; the counter itself would talk without end. */
function Announce({ text }: { text: string }) {
  const [said, say] = useState("");
  useEffect(() => say(text), [text]);
  return (
    <span class="hidden-text" role="status">
      {said}
    </span>
  );
}
