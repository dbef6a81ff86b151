// The logs of a node: its last lines, or a terminal that follows them.
import { useEffect, useRef, useState } from "preact/hooks";
import { command } from "../actions/command";
import { lookWithEvents } from "../api/http";
import { bytesOf } from "../lib/format";
import { type Loaded, useLoad } from "../lib/hooks";
import { plain } from "../lib/plain-text";
import { commandOf } from "../terminal/kind";
import { OneTerminal } from "../terminal/terminals-tab";
import { Button, Command, CopyButton } from "../ui/button";
import { Loading } from "../ui/feedback";
import { CheckField, ChoiceField, TextField } from "../ui/field";
import { word } from "../words";

async function logs(instance: string, node: string, lines: number, unit: string): Promise<string> {
  const { events } = await lookWithEvents("logs", { instance, node, lines, unit: unit === "" ? null : unit });
  const decoder = new TextDecoder();
  return events
    .map(({ what }) => (what.kind === "output" ? decoder.decode(bytesOf(what.bytes), { stream: true }) : ""))
    .join("");
}

/** The lines of a text that contain another. */
function filtered(text: string, wanted: string): string {
  if (wanted === "") return text;
  return text
    .split("\n")
    .filter((line) => line.toLowerCase().includes(wanted.toLowerCase()))
    .join("\n");
}

export function LogsTab({ instance, node }: { instance: string; node: string }) {
  const [lines, setLines] = useState("200");
  const [unit, setUnit] = useState("");
  const [filter, setFilter] = useState("");
  const [follow, setFollow] = useState(false);
  const wanted = unit.trim();
  const found = useLoad(follow ? undefined : () => logs(instance, node, Number(lines), wanted), [
    instance,
    node,
    lines,
    wanted,
    follow,
  ]);
  const shown = filtered(plain(found.value ?? ""), filter);
  const whole = follow ? word("While it follows, all logs of the node's stacks are shown") : undefined;
  return (
    <div class="logs">
      <div class="toolbar">
        <ChoiceField
          label={word("Last lines")}
          value={lines}
          set={setLines}
          hindered={whole}
          choices={["50", "200", "1000"].map((one) => [one, one] as const)}
        />
        <TextField
          label={word("Unit")}
          value={unit}
          set={setUnit}
          hindered={whole}
          placeholder={word("the logs of the stacks")}
        />
        <TextField label={word("Only lines with")} value={filter} set={setFilter} hindered={whole} />
        <CheckField
          label={word(whole ? "Follow: all logs of the stacks, as they come" : "Follow")}
          value={follow}
          set={setFollow}
        />
        {!follow && <Button onClick={found.again}>{word("Refresh")}</Button>}
        {!follow && <CopyButton text={shown} label={word("Copy the lines")} />}
      </div>
      <Command
        text={
          follow
            ? commandOf("logs", node, instance)
            : command("logs", node, "--lab", instance, "--lines", lines, wanted && ["--unit", wanted])
        }
      />
      {follow ? (
        <OneTerminal instance={instance} node={node} kind="logs" />
      ) : (
        <Lines node={node} found={found} text={shown} />
      )}
    </div>
  );
}

function Lines({ node, found, text }: { node: string; found: Loaded<string>; text: string }) {
  const element = useRef<HTMLPreElement>(null);
  useEffect(() => {
    if (element.current) element.current.scrollTop = element.current.scrollHeight;
  }, [text]);
  return (
    <>
      {(found.error || found.value === undefined) && <Loading of={found} />}
      <pre class="code" ref={element} tabIndex={0} aria-label={word("Logs of {0}", node)}>
        {text || (found.value === undefined ? "" : word("No line."))}
      </pre>
    </>
  );
}
