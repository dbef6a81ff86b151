// Checks with their state, and what is wrong.
import type { CheckStatus } from "../api/types";
import { healthOfCheck } from "../lib/health";
import { plain } from "../lib/plain-text";
import { word } from "../words";
import { health, Shape } from "./marks";

export function Checks({ checks, none, nodes }: { checks: readonly CheckStatus[]; none: string; nodes?: boolean }) {
  if (checks.length === 0) return <p class="muted">{none}</p>;
  return (
    <ul class="plain-list checks">
      {checks.map((one) => (
        <li key={`${one.check} ${one.node ?? ""}`}>
          <Shape state={health(healthOfCheck(one))} label />
          <div>
            <span>{plain(one.check)}</span>
            {nodes && one.node && <span class="muted"> {word("on {0}", one.node)}</span>}
            {one.trouble && <p class={one.pending ? "muted" : "trouble"}>{plain(one.trouble)}</p>}
          </div>
        </li>
      ))}
    </ul>
  );
}
