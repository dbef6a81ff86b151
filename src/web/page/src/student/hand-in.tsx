// Checking and handing in, below the task.
import type { Me } from "../api/class";
import { stopOperation } from "../state/operations";
import { Button, CopyButton } from "../ui/button";
import { Icon } from "../ui/icons";
import type { AtWork } from "./at-work";
import { ask, begin } from "./deeds";
import { clockOf, useText, useWords } from "./words";

export function HandIn({ me, work, stop }: { me: Me; work: AtWork; stop: string | undefined }) {
  const w = useWords();
  const text = useText();
  const { instance, current } = me;
  if (!current) return null;
  const row = me.exercises.find((one) => one.name === current.name);
  const again = row !== undefined && row.submitted !== null;
  const { grading } = work;
  const grade = () =>
    begin({ request: "grade", body: { instance }, done: undefined, failed: w.gradeFailed });
  const handIn = () =>
    ask(
      {
        title: w.handInTitle(text(current.title)),
        texts: [w.handInText, ...(me.phase === "late" ? [w.handInLate] : [])],
        label: w.handIn,
      },
      { request: "class-submit", body: { instance }, done: undefined, failed: w.handInFailed },
    );
  const handing = work.changing?.what === "class submit";
  return (
    <footer class="task-foot">
      {handing && <p role="status">{w.handingIn}…</p>}
      {again && <Receipt at={row.submitted ?? ""} receipt={row.receipt ?? undefined} />}
      <div class="actions">
        {!me.exam && !grading && (
          <Button icon="check" hindered={stop ?? work.lock} onClick={grade}>
            {w.grade}
          </Button>
        )}
        {grading && (
          <Button icon="stop" hindered={stop} onClick={() => void stopOperation(grading.id)}>
            {w.stop}
          </Button>
        )}
        <Button kind="primary" icon="flag" hindered={stop ?? work.lock} onClick={handIn}>
          {again ? w.handInAgain : w.handIn}
        </Button>
      </div>
    </footer>
  );
}

function Receipt({ at, receipt }: { at: string; receipt: string | undefined }) {
  const w = useWords();
  return (
    <div class="receipt" role="status">
      <p>
        <Icon name="check" /> <strong>{w.handedInAt(clockOf(at, true))}</strong>
      </p>
      {receipt !== undefined && (
        <p class="small">
          {w.receipt}: <code>{receipt}</code> <CopyButton text={receipt} label={w.copyReceipt} />
          <span class="muted"> {w.receiptText}</span>
        </p>
      )}
    </div>
  );
}
