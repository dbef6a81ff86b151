// What is at work on the cluster of a student, and why something cannot be done now.
import type { Me } from "../api/class";
import type { Operation, Overview, Status } from "../api/types";
import { QUIET } from "../shell/tree-items";
import type { Words } from "./words";

export interface AtWork {
  /** The check that goes on; it works on copies. */
  readonly grading: Operation | undefined;
  /** The operation that changes the cluster. */
  readonly changing: Operation | undefined;
  /** The drill that runs. */
  readonly drill: Operation | undefined;
  /** Why the cluster cannot be changed now. */
  readonly lock: string | undefined;
}

export function atWork(me: Me, all: Overview | undefined, status: Status | undefined, w: Words): AtWork {
  const running = (all?.operations ?? []).filter(
    (one) => one.standing === "running" && one.subject.includes(me.instance),
  );
  const grading = running.find((one) => one.what === "grade");
  const changing = running.find((one) => one.what !== "grade" && !QUIET.includes(one.what));
  // A lock may be one of the teacher, which this student does not see.
  const locked = changing?.what ?? (grading ? undefined : status?.at_work?.replace(/^lab /, ""));
  return {
    grading,
    changing,
    drill: running.find((one) => one.what.startsWith("drill")),
    lock: locked === undefined ? undefined : w.atWork(w.works[locked] ?? locked),
  };
}

/** Why the class allows no change now; none if it does. */
export function stopOf(me: Me, w: Words): string | undefined {
  return { before: w.notBegun, working: undefined, late: undefined, frozen: w.frozen, over: w.over }[me.phase];
}
