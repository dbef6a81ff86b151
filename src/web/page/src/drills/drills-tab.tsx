// The drills of an instance, with the outcome of the last run of each.
import type { DrillRow } from "../api/types";
import { hindrance } from "../actions/perform";
import type { TabProps } from "../instance/instance-page";
import { moment } from "../lib/format";
import { useLook } from "../lib/hooks";
import { useStore } from "../lib/store";
import { overview } from "../state/live";
import { href } from "../state/route";
import { Button } from "../ui/button";
import { Empty, Loading } from "../ui/feedback";
import { Mark, Tag, verdict } from "../ui/marks";
import { word } from "../words";
import { openDrill } from "./drill-dialog";
import { recordName } from "./model";

export function DrillsTab({ instance, busy, running }: TabProps) {
  const drills = useLook<DrillRow[]>("drill-list", { instance }, [running]);
  const operations = useStore(overview).value?.operations ?? [];
  const watched = operations
    .filter((one) => one.what.startsWith("drill") && one.subject.includes(instance))
    .slice(0, 5);
  return (
    <div class="stack">
      {running && (
        <a class="banner busy" href={href.instance(instance, "drills", "watch", running)}>
          <strong>{word("A drill is running.")}</strong> {word("Watch it")}
        </a>
      )}
      <Loading of={drills} />
      {drills.value?.length === 0 && <Empty title={word("This lab has no drills")} />}
      <ul class="drill-list">
        {(drills.value ?? []).map((row) => (
          <li key={row.drill}>
            <div class="drill-text">
              <strong class="mono">{row.drill}</strong>
              {row.broken && <Tag tone="bad">{word("its file has an error")}</Tag>}
              <p class="muted">{row.title}</p>
            </div>
            <div class="drill-last">
              {row.last ? (
                <a href={href.instance(instance, "records", recordName(row.last.record))}>
                  <Mark state={verdict(row.last.verdict)} />
                  <small class="muted">
                    {moment(row.last.started).slice(0, 16)}
                    {row.last.runs > 1 && `, ${word("{0} runs", row.last.runs)}`}
                  </small>
                </a>
              ) : (
                <small class="muted">{word("not run yet")}</small>
              )}
            </div>
            <Button
              icon="play"
              hindered={hindrance(busy) ?? (row.broken ? word("Its file has an error") : undefined)}
              tip={`lab drill run ${row.drill} --lab ${instance}`}
              onClick={() => openDrill(instance, row)}
            >
              {word("Run…")}
            </Button>
          </li>
        ))}
      </ul>
      {watched.length > 0 && (
        <section>
          <h2>{word("Watch, or replay")}</h2>
          <ul class="plain-list">
            {watched.map((one) => (
              <li key={one.id}>
                <a href={href.instance(instance, "drills", "watch", one.id)}>{drillOf(one.request) ?? one.what}</a>{" "}
                <span class="muted">{moment(one.started)}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

function drillOf(request: unknown): string | undefined {
  const value = request as { drill?: unknown; run?: { drill?: unknown } } | null;
  const found = value?.drill ?? value?.run?.drill;
  return typeof found === "string" ? found : undefined;
}
