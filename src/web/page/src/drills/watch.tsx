// A drill as it happens: the outage as it grows, the requests, the steps; at the end the verdict and the report.
// A drill that is over can be replayed at the speed at which it happened.
import { useEffect, useMemo, useState } from "preact/hooks";
import { drillRun } from "../actions/catalog";
import { stageText } from "../operation/progress";
import { useOperation } from "../operation/operation-dialog";
import { openOperation } from "../operation/open";
import { askToStop } from "../operation/stop";
import { seconds } from "../lib/format";
import { useMedia } from "../lib/hooks";
import { plain } from "../lib/plain-text";
import { useLog } from "../state/operations";
import { href } from "../state/route";
import { session } from "../state/session";
import { Button } from "../ui/button";
import { Failure } from "../ui/feedback";
import { Mark, standing } from "../ui/marks";
import { spoken, word } from "../words";
import { Chart } from "./chart";
import { Counter } from "./counter";
import { drillView } from "./model";
import { ReportFrame, VerdictOf } from "./report";

/** The time that a replay shows, in nanoseconds; none if there is no replay. */
function useReplay(end: number): {
  at: number | undefined;
  speed: number;
  play: (speed: number) => void;
  stop: () => void;
} {
  const [speed, setSpeed] = useState(0);
  const [at, setAt] = useState<number>();
  useEffect(() => {
    if (speed === 0) return;
    const began = performance.now();
    const from = at ?? 0;
    let frame = 0;
    const step = () => {
      const next = from + (performance.now() - began) * 1e6 * speed;
      if (next >= end) {
        setSpeed(0);
        setAt(undefined);
        return;
      }
      setAt(next);
      frame = requestAnimationFrame(step);
    };
    frame = requestAnimationFrame(step);
    return () => cancelAnimationFrame(frame);
  }, [speed, end]);
  const play = (wanted: number) => {
    setAt((value) => value ?? 0);
    setSpeed(wanted);
  };
  const stop = () => {
    setSpeed(0);
    setAt(undefined);
  };
  return { at, speed, play, stop };
}

/** The present moment on the drill's clock, while it runs. */
function useDrillNow(running: boolean, last: { t: number; wall: number }, skew: number): number {
  const calm = useMedia("(prefers-reduced-motion: reduce)");
  const [now, setNow] = useState(last.t);
  useEffect(() => {
    if (!running) {
      setNow(last.t);
      return;
    }
    const read = () => setNow(last.t + Math.max(0, Date.now() - (Number.isFinite(skew) ? skew : 0) - last.wall) * 1e6);
    read();
    const timer = setInterval(read, calm ? 1000 : 100);
    return () => clearInterval(timer);
  }, [running, last.t, last.wall, skew, calm]);
  return running ? Math.max(now, last.t) : last.t;
}

export function WatchDrill({ instance, operation: id }: { instance: string; operation: string }) {
  const log = useLog(id);
  const operation = useOperation(id);
  const running = operation?.standing === "running" && log.ended === undefined;
  const whole = useMemo(() => drillView(log.events), [log.events, spoken()]);
  const replay = useReplay(whole?.last.t ?? 0);
  // The whole view has all outages; a replay shows those until its moment, at ten pictures a second.
  const shown = replay.at === undefined ? undefined : Math.round(replay.at / 1e8) * 1e8;
  const part = useMemo(
    () => (shown === undefined ? undefined : drillView(log.events, shown)),
    [log.events, shown, spoken()],
  );
  const live = useDrillNow(running && whole?.ending === undefined, whole?.last ?? { t: 0, wall: 0 }, log.skew);
  const view = part ?? whole;
  const now = replay.at ?? live;
  const record = whole?.records.at(-1);
  const stage = view?.stages.at(-1)?.stage;

  return (
    <div class="watch">
      <div class="toolbar">
        <a class="button quiet" href={href.instance(instance, "drills")}>
          {word("All drills")}
        </a>
        <h2 class="toolbar-title">
          {view ? `${view.drill}${view.run > 1 ? `, ${word("run {0}", view.run)}` : ""}` : word("Drill")}
        </h2>
        {operation && <Mark state={standing(operation.standing)} />}
        {log.connection === "reconnecting" && <span class="connection reconnecting">{word("Reconnecting…")}</span>}
        <span class="spring" />
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
        {!running && whole && (
          <>
            {replay.at === undefined ? (
              <Button icon="play" onClick={() => replay.play(1)}>
                {word("Replay")}
              </Button>
            ) : (
              <Button icon="stop" onClick={replay.stop}>
                {word("End the replay")}
              </Button>
            )}
            {replay.at !== undefined &&
              [1, 4, 16].map((speed) => (
                <Button key={speed} small pressed={replay.speed === speed} onClick={() => replay.play(speed)}>
                  {speed}×
                </Button>
              ))}
          </>
        )}
        <Button kind="quiet" icon="text" onClick={() => openOperation(id)}>
          {word("Events")}
        </Button>
      </div>
      {view && <p class="muted">{plain(view.title)}</p>}
      {operation?.ended?.error && <Failure error={operation.ended.error} />}
      {log.connection === "refused" && (
        <Failure error={{ kind: "not-found", message: word("the events of this drill cannot be read") }} />
      )}
      {!view && !operation?.ended?.error && log.connection !== "refused" && (
        <p class="loading">
          {word(log.ended ? "This operation has no drill." : running ? "The drill is being prepared…" : "Loading…")}
        </p>
      )}
      {view && (
        <>
          <Counter
            view={view}
            now={now}
            running={(running && view.ending === undefined) || part !== undefined}
            stage={stage ? stageText(stage) : ""}
          />
          <div class="split">
            <div class="split-main">
              <Chart view={view} now={Math.max(now, 1)} />
            </div>
            <aside class="split-side" aria-label={word("What happened")}>
              <h2>{word("What happened")}</h2>
              <Lines view={view} />
            </aside>
          </div>
        </>
      )}
      {record && !running && (
        <section class="result">
          <VerdictOf
            instance={instance}
            record={record}
            again={whole && operation?.what === "drill run" ? drillRun(instance, whole.drill) : undefined}
          />
          <ReportFrame instance={instance} record={record} />
        </section>
      )}
    </div>
  );
}

function Lines({ view }: { view: NonNullable<ReturnType<typeof drillView>> }) {
  // The newest first: it is what people wait for.
  const lines = [...view.lines].reverse().slice(0, 200);
  return (
    <ol class="events compact" tabIndex={0} aria-label={word("What happened, the newest first")}>
      {lines.map(({ t, line }, place) => (
        <li key={`${t} ${lines.length - place}`} class={`event ${line.tone}`}>
          <span class="time">{seconds(t, 1)}</span>
          <span>{plain(line.text)}</span>
        </li>
      ))}
    </ol>
  );
}
