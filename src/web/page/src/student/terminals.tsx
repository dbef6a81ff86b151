// The terminals of a student, several side by side.
import { useState } from "preact/hooks";
import { useStore } from "../lib/store";
import { addTerminal, removeTerminal, terminals } from "../terminal/all";
import type { Kind } from "../terminal/kind";
import { Pane } from "../terminal/pane";
import { Watched } from "./watched";
import { Button } from "../ui/button";
import { Empty } from "../ui/feedback";
import { ChoiceField } from "../ui/field";
import { useWords } from "./words";

const MOST = 12;
const KINDS: readonly Kind[] = ["shell", "console", "logs"];

export interface TerminalsProps {
  readonly instance: string;
  readonly nodes: readonly string[];
  /** Why nothing can be typed now. */
  readonly stop: string | undefined;
}

export function Terminals({ instance, nodes, stop }: TerminalsProps) {
  const w = useWords();
  const all = useStore(terminals).filter((one) => one.instance === instance);
  const [kind, setKind] = useState<Kind>("shell");
  const [newest, setNewest] = useState<number>();
  const add = (node: string) => setNewest(addTerminal(instance, node, kind).key);
  const refused = (count: number) => {
    if (all.length + count > MOST) return w.mostTerminals(MOST);
    return kind === "logs" ? undefined : stop;
  };
  return (
    <div class="terminals">
      <div class="toolbar" role="group" aria-label={w.openOn}>
        <ChoiceField
          label={w.kind}
          value={kind}
          set={(value) => setKind(value as Kind)}
          choices={KINDS.map((one) => [one, w.kinds[one]] as const)}
        />
        {nodes.map((node) => (
          <Button
            key={node}
            icon="plus"
            hindered={refused(1)}
            tip={`${w.openOn} ${node}: ${w.kinds[kind]}`}
            onClick={() => add(node)}
          >
            {node}
          </Button>
        ))}
        {nodes.length > 1 && (
          <Button icon="terminal" hindered={refused(nodes.length)} onClick={() => nodes.forEach(add)}>
            {w.allNodes}
          </Button>
        )}
      </div>
      {all.length === 0 ? (
        <Empty title={w.noTerminal}>
          <p>{w.noTerminalText}</p>
        </Empty>
      ) : (
        // What goes on can still be seen, but no key reaches a node.
        <div class={`panes count-${Math.min(all.length, 4)}`} inert={stop !== undefined}>
          {all.map((one) => (
            <Pane
              key={one.key}
              session={one}
              close={() => removeTerminal(one)}
              focus={one.key === newest}
              marks={<Watched session={one} />}
            />
          ))}
        </div>
      )}
    </div>
  );
}
