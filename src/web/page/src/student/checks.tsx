// The checks of the exercise: what the last one saw, and while one goes on, how far it is.
import { useMemo } from "preact/hooks";
import type { CheckRow, Current, Outcome } from "../api/class";
import type { Event } from "../api/events";
import type { Operation } from "../api/types";
import { passes, percentOf } from "../lib/score";
import { useLog } from "../state/operations";
import { Mark, type State, Tag } from "../ui/marks";
import { useText, useWords, type Words } from "./words";

const SHAPES = {
  passed: { shape: "check", tone: "good" },
  failed: { shape: "cross", tone: "bad" },
  inconclusive: { shape: "question", tone: "warn" },
  open: { shape: "ring", tone: "off" },
} as const;

function stateOf(outcome: Pick<Outcome, "state" | "points" | "of"> | null | undefined, w: Words): State {
  if (!outcome) return { shape: "ring", word: w.unknown, tone: "off" };
  if (outcome.state === "passed" && outcome.points < outcome.of)
    return { shape: "half", word: w.partly, tone: "warn" };
  return { ...SHAPES[outcome.state], word: w.states[outcome.state] };
}

/** What a check that goes on says so far. */
interface Grading {
  readonly asked: ReadonlySet<string>;
  readonly begun: ReadonlySet<string>;
  readonly ended: ReadonlyMap<string, Outcome>;
}

export function gradingOf(events: readonly Event[]): Grading {
  const [asked, begun] = [new Set<string>(), new Set<string>()];
  const ended = new Map<string, Outcome>();
  for (const { what } of events) {
    if (what.kind === "grading-begins") for (const check of what.checks) asked.add(check);
    if (what.kind === "check-begins") begun.add(what.check);
    if (what.kind === "checked") ended.set(what.outcome.check, what.outcome);
  }
  return { asked, begun, ended };
}

export interface ChecksProps {
  readonly current: Current;
  /** The check of the work that goes on. */
  readonly grading: Operation | undefined;
  readonly exam: boolean;
}

export function Checks({ current, grading, exam }: ChecksProps) {
  const w = useWords();
  const { events } = useLog(grading?.id);
  const live = useMemo(() => gradingOf(events), [events]);
  const known = current.gradings > 0;
  return (
    <section aria-labelledby="checks">
      <h2 id="checks">{w.checks}</h2>
      {grading && (
        <div class="grading" role="status">
          <p>{w.grading}</p>
          <progress max={current.checks.length} value={live.ended.size} aria-label={w.checks} />
        </div>
      )}
      <ul class="check-list">
        {current.checks.map((row) => (
          <Check key={row.name} row={row} live={grading ? live : undefined} />
        ))}
      </ul>
      {known && !exam && <Total current={current} />}
    </section>
  );
}

function Check({ row, live }: { row: CheckRow; live: Grading | undefined }) {
  const w = useWords();
  const text = useText();
  const now = live?.ended.get(row.name);
  const state = ((): State => {
    if (!live) return stateOf(row.outcome, w);
    if (now) return stateOf(now, w);
    if (live.begun.has(row.name)) return { shape: "spin", word: w.checking, tone: "busy" };
    return live.asked.size > 0 && !live.asked.has(row.name)
      ? stateOf(row.outcome, w)
      : { shape: "dots", word: w.waiting, tone: "off" };
  })();
  const outcome = live ? now : row.outcome;
  return (
    <li>
      <div class="row">
        <span>{text(row.title)}</span>
        <span class="number muted">{outcome ? w.points(outcome.points, row.of) : w.pointsOnly(row.of)}</span>
      </div>
      <Mark state={state} />
      {!live &&
        row.seen.map((seen, place) => (
          <p key={place} class="muted small seen">
            {text(seen)}
            {row.outcome?.origin === "told" && ` (${w.told})`}
          </p>
        ))}
    </li>
  );
}

function Total({ current: { score } }: { current: Current }) {
  const w = useWords();
  const passed = passes(score);
  return (
    <div class="total">
      <p>{w.score(score.points, score.of, score.hints, w.percent(percentOf(score)), score.pass)}</p>
      <p>
        <Tag tone={passed ? "busy" : "warn"}>{passed ? w.passes : w.passesNot}</Tag>{" "}
        <span class="muted small">{w.bestCounts}</span>
      </p>
      {score.open && <p class="note">{w.checkAgain}</p>}
    </div>
  );
}
