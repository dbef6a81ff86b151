// The history of operations at the bottom: running ones with their progress; a click shows the events.
import { useMemo } from "preact/hooks";
import type { Operation } from "../api/types";
import { brief, duration } from "../lib/format";
import { useNow } from "../lib/hooks";
import { person } from "../lib/person";
import { plain } from "../lib/plain-text";
import { useStore } from "../lib/store";
import { openOperation } from "../operation/open";
import { progressOf } from "../operation/progress";
import { askToStop } from "../operation/stop";
import { overview } from "../state/live";
import { useLog } from "../state/operations";
import { session } from "../state/session";
import { change, settings } from "../state/settings";
import { Button } from "../ui/button";
import { Icon } from "../ui/icons";
import { Mark, standing } from "../ui/marks";

export function History() {
  const live = useStore(overview);
  const { history } = useStore(settings);
  const operations = live.value?.operations ?? [];
  const running = operations.filter((one) => one.standing === "running");
  const last = operations[0];
  return (
    <section class="history" id="history" aria-label="History of operations">
      <div class="history-head">
        <button
          type="button"
          class="history-toggle"
          aria-expanded={history}
          onClick={() => change({ history: !history })}
        >
          <Icon name="chevron" class={history ? "open" : ""} />
          <span>History</span>
          {running.length > 0 && <span class="count busy">{running.length} running</span>}
        </button>
        {!history && last && (
          <button type="button" class="history-last" onClick={() => openOperation(last.id)}>
            <Mark state={standing(last.standing)} /> <span>{titleOf(last)}</span>
          </button>
        )}
      </div>
      {history && <OperationTable operations={operations} />}
    </section>
  );
}

const titleOf = (one: Operation) => [one.what, ...one.subject].join(" ");

export function OperationTable({ operations }: { operations: readonly Operation[] }) {
  // A browser has few connections: only the newest running operation is followed here.
  const newest = operations.find((one) => one.standing === "running")?.id;
  if (operations.length === 0)
    return <p class="loading">No operation yet. Everything that changes something is listed here.</p>;
  return (
    <div class="table-frame">
      <table class="table rows">
        <thead>
          <tr>
            <th>State</th>
            <th>Operation</th>
            <th>On</th>
            <th class="wide-only">Who</th>
            <th>Began</th>
            <th>Took</th>
            <th class="grow">Progress, or reason</th>
            <th>
              <span class="hidden-text">Stop</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {operations.map((one) => (
            <Row key={one.id} operation={one} followed={one.id === newest} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ operation, followed }: { operation: Operation; followed: boolean }) {
  const running = operation.standing === "running";
  const now = useNow(running);
  const end = operation.ended ? Date.parse(operation.ended.at) : running ? now : undefined;
  const open = () => openOperation(operation.id);
  return (
    <tr class="clickable" onClick={open}>
      <td>
        <Mark state={standing(operation.standing)} />
      </td>
      <td>
        <button type="button" class="link" onClick={(event) => (event.stopPropagation(), open())}>
          {operation.what}
        </button>
      </td>
      <td class="mono">{operation.subject.join(" ")}</td>
      <td class="wide-only">{person(operation.who)}</td>
      <td class="number">{brief(operation.started)}</td>
      <td class="number">{end === undefined ? "" : duration(end - Date.parse(operation.started))}</td>
      <td class="grow clip">
        {running && followed && <Running id={operation.id} />}
        {running && !followed && <Endless />}
        {operation.ended?.error && <span class="muted">{plain(operation.ended.error.message)}</span>}
      </td>
      <td>
        {running && (
          <Button
            small
            kind="quiet"
            icon="stop"
            label={`Stop ${titleOf(operation)}`}
            hindered={session.mayChange ? undefined : "A viewer may not stop it"}
            onClick={(event) => (event.stopPropagation(), askToStop(operation.id))}
          />
        )}
      </td>
    </tr>
  );
}

function Running({ id }: { id: string }) {
  const { events } = useLog(id);
  const { done, total, text } = useMemo(() => progressOf(events), [events]);
  return (
    <span class="running">
      {total > 0 ? <progress class="slim" max={total} value={done} aria-label="Steps done" /> : <Endless />}
      <span>{plain(total > 0 ? `${done} of ${total}: ${text}` : text)}</span>
    </span>
  );
}

function Endless() {
  return <span class="endless" role="progressbar" aria-label="Running" />;
}
