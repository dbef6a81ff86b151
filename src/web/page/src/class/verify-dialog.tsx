// Whether every point of the class follows from the records.
import type { Verified } from "../api/class";
import { several } from "../lib/format";
import { useLook } from "../lib/hooks";
import { plain } from "../lib/plain-text";
import { Command } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Loading } from "../ui/feedback";
import { Mark } from "../ui/marks";
import { VERIFY } from "./actions";

export function VerifyDialog({ name, close }: { name: string; close: () => void }) {
  const found = useLook<Verified>("class-verify", { class: name });
  const done = found.value;
  return (
    <Dialog title="Verify the points" close={close} wide>
      <Loading of={found} />
      {done && (
        <div role="status">
          <p>
            {done.mismatches.length === 0 ? (
              <Mark state={{ shape: "check", word: "All follows from the records", tone: "good" }} />
            ) : (
              <Mark state={{ shape: "cross", word: `Mismatches: ${done.mismatches.length}`, tone: "bad" }} />
            )}
          </p>
          <p class="muted">
            {several(done.lines, "line")} of the log, {several(done["hand-ins"], "graded hand-in")},{" "}
            {several(done.outcomes, "outcome")}
          </p>
          <ul class="plain-list">
            {done.mismatches.map((one, place) => (
              <li key={place} class="trouble">
                {plain(one)}
              </li>
            ))}
          </ul>
          {done.unproven.length > 0 && (
            <details>
              <summary>{several(done.unproven.length, "outcome")} that only the log proves</summary>
              <ul class="plain-list">
                {done.unproven.map((one, place) => (
                  <li key={place}>{plain(one)}</li>
                ))}
              </ul>
            </details>
          )}
        </div>
      )}
      <Command text={VERIFY} />
    </Dialog>
  );
}
