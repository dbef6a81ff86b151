// The records of an instance: a list, a report, or two of them compared.
import { useState } from "preact/hooks";
import { get, look, part } from "../api/http";
import type { RecordRow } from "../api/types";
import { moment } from "../lib/format";
import { useLoad } from "../lib/hooks";
import { useStore } from "../lib/store";
import { drillRun } from "../actions/catalog";
import { ReportFrame, VerdictOf } from "../drills/report";
import { overview } from "../state/live";
import { go, href } from "../state/route";
import { Button } from "../ui/button";
import { Empty, Loading } from "../ui/feedback";
import { Mark, verdict } from "../ui/marks";
import { word } from "../words";
import { Compare } from "./compare";
import type { TabProps } from "./instance-page";

const FIRST = 30;
const MORE = 300;

/** The newest records. The server computes the verdict of each, so that all of them would take long. */
async function recordsOf(instance: string, limit: number): Promise<RecordRow[]> {
  if (limit === FIRST) return (await get<{ records: RecordRow[] }>(`/instances/${part(instance)}/records`)).records;
  return look<RecordRow[]>("drill-records", { instance, limit });
}

export function RecordsTab({ instance, rest }: TabProps) {
  const operations = useStore(overview).value?.operations ?? [];
  const stamp = operations.find((one) => one.standing !== "running" && one.what.startsWith("drill"))?.id;
  const [limit, setLimit] = useState(FIRST);
  const records = useLoad(() => recordsOf(instance, limit), [instance, stamp, limit]);
  const [first, second, third] = rest;
  if (first === "compare" && second && third) return <Compare instance={instance} before={second} after={third} />;
  if (first) {
    const row = records.value?.find((one) => one.record === first);
    return (
      <div class="stack">
        <div class="toolbar">
          <a class="button quiet" href={href.instance(instance, "records")}>
            {word("All records")}
          </a>
        </div>
        <VerdictOf
          instance={instance}
          record={first}
          again={row && row.drill !== "soak" ? drillRun(instance, row.drill) : undefined}
        />
        <ReportFrame instance={instance} record={first} tall />
      </div>
    );
  }
  return (
    <div class="stack">
      <Loading of={records} />
      {records.value?.length === 0 && (
        <Empty title={word("No record yet")}>
          <p>
            {word("A drill makes one.")} <a href={href.instance(instance, "drills")}>{word("Run a drill")}</a>
          </p>
        </Empty>
      )}
      {records.value && records.value.length > 0 && <Table instance={instance} records={records.value} />}
      {limit === FIRST && records.value && records.value.length >= FIRST && (
        <div>
          <Button onClick={() => setLimit(MORE)}>{word("Show older records")}</Button>
        </div>
      )}
    </div>
  );
}

function Table({ instance, records }: { instance: string; records: readonly RecordRow[] }) {
  const [picked, setPicked] = useState<readonly string[]>([]);
  // The two that were picked last.
  const pick = (record: string) =>
    setPicked((all) => (all.includes(record) ? all.filter((one) => one !== record) : [...all, record].slice(-2)));
  const [older, newer] = [...picked].sort(
    (one, two) => records.findIndex((row) => row.record === two) - records.findIndex((row) => row.record === one),
  );
  return (
    <>
      <div class="toolbar">
        <Button
          hindered={older && newer ? undefined : word("Choose two records")}
          tip={`lab drill diff ${older ?? "BEFORE"} ${newer ?? "AFTER"} --lab ${instance}`}
          onClick={() => older && newer && go(href.instance(instance, "records", "compare", older, newer))}
        >
          {word("Compare two")}
        </Button>
        <span class="muted small">{word("{0} of 2 chosen", picked.length)}</span>
      </div>
      <div class="table-frame">
        <table class="table">
          <thead>
            <tr>
              <th>
                <span class="hidden-text">{word("Compare")}</span>
              </th>
              <th>{word("Drill")}</th>
              <th>{word("Verdict")}</th>
              <th>{word("Began")}</th>
              <th>{word("Kind")}</th>
              <th class="grow wide-only">{word("Record")}</th>
            </tr>
          </thead>
          <tbody>
            {records.map((row) => (
              <tr key={row.record}>
                <td>
                  <input
                    type="checkbox"
                    aria-label={word("Compare {0}", row.record)}
                    checked={picked.includes(row.record)}
                    onChange={() => pick(row.record)}
                  />
                </td>
                <td>
                  <a href={href.instance(instance, "records", row.record)}>{row.drill}</a>
                </td>
                <td>
                  <Mark state={verdict(row.verdict)} />
                </td>
                <td class="number">{moment(row.started)}</td>
                <td>
                  {word(row.kind ?? "run")}
                  {(row.runs ?? 1) > 1 && `, ${word("{0} runs", row.runs ?? 1)}`}
                </td>
                <td class="mono muted wide-only">{row.record}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
