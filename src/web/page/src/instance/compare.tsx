// Two records side by side: the answer of `lab drill diff`, and the figures of both.
import { command } from "../actions/command";
import { figureName, figureText, ReportFrame, useReport } from "../drills/report";
import { moment } from "../lib/format";
import { useLook } from "../lib/hooks";
import { plain } from "../lib/plain-text";
import { href } from "../state/route";
import { Command } from "../ui/button";
import { Loading } from "../ui/feedback";
import { Mark, verdict } from "../ui/marks";
import { word } from "../words";

const COLUMNS = 110;

export function Compare({ instance, before, after }: { instance: string; before: string; after: string }) {
  const difference = useLook<{ shift: string; text: string }>("drill-diff", {
    before,
    after,
    instance,
    width: COLUMNS,
  });
  const one = useReport(instance, before);
  const two = useReport(instance, after);
  const figures = [
    ...new Set([...(one.data?.figures ?? []), ...(two.data?.figures ?? [])].map((figure) => figure.figure)),
  ];
  const value = (report: typeof one, figure: string) =>
    figureText(report.data?.figures?.find((other) => other.figure === figure)?.measured ?? null);
  const head = (report: typeof one, record: string) => (
    <th scope="col">
      <a href={href.instance(instance, "records", record)}>{report.data?.subject?.drill ?? record}</a>
      <br />
      <small class="muted">{report.data?.subject?.started ? moment(report.data.subject.started) : record}</small>
    </th>
  );
  return (
    <div class="stack">
      <div class="toolbar">
        <a class="button quiet" href={href.instance(instance, "records")}>
          {word("All records")}
        </a>
        <Command text={command("drill", "diff", before, after, "--lab", instance)} />
      </div>
      <Loading of={one} />
      <Loading of={two} />
      <div class="table-frame">
        <table class="table">
          <thead>
            <tr>
              <th scope="col">{word("Figure")}</th>
              {head(one, before)}
              {head(two, after)}
            </tr>
          </thead>
          <tbody>
            <tr>
              <th scope="row">{word("Verdict")}</th>
              <td>{one.data && <Mark state={verdict(one.data.verdict)} />}</td>
              <td>{two.data && <Mark state={verdict(two.data.verdict)} />}</td>
            </tr>
            {figures.map((figure) => (
              <tr key={figure}>
                <th scope="row">{figureName(figure)}</th>
                <td class="number">{value(one, figure)}</td>
                <td class="number">{value(two, figure)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Loading of={difference} />
      {difference.value && (
        <pre class="code" tabIndex={0}>
          {plain(difference.value.text)}
        </pre>
      )}
      <div class="reports-pair">
        <ReportFrame instance={instance} record={before} tall />
        <ReportFrame instance={instance} record={after} tall />
      </div>
    </div>
  );
}
