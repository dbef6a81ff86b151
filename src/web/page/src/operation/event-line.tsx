// One event of an operation as a line of text.
import type { DrillWhat, Event, News, PlanEvent, PlanStep, What } from "../api/events";
import { bytes, bytesOf, clock, seconds } from "../lib/format";
import { inLanguage } from "../lib/localized";
import { plain } from "../lib/plain-text";
import { spoken, word } from "../words";
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
      return line(
        word("A file has problems"),
        "warn",
        (what.problems.items ?? []).map((one) => one.message).join("\n"),
      );
    case "at-risk":
      return line(word("If this is interrupted: {0}", what.left), "muted");
    case "plan":
      return planLine(what.event, plan);
    case "work":
      return what.progress === null ? line(what.title) : progressLine(what.title, what.progress);
    case "work-ended":
      return line(word("{0}: done", what.title), "good");
    case "drill-begins":
      return line(word("Drill {0}: {1}", what.drill, what.title));
    case "drill":
      return drillLine(what.event.t, what.event.what);
    case "service":
      return serviceLine(what.at, what.news);
    case "requests":
      return undefined;
    case "drill-ends":
      return line(word("Record: {0}", what.record), "good");
    case "grading-begins":
      return line(
        what.checks.length === 1
          ? word("Grading {0}: 1 check", what.exercise)
          : word("Grading {0}: {1} checks", what.exercise, what.checks.length),
      );
    case "check-begins":
      return line(word("Check {0}", what.check), "muted");
    case "checked":
      return checkLine(what);
    case "output":
      return line(`${what.node}:`, "plain", plain(new TextDecoder().decode(bytesOf(what.bytes))));
    default:
      return line(JSON.stringify(what).slice(0, 400), "muted");
  }
}

function serviceLine(at: number, news: News): Line {
  const [text, tone] =
    "away" in news
      ? [word("the service does not answer, since {0}", seconds(news.away)), "bad" as const]
      : [word("the service answers again, after about {0}", seconds(news.back)), "good" as const];
  return line(`${seconds(at)}  ${text}`, tone);
}

function checkLine({ title, outcome }: Extract<What, { kind: "checked" }>): Line {
  const tone = { passed: "good", failed: "bad", inconclusive: "warn", open: "muted" } as const;
  const points = word("{0} of {1}", outcome.points, outcome.of);
  const text = inLanguage(title, spoken() ? "id" : "en");
  return line(`${text}: ${word(outcome.state)}, ${points}`, tone[outcome.state]);
}

function progressLine(title: string, progress: object): Line {
  if ("phase" in progress) return line(`${title}: ${String(progress.phase)}`, "muted");
  if ("warning" in progress) return line(`${title}: ${String(progress.warning)}`, "warn");
  const { done, total } = (progress as { bytes: { done: number; total: number | null } }).bytes;
  return line(`${title}: ${total ? word("{0} of {1}", bytes(done), bytes(total)) : bytes(done)}`, "muted");
}

function planLine(event: PlanEvent, plan: Plan): Line | undefined {
  if ("plan-started" in event) return line(word("A plan of {0} steps", event["plan-started"].plan.steps.length));
  if ("step-started" in event) return undefined;
  if ("step-finished" in event) return line(titleOf(plan.get(event["step-finished"].id)), "good");
  if ("step-progress" in event)
    return progressLine(titleOf(plan.get(event["step-progress"].id)), event["step-progress"].progress);
  if ("step-failed" in event) {
    const { id, error } = event["step-failed"];
    return line(word("Failed: {0}", titleOf(plan.get(id))), "bad", error.join("\n"));
  }
  if ("step-skipped" in event) return line(word("Skipped: {0}", titleOf(plan.get(event["step-skipped"].id))), "warn");
  if ("unwinding" in event) return line(word("Undoing {0} steps", event.unwinding.steps), "warn");
  if ("undone" in event) return line(word("Undone: {0}", titleOf(plan.get(event.undone.id))), "muted");
  if ("undo-failed" in event)
    return line(
      word("Could not undo: {0}", titleOf(plan.get(event["undo-failed"].id))),
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
        ? say(`${what.title}: ${word("healthy")}`, "good")
        : say(`${what.title}: ${what.failure}`, "warn");
    case "step": {
      const on = what.node ? ` ${word("on {0}", what.node)}` : "";
      const step = `${what.step}${on}`;
      if (what.phase.kind === "called") return say(word("step {0}", step));
      if (what.phase.failure) return say(word("step {0} failed: {1}", step, what.phase.failure), "bad");
      return say(word("step {0} is done: {1}", step, what.phase.proof?.seen ?? word("without a proof")));
    }
    case "step-missed":
      return say(word("step {0} was missed: {1}", what.step, what.reason), "bad");
    case "announced":
      return say(word("{0} announces {1}", what.node ?? what.mac, what.address));
    case "goal":
      return what.reached
        ? say(word("goal {0} reached", what.goal), "good")
        : say(word("goal {0} given up", what.goal), "bad");
    case "stream-lost":
      return say(word("the log streams of {0} are closed: {1}", what.node, what.reason), "muted");
    case "healed":
      return what.failure
        ? say(`${word("healed on {0}", what.node)}: ${what.failure}`, "bad")
        : say(word("healed on {0}", what.node), "good");
    case "ramp-step":
      return say(word("{0}: {1} requests per second", what.ramp, what.rate));
    case "ended":
      return say(word("ended: {0}", what.ending.reason ?? what.ending.kind));
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
