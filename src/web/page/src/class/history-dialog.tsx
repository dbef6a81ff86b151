// All that happened at a bench: what a teacher may want to look at, then each exercise with its attempts.
import { useState } from "preact/hooks";
import type { CheckRow, Happened, SeatRow, Signal, StudentShown } from "../api/class";
import { brief, duration } from "../lib/format";
import { useLook } from "../lib/hooks";
import { inEnglish } from "../lib/localized";
import { millis } from "../lib/millis";
import { plain } from "../lib/plain-text";
import { passes, percentOf } from "../lib/score";
import { Button, Command, CopyButton } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Loading } from "../ui/feedback";
import { Icon } from "../ui/icons";
import { Mark, Tag } from "../ui/marks";
import { showCommand } from "./actions";
import { deedText } from "./deeds";
import { check as checkState } from "./marks";
import { benchOf } from "./people";

export interface HistoryProps {
  readonly name: string;
  readonly row: SeatRow;
  readonly close: () => void;
}

export function HistoryDialog({ name, row, close }: HistoryProps) {
  const found = useLook<StudentShown>("class-show", { class: name, student: row.seat });
  const shown = found.value;
  const footer = (
    <>
      <Button onClick={found.again}>Refresh</Button>
      <Button onClick={close}>Close</Button>
    </>
  );
  return (
    <Dialog title={`What happened at ${benchOf(row)}`} close={close} footer={footer} wide>
      {!(shown && found.loading) && <Loading of={found} />}
      {shown && (
        <>
          <Signals signals={shown.signals} />
          {shown.exercises.map((one) => (
            <Exercise key={one.name} exercise={one} />
          ))}
          {shown.events.length > 0 && (
            <section class="timeline-part">
              <h3>Messages and orders</h3>
              <Timeline happened={shown.events} />
            </section>
          )}
        </>
      )}
      <Command text={showCommand(row.seat)} />
    </Dialog>
  );
}

function Signals({ signals }: { signals: readonly Signal[] }) {
  if (signals.length === 0) return null;
  return (
    <section class="signals" aria-labelledby="signals">
      <h3 id="signals">
        <Icon name="warning" /> Something to ask about
      </h3>
      <ul class="plain-list">
        {signals.map((one, place) => (
          <li key={place}>
            <strong>{one.exercise}</strong>: <Said signal={one} />
          </li>
        ))}
      </ul>
      <p class="muted small">It proves nothing: ask how they found it.</p>
    </section>
  );
}

function Said({ signal }: { signal: Signal }) {
  if (signal.signal === "solved-fast") {
    const [took, least] = [duration(millis(signal.took)), duration(millis(signal.least))];
    return (
      <>
        all points {took} after the start; no one is expected to need less than {least}
      </>
    );
  }
  return (
    <>
      the wrong answer <code class="said-by">{plain(signal.answer)}</code> to {signal.check} is the right one of{" "}
      {signal.seats.join(", ")}
    </>
  );
}

function Exercise({ exercise }: { exercise: StudentShown["exercises"][number] }) {
  const { name, title, time, score, late, attempts } = exercise;
  return (
    <section class="timeline-part">
      <h3>
        {plain(inEnglish(title)) || name} <small class="muted">planned: {time}</small>{" "}
        {score && (
          <Tag tone={passes(score) ? "busy" : "warn"}>
            {percentOf(score)} %{passes(score) ? ", passed" : ""}
          </Tag>
        )}
        {late > 0 && <Tag tone="warn">late: −{late} %</Tag>}
      </h3>
      {attempts.length === 0 && <p class="muted">not begun</p>}
      {attempts.map((attempt, place) => (
        <Timeline key={place} happened={attempt.happened} label={`Attempt ${place + 1}`} />
      ))}
    </section>
  );
}

function Timeline({ happened, label }: { happened: readonly Happened[]; label?: string }) {
  return (
    <ol class="timeline" aria-label={label}>
      {happened.map((one, place) => (
        <Moment key={place} happened={one} />
      ))}
    </ol>
  );
}

const TONES: Record<string, string> = { "handed-in": "good", graded: "good", hand: "warn", frozen: "warn" };

function Moment({ happened: { at, what } }: { happened: Happened }) {
  const wrong = what.what === "answered" && what.right === false;
  const checks = what.what === "checked" || what.what === "graded" ? what.checks : [];
  const receipt = what.what === "handed-in" ? what.receipt : null;
  return (
    <li class={wrong ? "bad" : (TONES[what.what] ?? "")}>
      <time dateTime={at}>{brief(at)}</time>
      <div>
        <p class="said-by">{plain(deedText(what))}</p>
        {receipt !== null && (
          <p class="small muted">
            receipt <code>{receipt.slice(0, 16)}…</code> <CopyButton text={receipt} label="Copy the receipt" />
          </p>
        )}
        {checks.length > 0 && <Checks checks={checks} />}
      </div>
    </li>
  );
}

/** The checks of a grading, which are many: only those that did not pass are open at first. */
function Checks({ checks }: { checks: readonly CheckRow[] }) {
  const [all, setAll] = useState(false);
  const shown = all ? checks : checks.filter(({ outcome }) => outcome?.state !== "passed");
  const rest = checks.length - shown.length;
  return (
    <>
      <ul class="plain-list timeline-checks">
        {shown.map((row) => (
          <li key={row.name}>
            {row.outcome && <Mark state={checkState(row.outcome.state)} />} {plain(inEnglish(row.title)) || row.name}
            <span class="muted number">
              {" "}
              {row.outcome?.points ?? 0} of {row.of}
            </span>
            {row.seen.map((seen, place) => (
              <p key={place} class="muted small said-by">
                {plain(inEnglish(seen))}
              </p>
            ))}
          </li>
        ))}
      </ul>
      {rest > 0 && (
        <button type="button" class="link small" onClick={() => setAll(true)}>
          and {rest} that passed
        </button>
      )}
    </>
  );
}
