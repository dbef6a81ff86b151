// Several terminals side by side.
import { useEffect, useMemo, useState } from "preact/hooks";
import type { TabProps } from "../instance/instance-page";
import { useStore } from "../lib/store";
import { overview } from "../state/live";
import { session } from "../state/session";
import { Button } from "../ui/button";
import { Empty } from "../ui/feedback";
import { ChoiceField } from "../ui/field";
import { addTerminal, removeTerminal, terminals } from "./all";
import { commandOf, type Kind } from "./kind";
import { Pane } from "./pane";
import { TerminalSession } from "./session";

const MOST = 12;

export function TerminalsTab({ instance, status }: TabProps) {
  const all = useStore(terminals).filter((one) => one.instance === instance);
  const row = useStore(overview).value?.instances.find((one) => one.instance === instance);
  const nodes = status?.nodes.map((one) => one.node) ?? row?.nodes ?? [];
  const [chosen, setNode] = useState<string>();
  const [kind, setKind] = useState<Kind>("shell");
  const [newest, setNewest] = useState<number>();
  const node = chosen ?? nodes[0] ?? "";
  const full = all.length >= MOST ? `At most ${MOST} terminals` : undefined;
  const refused = session.mayChange ? undefined : "A viewer has no terminals";
  const add = (one: string, what: Kind) => setNewest(addTerminal(instance, one, what).key);
  return (
    <div class="terminals">
      <div class="toolbar">
        <ChoiceField label="Node" value={node} set={setNode} choices={nodes.map((one) => [one, one] as const)} />
        <ChoiceField
          label="Kind"
          value={kind}
          set={(value) => setKind(value as Kind)}
          choices={[
            ["shell", "shell"],
            ["console", "console"],
            ["logs", "logs"],
          ]}
        />
        <Button
          icon="plus"
          kind="primary"
          hindered={full ?? refused}
          tip={commandOf(kind, node, instance)}
          onClick={() => add(node, kind)}
        >
          Open
        </Button>
        <Button
          icon="terminal"
          hindered={nodes.length + all.length > MOST ? `At most ${MOST} terminals` : refused}
          onClick={() => nodes.forEach((one) => add(one, kind))}
        >
          One for each node
        </Button>
      </div>
      {all.length === 0 ? (
        <Empty title="No terminal is open">
          <p>
            A shell runs commands on a node. A console shows what the machine itself prints, also while it boots or is
            unreachable. Logs are those of the stacks on a node.
          </p>
        </Empty>
      ) : (
        <div class={`panes count-${Math.min(all.length, 4)}`}>
          {all.map((one) => (
            <Pane key={one.key} session={one} close={() => removeTerminal(one)} focus={one.key === newest} />
          ))}
        </div>
      )}
    </div>
  );
}

/** A terminal of its own, which ends with the tab. */
export function OneTerminal({ instance, node, kind }: { instance: string; node: string; kind: Kind }) {
  const allowed = session.mayChange || kind === "logs";
  const one = useMemo(() => (allowed ? new TerminalSession(instance, node, kind) : undefined), [instance, node, kind]);
  useEffect(() => () => one?.close(), [one]);
  if (!one) return <Empty title="A viewer has no terminals" />;
  return (
    <div class="terminals single">
      <Pane session={one} focus={!one.readOnly} />
    </div>
  );
}
