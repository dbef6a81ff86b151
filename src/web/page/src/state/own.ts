// Tells how operations ended that were started from this page.
import type { Operation } from "../api/types";
import { word } from "../words";
import { say } from "./modal";
import { overview } from "./live";
import { reasons } from "../lib/reasons";

/** What to say at the end in place of the usual words; `done` is none if the page itself shows it. */
export interface Ends {
  readonly done: string | undefined;
  readonly failed: string;
}

const own = new Map<string, Ends | undefined>();

export function remember(operation: string, ends?: Ends): void {
  own.set(operation, ends);
}

overview.watch(() => {
  for (const one of overview.value.value?.operations ?? []) {
    if (!own.has(one.id) || one.standing === "running") continue;
    const ends = own.get(one.id);
    own.delete(one.id);
    if (ends) {
      sayEnd(one, ends);
      continue;
    }
    const about = [one.what, ...one.subject].join(" ");
    if (one.standing === "done") say({ tone: "good", text: word("Done: {0}", about), operation: one.id });
    else if (one.standing === "stopped") say({ tone: "plain", text: word("Stopped: {0}", about), operation: one.id });
    else
      say({
        tone: "bad",
        text: word("Failed: {0}", about),
        detail: one.ended?.error && reasons(one.ended.error, true),
        operation: one.id,
      });
  }
});

function sayEnd(one: Operation, { done, failed }: Ends): void {
  if (one.standing !== "done")
    say({ tone: "bad", text: failed, detail: one.ended?.error && reasons(one.ended.error, true), operation: one.id });
  else if (done !== undefined) say({ tone: "good", text: done });
}
