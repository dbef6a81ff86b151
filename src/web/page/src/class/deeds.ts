// What happened at a bench, in words.
import type { CheckRow, Deed } from "../api/class";
import { bytes } from "../lib/format";
import { clockOf } from "./marks";

const toAll = (all: boolean) => (all ? " (all)" : "");

function checked(checks: readonly CheckRow[]): string {
  const passed = checks.filter(({ outcome }) => outcome?.state === "passed").length;
  return `had it graded: ${passed} of ${checks.length} checks passed`;
}

/** In one line. The names and texts of students are in it as they wrote them. */
export function deedText(deed: Deed): string {
  switch (deed.what) {
    case "began":
      return "begun";
    case "undone":
      return "went back to the start";
    case "finished":
      return "ended";
    case "reseeded":
      return "other values from the next start on";
    case "checked":
      return checked(deed.checks);
    case "hinted":
      return `bought hint ${deed.number} for ${deed.cost} %`;
    case "answered": {
      const verdict = deed.right === null ? "" : deed.right ? ": right" : ": wrong";
      return `answered “${deed.answer}” to ${deed.check}${verdict}`;
    }
    case "saved":
      return `saved as ${deed.name}`;
    case "loaded":
      return `went back to ${deed.name}`;
    case "handed-in": {
      const late = deed.late > 0 ? `, late: −${deed.late} %` : "";
      const packed = deed.kept?.packed ? " (packed)" : "";
      const kept = deed.kept ? `, ${bytes(deed.kept.bytes)}${packed}` : "";
      return `handed in${deed.by_deadline ? " by the deadline" : ""}${late}${kept}`;
    }
    case "graded":
      return `the hand-in was graded: ${deed.points} of ${deed.of} points`;
    case "joined":
      return `${deed.student} joined`;
    case "said":
      return `the teacher${toAll(deed.to_all)}: ${deed.text}`;
    case "hand":
      return deed.up ? "raised the hand" : "took the hand down";
    case "extended":
      return `deadline${toAll(deed.to_all)}: ${clockOf(deed.until)}`;
    case "frozen":
      return `${deed.frozen ? "stopped" : "goes on"}${toAll(deed.to_all)}`;
    default:
      return (deed as { what: string }).what;
  }
}
