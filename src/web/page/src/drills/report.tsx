// The verdict and the report of a record.
import type { Action } from "../actions/catalog";
import { BASE, part } from "../api/http";
import type { Verdict } from "../api/types";
import { capital, seconds } from "../lib/format";
import { useLook } from "../lib/hooks";
import { plain } from "../lib/plain-text";
import { go, href } from "../state/route";
import { ActionButton } from "../ui/button";
import { Loading } from "../ui/feedback";
import { Mark, verdict } from "../ui/marks";
import { type Word, word } from "../words";

interface Span {
  value: number;
  low: number;
  high: number;
}

export interface ReportData {
  verdict: Verdict;
  reasons?: unknown[];
  subject?: { drill?: string; started?: string; settings?: string[] };
  figures?: { figure: string; measured: Span | null; max: number | null; paper: number | null }[];
  availability?: { share: number; down: number } | null;
  invariants?: { text: string; verdict: string }[];
}

/** A report as data. */
export function useReport(instance: string, record: string | undefined) {
  const found = useLook<{ verdict: Verdict; text: string }>(
    "drill-report",
    record === undefined ? undefined : { record, instance, format: "json" },
  );
  let data: ReportData | undefined;
  try {
    data = found.value && (JSON.parse(found.value.text) as ReportData);
  } catch {
    // The page of the report shows it too.
  }
  return { ...found, data };
}

const NAMES: Record<string, Word> = {
  failover: "Failover time",
  failback: "Failback time",
  "first-write": "Time to first write",
  redundancy: "Time to redundancy",
};

export function figureName(figure: string): string {
  const known = NAMES[figure];
  return known === undefined ? capital(figure.replaceAll("-", " ")) : word(known);
}

export const figureText = (span: Span | null): string =>
  span
    ? `${seconds(span.value)} ± ${seconds(Math.max(span.high - span.value, span.value - span.low))}`
    : word("not measured");

export function VerdictOf({
  instance,
  record,
  again,
}: {
  instance: string;
  record: string;
  again: Action | undefined;
}) {
  const report = useReport(instance, record);
  const data = report.data;
  return (
    <div class="verdict">
      <Loading of={report} />
      {report.value && (
        <>
          <div class="verdict-head">
            <span class="verdict-word">
              <Mark state={verdict(report.value.verdict)} />
            </span>
            <span class="muted mono">{record}</span>
            <span class="spring" />
            {again && (
              <ActionButton
                action={again}
                icon="play"
                then={(operation) => go(href.instance(instance, "drills", "watch", operation))}
              >
                {word("Run again")}
              </ActionButton>
            )}
          </div>
          <dl class="figures">
            {(data?.figures ?? []).map((one) => (
              <div key={one.figure}>
                <dt>{figureName(one.figure)}</dt>
                <dd>{one.measured ? seconds(one.measured.value) : "–"}</dd>
                <small class="muted">
                  {one.measured
                    ? `± ${seconds(Math.max(one.measured.high - one.measured.value, one.measured.value - one.measured.low))}`
                    : word("not measured")}
                  {one.max !== null && `, ${word("at most {0}", seconds(one.max, 0))}`}
                  {one.paper !== null && `, ${word("paper {0}", seconds(one.paper, 1))}`}
                </small>
              </div>
            ))}
            {data?.availability && (
              <div>
                <dt>{word("Availability")}</dt>
                <dd>{(data.availability.share * 100).toFixed(2)} %</dd>
                <small class="muted">{word("{0} away", seconds(data.availability.down))}</small>
              </div>
            )}
          </dl>
          {(data?.invariants ?? [])
            .filter((one) => one.verdict !== "pass")
            .map((one) => (
              <p key={one.text} class="trouble">
                {plain(one.text)}
              </p>
            ))}
        </>
      )}
    </div>
  );
}

/** The report is a page with scripts of its own: it runs apart from this one, without its rights. */
export function ReportFrame({ instance, record, tall }: { instance: string; record: string; tall?: boolean }) {
  return (
    <iframe
      class={`report ${tall ? "tall" : ""}`}
      title={word("Report of {0}", record)}
      sandbox="allow-scripts"
      referrerpolicy="no-referrer"
      src={`${BASE}/instances/${part(instance)}/records/${part(record)}/report.html`}
    />
  );
}
