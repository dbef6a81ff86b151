// What is at work for the class now.
import { useMemo } from "preact/hooks";
import type { Operation } from "../api/types";
import { several } from "../lib/format";
import { plain } from "../lib/plain-text";
import { useStore } from "../lib/store";
import { openOperation } from "../operation/open";
import { progressOf } from "../operation/progress";
import { overview } from "../state/live";
import { useLog } from "../state/operations";

export function Running({ name }: { name: string }) {
  const all = useStore(overview).value?.operations ?? [];
  const running = all.filter((one) => one.standing === "running" && one.what.startsWith("class "));
  const whole = running.filter((one) => one.subject.includes(name));
  const clusters = running.filter((one) => one.what === "class begin").length;
  const handIns = running.filter((one) => one.what === "class submit").length;
  return (
    <div class="class-running" role="status">
      {clusters > 0 && <p>{several(clusters, "cluster")} in preparation</p>}
      {handIns > 0 && <p>{several(handIns, "hand-in")} being saved</p>}
      {whole.map((one, place) => (
        // A browser has few connections: only the first is followed.
        <One key={one.id} operation={one} followed={place === 0} />
      ))}
    </div>
  );
}

function One({ operation, followed }: { operation: Operation; followed: boolean }) {
  const { events } = useLog(followed ? operation.id : undefined);
  const { text } = useMemo(() => progressOf(events), [events]);
  return (
    <p>
      <span class="endless" role="progressbar" aria-label="Running" />{" "}
      <button type="button" class="link" onClick={() => openOperation(operation.id)}>
        {operation.what}
      </button>{" "}
      <span class="muted">{plain(text)}</span>
    </p>
  );
}
