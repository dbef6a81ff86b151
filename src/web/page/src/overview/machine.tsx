// What this machine has and lacks for running labs, and what takes its disk: for an administrator.
import { useState } from "preact/hooks";
import { command } from "../actions/command";
import { bytes } from "../lib/format";
import { useLook } from "../lib/hooks";
import { plain } from "../lib/plain-text";
import { Command } from "../ui/button";
import { Loading } from "../ui/feedback";
import { Mark, type State } from "../ui/marks";

interface Finding {
  what: string;
  standing: "good" | "poor" | "missing";
  found: string;
  advice: string | null;
}

interface Usage {
  kind: string;
  name: string;
  bytes: number;
  memory?: number;
}

const STATES: Record<Finding["standing"], State> = {
  good: { shape: "check", word: "good", tone: "good" },
  poor: { shape: "triangle", word: "limited", tone: "warn" },
  missing: { shape: "cross", word: "missing", tone: "bad" },
};

export function Machine() {
  const [open, setOpen] = useState(false);
  return (
    <details class="more machine" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>This machine: what it has and lacks, and what takes its disk</summary>
      {open && <Findings />}
    </details>
  );
}

function Findings() {
  const found = useLook<Finding[]>("doctor", {});
  const usage = useLook<Usage[]>("df", {});
  const order = { missing: 0, poor: 1, good: 2 };
  const findings = [...(found.value ?? [])].sort((one, two) => order[one.standing] - order[two.standing]);
  const kinds = [...new Set((usage.value ?? []).map((one) => one.kind))];
  const sum = (kind: string) =>
    (usage.value ?? []).filter((one) => one.kind === kind).reduce((all, one) => all + one.bytes, 0);
  return (
    <div class="stack">
      <Command text={command("doctor")} />
      <Loading of={found} />
      <ul class="plain-list">
        {findings.map((one) => (
          <li key={one.what} class="finding">
            <Mark state={STATES[one.standing]} />
            <strong>{one.what}</strong>
            <span class="muted">
              {plain(one.found)}
              {one.advice && <span class="advice">{plain(one.advice)}</span>}
            </span>
          </li>
        ))}
      </ul>
      <Command text={command("df")} />
      <Loading of={usage} />
      <dl class="facts inline">
        {kinds.map((kind) => (
          <div key={kind}>
            <dt>{kind}</dt>
            <dd>{bytes(sum(kind))}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
