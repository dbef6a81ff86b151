// The events of an operation, as they come.
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { PlanStep } from "../api/events";
import { command } from "../actions/command";
import { get, part } from "../api/http";
import type { Operation } from "../api/types";
import { duration, moment } from "../lib/format";
import { useLoad, useNow } from "../lib/hooks";
import { person } from "../lib/person";
import { useStore } from "../lib/store";
import { overview } from "../state/live";
import { href } from "../state/route";
import { useLog } from "../state/operations";
import { session } from "../state/session";
import { Button, Command } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Failure } from "../ui/feedback";
import { Mark, standing } from "../ui/marks";
import { spoken, word } from "../words";
import { EventRow } from "./event-line";
import { progressOf } from "./progress";
import { askToStop } from "./stop";

// A browser does not lay out more lines at once without a delay.
const SHOWN = 1500;

export function useOperation(id: string): Operation | undefined {
  const live = useStore(overview).value?.operations.find((one) => one.id === id);
  const log = useLog(id);
  const asked = useLoad(live ? undefined : () => get<Operation>(`/operations/${part(id)}`), [
    id,
    live === undefined,
    log.ended?.id,
  ]);
  return log.ended ?? live ?? asked.value;
}

export function OperationDialog({ id, close }: { id: string; close: () => void }) {
  const log = useLog(id);
  const operation = useOperation(id);
  const running = operation?.standing === "running";
  const now = useNow(running);
  const progress = useMemo(() => progressOf(log.events), [log.events, spoken()]);
  const plan = useMemo(() => {
    const steps = new Map<number, PlanStep>();
    for (const { what } of log.events) {
      if (what.kind === "plan" && "plan-started" in what.event)
        for (const one of what.event["plan-started"].plan.steps) steps.set(one.id, one);
    }
    return steps;
  }, [log.events]);
  const list = useRef<HTMLOListElement>(null);
  const atEnd = useRef(true);
  useEffect(() => {
    if (list.current && atEnd.current) list.current.scrollTop = list.current.scrollHeight;
  }, [log.events.length]);
  const took = operation ? (operation.ended ? Date.parse(operation.ended.at) : now) - Date.parse(operation.started) : 0;
  const drill = operation?.what.startsWith("drill") && operation.subject[0];
  const footer = (
    <>
      {running && (
        <Button
          kind="danger"
          icon="stop"
          hindered={session.mayChange ? undefined : "A viewer may not stop it"}
          onClick={() => askToStop(id)}
        >
          {word("Stop")}
        </Button>
      )}
      {drill && (
        <a class="button plain" href={href.instance(drill, "drills", "watch", id)} onClick={close}>
          {word("Watch the drill")}
        </a>
      )}
      <Button onClick={close}>{word("Close")}</Button>
    </>
  );
  return (
    <Dialog
      title={operation ? [operation.what, ...operation.subject].join(" ") : id}
      close={close}
      footer={footer}
      wide
    >
      {operation && (
        <dl class="facts inline">
          <div>
            <dt>{word("State")}</dt>
            <dd>
              <Mark state={standing(operation.standing)} />
            </dd>
          </div>
          <div>
            <dt>{word("Began")}</dt>
            <dd>{moment(operation.started)}</dd>
          </div>
          <div>
            <dt>{word(running ? "For" : "Took")}</dt>
            <dd>{duration(took)}</dd>
          </div>
          <div>
            <dt>{word("Who")}</dt>
            <dd>{person(operation.who)}</dd>
          </div>
          <div>
            <dt>{word("Id")}</dt>
            <dd>
              <code>{id}</code>
            </dd>
          </div>
        </dl>
      )}
      {progress.total > 0 && (
        <div class="progress-line">
          <progress max={progress.total} value={progress.done} aria-label={word("Steps done")} />
          <span>
            {word("{0} of {1} steps", progress.done, progress.total)}
          </span>
        </div>
      )}
      {log.connection === "reconnecting" && <p class="loading">{word("Reconnecting…")}</p>}
      {log.connection === "refused" && (
        <Failure error={{ kind: "not-found", message: word("the events of this operation cannot be read") }} />
      )}
      {operation?.ended?.error && <Failure error={operation.ended.error} />}
      <Command text={command("history", "show", id)} />
      <ol
        class="events"
        ref={list}
        tabIndex={0}
        aria-label={word("Events")}
        onScroll={({ currentTarget: at }) => (atEnd.current = at.scrollHeight - at.scrollTop - at.clientHeight < 24)}
      >
        {log.events.length > SHOWN && (
          <li class="event muted">{word("{0} earlier events are not shown", log.events.length - SHOWN)}</li>
        )}
        {log.events.slice(-SHOWN).map((event) => (
          <EventRow key={event.number} event={event} plan={plan} />
        ))}
      </ol>
    </Dialog>
  );
}
