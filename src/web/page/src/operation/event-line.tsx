// One event of an operation as a line of text.
import type { DrillWhat, Event, PlanEvent, PlanStep, What } from "../api/events";
import { bytes, bytesOf, clock, seconds, several } from "../lib/format";
import { inEnglish } from "../lib/localized";
import { plain } from "../lib/plain-text";
import { stageText, titleOf } from "./progress";

export interface Line {
  readonly text: string;
  readonly tone: "plain" | "muted" | "warn" | "bad" | "good";
  /** Lines of output below it. */
  readonly more?: string | undefined;
}

type Plan = ReadonlyMap<number, PlanStep>;

const line = (text: string, tone: Line["tone"] = "plain", more?: string): Line => ({ text, tone, more });

/** What the event says; none if it is only a figure. */
export function lineOf({ what }: Event, plan: Plan): Line | undefined {
  switch (what.kind) {
    case "note":
      return line(what.text, what.level === "warning" ? "warn" : what.level === "detail" ? "muted" : "plain");
    case "problem":
      return line(what.error.message, "bad", [...(what.error.causes ?? []), ...(what.error.hints ?? [])].join("\n"));
    case "diagnostics":
      return line("A file has problems", "warn", (what.problems.items ?? []).map((one) => one.message).join("\n"));
    case "at-risk":
      return line(`If this is interrupted: ${what.left}`, "muted");
    case "plan":
      return planLine(what.event, plan);
    case "work":
      return what.progress === null ? line(what.title) : progressLine(what.title, what.progress);
    case "work-ended":
      return line(`${what.title}: done`, "good");
    case "drill-begins":
      return line(`Drill ${what.drill}: ${what.title}`);
    case "drill":
      return drillLine(what.event.t, what.event.what);
    case "service":
      return "away" in what.news
        ? line(`${seconds(what.at)}  the service does not answer, since ${seconds(what.news.away)}`, "bad")
        : line(`${seconds(what.at)}  the service answers again, after about ${seconds(what.news.back)}`, "good");
    case "requests":
      return undefined;
    case "drill-ends":
      return line(`Record: ${what.record}`, "good");
    case "grading-begins":
      return line(`Grading ${what.exercise}: ${several(what.checks.length, "check")}`);
    case "check-begins":
      return line(`Check ${what.check}`, "muted");
    case "checked":
      return checkLine(what);
    case "output":
      return line(`${what.node}:`, "plain", plain(new TextDecoder().decode(bytesOf(what.bytes))));
    default:
      return line(JSON.stringify(what).slice(0, 400), "muted");
  }
}

function checkLine({ title, outcome }: Extract<What, { kind: "checked" }>): Line {
  const tone = { passed: "good", failed: "bad", inconclusive: "warn", open: "muted" } as const;
  return line(`${inEnglish(title)}: ${outcome.state}, ${outcome.points} of ${outcome.of}`, tone[outcome.state]);
}

function progressLine(title: string, progress: object): Line {
  if ("phase" in progress) return line(`${title}: ${String(progress.phase)}`, "muted");
  if ("warning" in progress) return line(`${title}: ${String(progress.warning)}`, "warn");
  const { done, total } = (progress as { bytes: { done: number; total: number | null } }).bytes;
  return line(`${title}: ${bytes(done)}${total ? ` of ${bytes(total)}` : ""}`, "muted");
}

function planLine(event: PlanEvent, plan: Plan): Line | undefined {
  if ("plan-started" in event) return line(`A plan of ${event["plan-started"].plan.steps.length} steps`);
  if ("step-started" in event) return undefined;
  if ("step-finished" in event) return line(titleOf(plan.get(event["step-finished"].id)), "good");
  if ("step-progress" in event)
    return progressLine(titleOf(plan.get(event["step-progress"].id)), event["step-progress"].progress);
  if ("step-failed" in event) {
    return line(`Failed: ${titleOf(plan.get(event["step-failed"].id))}`, "bad", event["step-failed"].error.join("\n"));
  }
  if ("step-skipped" in event) return line(`Skipped: ${titleOf(plan.get(event["step-skipped"].id))}`, "warn");
  if ("unwinding" in event) return line(`Undoing ${event.unwinding.steps} steps`, "warn");
  if ("undone" in event) return line(`Undone: ${titleOf(plan.get(event.undone.id))}`, "muted");
  if ("undo-failed" in event)
    return line(
      `Could not undo: ${titleOf(plan.get(event["undo-failed"].id))}`,
      "bad",
      event["undo-failed"].error.join("\n"),
    );
  return undefined;
}

export function drillLine(t: number, what: DrillWhat): Line | undefined {
  const say = (text: string, tone: Line["tone"] = "plain") => line(`${seconds(t)}  ${text}`, tone);
  switch (what.kind) {
    case "stage":
      return say(stageText(what.stage));
    case "check":
      return what.failure === null
        ? say(`${what.title}: healthy`, "good")
        : say(`${what.title}: ${what.failure}`, "warn");
    case "step": {
      const on = what.node ? ` on ${what.node}` : "";
      if (what.phase.kind === "called") return say(`step ${what.step}${on}`);
      if (what.phase.failure) return say(`step ${what.step}${on} failed: ${what.phase.failure}`, "bad");
      return say(`step ${what.step}${on} is done: ${what.phase.proof?.seen ?? "without a proof"}`);
    }
    case "step-missed":
      return say(`step ${what.step} was missed: ${what.reason}`, "bad");
    case "announced":
      return say(`${what.node ?? what.mac} announces ${what.address}`);
    case "goal":
      return say(`goal ${what.goal} ${what.reached ? "reached" : "given up"}`, what.reached ? "good" : "bad");
    case "stream-lost":
      return say(`the log streams of ${what.node} are closed: ${what.reason}`, "muted");
    case "healed":
      return say(`healed on ${what.node}${what.failure ? `: ${what.failure}` : ""}`, what.failure ? "bad" : "good");
    case "ramp-step":
      return say(`${what.ramp}: ${what.rate} requests per second`);
    case "ended":
      return say(what.ending.reason ? `ended: ${what.ending.reason}` : `ended: ${what.ending.kind}`);
    default:
      return undefined;
  }
}

export function EventRow({ event, plan }: { event: Event; plan: Plan }) {
  const found = lineOf(event, plan);
  if (!found) return null;
  return (
    <li class={`event ${found.tone}`}>
      <time dateTime={event.at}>{clock(event.at)}</time>
      <div>
        <span>{plain(found.text)}</span>
        {found.more && <pre class="output">{plain(found.more)}</pre>}
      </div>
    </li>
  );
}
