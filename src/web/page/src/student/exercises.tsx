// The exercises of the class with their state, and the start of each.
import type { ExerciseRow, Me } from "../api/class";
import type { Operation } from "../api/types";
import { millis, minutesOf } from "../lib/millis";
import { passes, percentOf } from "../lib/score";
import { Button } from "../ui/button";
import { Mark, type State, Tag } from "../ui/marks";
import { ask } from "./deeds";
import { clockOf, useText, useWords, type Words } from "./words";

export interface ExercisesProps {
  readonly me: Me;
  readonly stop: string | undefined;
  readonly lock: string | undefined;
  readonly grading: Operation | undefined;
}

export function Exercises({ me, stop, lock, grading }: ExercisesProps) {
  const w = useWords();
  const current = me.current?.name;
  return (
    <details class="exercises" open={current === undefined || me.phase === "over"} key={current ?? me.phase}>
      <summary>
        <h2>{w.exercises}</h2>
        <span class="count">
          {w.points(me.exercises.filter((one) => one.submitted !== null).length, me.exercises.length)}
        </span>
      </summary>
      <ol>
        {me.exercises.map((row) => (
          <Row key={row.name} row={row} me={me} hindered={stop ?? lock ?? (grading && w.atWork(w.works.grade ?? ""))} />
        ))}
      </ol>
    </details>
  );
}

function stateOf(row: ExerciseRow, current: boolean, titles: string, w: Words): State {
  if (row.submitted !== null) return { shape: "check", word: w.handedIn(clockOf(row.submitted)), tone: "good" };
  if (current) return { shape: "half", word: w.current, tone: "busy" };
  if (row.waits.length > 0) return { shape: "pause", word: w.waitsFor(titles), tone: "off" };
  if (row.began !== null) return { shape: "dashed", word: w.leftOpen, tone: "warn" };
  return { shape: "ring", word: w.open, tone: "plain" };
}

function Row({ row, me, hindered }: { row: ExerciseRow; me: Me; hindered: string | undefined }) {
  const w = useWords();
  const text = useText();
  const current = me.current?.name === row.name;
  const titleOf = (name: string) => text(me.exercises.find((one) => one.name === name)?.title ?? { en: name });
  const state = stateOf(row, current, row.waits.map(titleOf).join(", "), w);
  return (
    <li class={current ? "here" : ""} aria-current={current ? "true" : undefined}>
      <div class="grow">
        <strong>{text(row.title)}</strong>
        <p class="muted small">
          {w.levels[row.level]} · {w.planned(minutesOf(millis(row.time)))}
        </p>
        <p class="exercise-state">
          <Mark state={state} />
          {row.score && (
            <Tag tone={passes(row.score) ? "busy" : "warn"}>
              {w.percent(percentOf(row.score))}, {passes(row.score) ? w.passes : w.passesNot}
            </Tag>
          )}
          {current && row.submitted !== null && <Tag tone="busy">{w.current}</Tag>}
        </p>
      </div>
      {!current && me.phase !== "over" && (
        <Button
          small
          hindered={hindered ?? (row.waits.length > 0 ? state.word : undefined)}
          onClick={() => askToBegin(me, row, text, w)}
        >
          {row.began !== null ? w.beginAgain : w.begin}
        </Button>
      )}
    </li>
  );
}

function askToBegin(me: Me, row: ExerciseRow, text: (title: ExerciseRow["title"]) => string, w: Words): void {
  const present = me.exercises.find((one) => one.name === me.current?.name);
  const lost = present?.submitted === null ? w.notHandedIn(text(present.title)) : w.notSince;
  ask(
    {
      title: w.beginTitle(text(row.title)),
      texts: [w.beginText, ...(present ? [w.replaces(text(present.title)), lost] : [])],
      label: w.begin,
      danger: present !== undefined,
    },
    {
      request: "class-begin",
      body: { instance: me.instance, exercise: row.name },
      done: undefined,
      failed: w.beginFailed,
    },
  );
}
