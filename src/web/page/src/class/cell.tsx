// The work of a bench on an exercise.
import type { Cell } from "../api/class";
import { several } from "../lib/format";
import { minutesOf } from "../lib/millis";
import { passes, percentOf } from "../lib/score";
import { Mark, Shape, Tag } from "../ui/marks";
import { check, clockOf, progress } from "./marks";

export interface CellProps {
  readonly cell: Cell;
  /** The planned time in milliseconds. */
  readonly planned: number;
  readonly now: number;
}

export function CellOf({ cell, planned, now }: CellProps) {
  if (cell.progress === "open") return <span class="muted small">{progress("open").word}</span>;
  const small = [
    cell.hints > 0 && several(cell.hints, "hint"),
    cell.gradings > 0 && several(cell.gradings, "own check"),
  ].filter(Boolean);
  return (
    <div class="class-cell">
      <div class="class-line">
        <Mark state={progress(cell.progress)} />
        {cell.submitted !== null && <span class="small muted">{clockOf(cell.submitted)}</span>}
        <Result cell={cell} />
      </div>
      <Time cell={cell} planned={planned} now={now} />
      <div class="class-line">
        {cell.checks.length > 0 && (
          <span class="class-checks" role="group" aria-label="Last own check">
            {cell.checks.map((one, place) => (
              <Shape key={place} state={check(one)} label />
            ))}
          </span>
        )}
        {small.length > 0 && <span class="small muted">{small.join(", ")}</span>}
      </div>
    </div>
  );
}

function Result({ cell }: { cell: Cell }) {
  return (
    <>
      {cell.score && (
        <Tag tone={passes(cell.score) ? "busy" : "warn"} tip={passes(cell.score) ? "passes" : "does not pass"}>
          {percentOf(cell.score)} %{passes(cell.score) ? ", passed" : ""}
        </Tag>
      )}
      {cell.score?.open && <Tag tone="warn">a check is open</Tag>}
      {cell.late > 0 && <Tag tone="warn">late: −{cell.late} %</Tag>}
    </>
  );
}

/** The time that was spent against the planned time. */
function Time({ cell, planned, now }: CellProps) {
  if (cell.began === null || cell.progress === "left") return null;
  const began = Date.parse(cell.began);
  const end = cell.submitted === null ? now : Date.parse(cell.submitted);
  // Begun again after a hand-in: what was spent then is not known.
  if (end < began) return null;
  const spent = end - began;
  const behind = cell.progress === "working" && spent > planned;
  const text = `${minutesOf(spent)} of ${minutesOf(planned)} min`;
  return (
    <span class={`class-time ${behind ? "behind" : ""}`}>
      <progress class="slim" max={Math.max(planned, 1)} value={Math.min(spent, planned)} aria-label={text} />
      <span class="small">
        {text}
        {behind && ", behind"}
      </span>
    </span>
  );
}
