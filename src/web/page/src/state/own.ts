// Tells how operations ended that were started from this page.
import { say } from "./modal";
import { overview } from "./live";
import { reasons } from "../lib/reasons";

const own = new Set<string>();

export function remember(operation: string): void {
  own.add(operation);
}

overview.watch(() => {
  for (const one of overview.value.value?.operations ?? []) {
    if (!own.has(one.id) || one.standing === "running") continue;
    own.delete(one.id);
    const about = [one.what, ...one.subject].join(" ");
    if (one.standing === "done") say({ tone: "good", text: `Done: ${about}`, operation: one.id });
    else if (one.standing === "stopped") say({ tone: "plain", text: `Stopped: ${about}`, operation: one.id });
    else
      say({
        tone: "bad",
        text: `Failed: ${about}`,
        detail: one.ended?.error && reasons(one.ended.error, true),
        operation: one.id,
      });
  }
});
