// The proof of a fault: what the injection observed. It is in the events of the operation that injected it.
import type { FaultStatus, Operation } from "../api/types";
import { plain } from "../lib/plain-text";
import { useLog } from "../state/operations";
import { word } from "../words";
import { injectionOf } from "./injection";

export function Proof({ fault, operations }: { fault: FaultStatus; operations: readonly Operation[] }) {
  const { events } = useLog(injectionOf(fault, operations)?.id);
  const seen = events.findLast(({ what }) => what.kind === "note" && what.text.includes(", by "));
  if (seen?.what.kind !== "note") return null;
  return (
    <p class="small">
      <span class="muted">{word("Proof:")} </span>
      {plain(seen.what.text)}
    </p>
  );
}
