// A drill while it runs, computed from its events alone. All times are nanoseconds on the drill's clock.
import type { Event, What } from "../api/events";
import { drillLine, type Line } from "../operation/event-line";
import { word } from "../words";

export interface Sample {
  readonly from: number;
  readonly to: number;
  /** In this interval. */
  readonly answered: number;
  readonly failed: number;
}

export interface Outage {
  readonly from: number;
  /** None while the service is away. */
  readonly to?: number | undefined;
  readonly length?: number | undefined;
}

export interface Mark {
  readonly t: number;
  readonly text: string;
  readonly kind: "step" | "goal";
}

export interface Holder {
  readonly t: number;
  readonly node: string;
  readonly address: string;
}

export interface DrillView {
  readonly drill: string;
  readonly title: string;
  /** The number of the run, from 1; a series has several. */
  readonly run: number;
  readonly stages: readonly { stage: string; t: number }[];
  readonly marks: readonly Mark[];
  readonly holders: readonly Holder[];
  readonly outages: readonly Outage[];
  readonly samples: readonly Sample[];
  readonly lines: readonly { t: number; line: Line }[];
  readonly answered: number;
  readonly failed: number;
  /** The latest moment that has both clocks: of the drill, and of the server in milliseconds. */
  readonly last: { t: number; wall: number };
  readonly ending: string | undefined;
  /** The names of the records so far. */
  readonly records: readonly string[];
}

interface Moment {
  readonly t: number;
  readonly wall: number;
}

/** When the event happened on the drill's clock; none if it does not say so. */
function timeOf(what: What): number | undefined {
  if (what.kind === "drill") return what.event.t;
  if (what.kind === "service" || what.kind === "requests") return what.at;
  return undefined;
}

/** The time of a moment between others that have both clocks. */
function between(moments: readonly Moment[], next: number, wall: number): number {
  const before = moments[next - 1];
  const after = moments[next];
  if (!before) return 0;
  if (!after) return before.t + Math.max(0, wall - before.wall) * 1e6;
  const span = after.wall - before.wall;
  const share = span > 0 ? (wall - before.wall) / span : 1;
  return before.t + (after.t - before.t) * Math.min(1, Math.max(0, share));
}

// `Date.parse` ends at milliseconds. A simulated drill is over within a few of them.
export function wallOf(at: string): number {
  const digits = /\.(\d+)Z$/.exec(at)?.[1] ?? "";
  return Date.parse(at.replace(/\.\d+Z$/, "Z")) + Number(`0.${digits || "0"}`) * 1000;
}

/** The last run of the operation, until this time of it; `until` is none for all that is known. */
export function drillView(events: readonly Event[], until?: number): DrillView | undefined {
  const starts = events.flatMap(({ what }, place) => (what.kind === "drill-begins" ? [place] : []));
  const start = starts.at(-1);
  if (start === undefined) return undefined;
  const begins = events[start]?.what;
  if (begins?.kind !== "drill-begins") return undefined;
  const mine = events.slice(start + 1);
  const moments = mine.flatMap((event): Moment[] => {
    const t = timeOf(event.what);
    return t === undefined ? [] : [{ t, wall: wallOf(event.at) }];
  });
  const collected = collect(mine, moments, until ?? Number.POSITIVE_INFINITY);
  const records = events.flatMap(({ what }) => (what.kind === "drill-ends" ? [recordName(what.record)] : []));
  return {
    drill: begins.drill,
    title: begins.title,
    run: starts.length,
    ...collected,
    records: until === undefined ? records : [],
  };
}

function collect(events: readonly Event[], moments: readonly Moment[], until: number) {
  const stages: { stage: string; t: number }[] = [];
  const marks: Mark[] = [];
  const holders: Holder[] = [];
  const outages: Outage[] = [];
  const samples: Sample[] = [];
  const lines: { t: number; line: Line }[] = [];
  let [answered, failed, from, seen] = [0, 0, 0, 0];
  let ending: string | undefined;
  for (const { what, at } of events) {
    const own = timeOf(what);
    const t = own ?? between(moments, seen, wallOf(at));
    if (own !== undefined) seen += 1;
    if (t > until) break;
    if (what.kind === "requests") {
      const sample = { from, to: t, answered: what.answered - answered, failed: what.failed - failed };
      if (t > from) samples.push(sample);
      [answered, failed, from] = [what.answered, what.failed, t];
    } else if (what.kind === "service") {
      const last = outages.at(-1);
      if ("away" in what.news) outages.push({ from: what.news.away });
      else if (last)
        outages[outages.length - 1] = { from: last.from, to: last.from + what.news.back, length: what.news.back };
      const text =
        "away" in what.news
          ? word("the service does not answer")
          : word("the service answers again, after about {0}", `${(what.news.back / 1e9).toFixed(3)} s`);
      lines.push({ t, line: { text, tone: "away" in what.news ? "bad" : "good" } });
    } else if (what.kind === "drill") {
      const event = what.event.what;
      if (event.kind === "stage") {
        stages.push({ stage: event.stage, t });
        // The first request is due when the load begins.
        if (event.stage === "baseline") from = t;
      }
      if (event.kind === "step" && event.phase.kind === "called")
        marks.push({ t, text: event.node ? `${event.step}: ${event.node}` : event.step, kind: "step" });
      if (event.kind === "goal") marks.push({ t, text: event.goal, kind: "goal" });
      if (event.kind === "announced" && event.node) holders.push({ t, node: event.node, address: event.address });
      if (event.kind === "ended") ending = event.ending.kind;
      const line = drillLine(t, event);
      if (line && !(event.kind === "check" && event.failure === null))
        lines.push({ t, line: { ...line, text: line.text.replace(/^[\d.]+ s {2}/, "") } });
    }
  }
  const last = moments.filter((moment) => moment.t <= until).at(-1) ?? {
    t: 0,
    wall: events[0] ? wallOf(events[0].at) : 0,
  };
  return { stages, marks, holders, outages, samples, lines, answered, failed, last, ending };
}

/** `20261129T215002Z-power-cut` of a path in the state folder. */
export function recordName(path: string): string {
  const parts = path.split("/");
  const file = parts.at(-1) ?? path;
  return file === "record.jsonl" ? (parts.at(-2) ?? file) : file.replace(/\.(series|sweep)\.[a-z]+$|\.jsonl?$/, "");
}
