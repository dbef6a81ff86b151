// The left side: the exercises, the task, and what can be done about it.
import { useMemo } from "preact/hooks";
import type { Current, Me } from "../api/class";
import { plain } from "../lib/plain-text";
import { progressOf } from "../operation/progress";
import { useLog } from "../state/operations";
import type { AtWork } from "./at-work";
import { Checks } from "./checks";
import { Exercises } from "./exercises";
import { HandIn } from "./hand-in";
import { Hints } from "./hints";
import { Prose } from "./prose";
import { Questions } from "./questions";
import { Saves } from "./saves";
import { clockOf, useText, useWords } from "./words";

export function Task({ me, work, stop }: { me: Me; work: AtWork; stop: string | undefined }) {
  const w = useWords();
  const { current } = me;
  const preparing = work.changing?.what === "class begin" ? work.changing.id : undefined;
  const hindered = stop ?? work.lock;
  return (
    <div class="task" id="task" role="region" tabIndex={-1} aria-label={w.task}>
      <div class="task-body">
        <Exercises me={me} stop={stop} lock={work.lock} grading={work.grading} />
        {preparing !== undefined && <Preparing id={preparing} />}
        {preparing === undefined && <Reopened me={me} />}
        {!current && preparing === undefined && me.phase !== "over" && <p class="note">{w.noExercise}</p>}
        {current && preparing === undefined && (
          <>
            <About me={me} current={current} />
            <Checks current={current} grading={work.grading} exam={me.exam} />
            <Questions me={me} stop={stop} />
            <Hints me={me} stop={stop} />
            {me.phase !== "over" && <Saves me={me} hindered={hindered} />}
          </>
        )}
      </div>
      {current && preparing === undefined && <HandIn me={me} work={work} stop={stop} />}
    </div>
  );
}

/** That the cluster is one that was handed in. */
function Reopened({ me }: { me: Me }) {
  const w = useWords();
  const text = useText();
  const one = me.exercises.find((row) => row.name === me.reopened?.exercise);
  if (!one || !me.reopened) return null;
  return <p class="note">{w.reopened(text(one.title), clockOf(me.reopened.submitted))}</p>;
}

function About({ me, current }: { me: Me; current: Current }) {
  const w = useWords();
  const text = useText();
  const task = text(current.task);
  return (
    <>
      {me.exam && <p class="note">{w.examText}</p>}
      <Prose text={task} />
      {/(^|[\s`])lab [a-z]/m.test(task) && <p class="note small">{w.noCommands}</p>}
      {current.files && (
        <section aria-labelledby="files">
          <h2 id="files">{w.files}</h2>
          <ul class="counting">
            {current.files.map((file) => (
              <li key={file} class="mono">
                {plain(file)}
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

/** How far a cluster is that is made for an exercise. */
function Preparing({ id }: { id: string }) {
  const w = useWords();
  const { events } = useLog(id);
  const { done, total } = useMemo(() => progressOf(events), [events]);
  return (
    <div class="grading" role="status">
      <p>
        <strong>{w.preparing}</strong>
      </p>
      {total > 0 ? (
        <>
          <progress max={total} value={done} aria-label={w.preparing} />
          <p class="muted small" aria-hidden="true">
            {w.steps(done, total)}
          </p>
        </>
      ) : (
        <span class="endless" role="progressbar" aria-label={w.preparing} />
      )}
    </div>
  );
}
