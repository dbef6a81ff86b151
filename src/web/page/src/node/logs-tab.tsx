// The logs of a node. The server gives the last lines; "follow" asks again.
import { useEffect, useRef, useState } from "preact/hooks";
import { command } from "../actions/command";
import { lookWithEvents } from "../api/http";
import { bytesOf } from "../lib/format";
import { useLoad } from "../lib/hooks";
import { plain } from "../lib/plain-text";
import { Button, Command, CopyButton } from "../ui/button";
import { Loading } from "../ui/feedback";
import { CheckField, ChoiceField, TextField } from "../ui/field";

const AGAIN_MS = 3000;

async function logs(instance: string, node: string, lines: number, unit: string): Promise<string> {
  const { events } = await lookWithEvents("logs", { instance, node, lines, unit: unit === "" ? null : unit });
  const decoder = new TextDecoder();
  return events
    .map(({ what }) => (what.kind === "output" ? decoder.decode(bytesOf(what.bytes), { stream: true }) : ""))
    .join("");
}

export function LogsTab({ instance, node }: { instance: string; node: string }) {
  const [lines, setLines] = useState("200");
  const [unit, setUnit] = useState("");
  const [filter, setFilter] = useState("");
  const [follow, setFollow] = useState(false);
  const found = useLoad(() => logs(instance, node, Number(lines), unit.trim()), [instance, node, lines, unit]);
  useEffect(() => {
    if (!follow) return;
    const timer = setInterval(() => !document.hidden && found.again(), AGAIN_MS);
    return () => clearInterval(timer);
  }, [follow, found.again]);
  const text = plain(found.value ?? "");
  const wanted = filter.toLowerCase();
  const shown =
    wanted === ""
      ? text
      : text
          .split("\n")
          .filter((line) => line.toLowerCase().includes(wanted))
          .join("\n");
  const element = useRef<HTMLPreElement>(null);
  useEffect(() => {
    if (element.current) element.current.scrollTop = element.current.scrollHeight;
  }, [shown]);
  return (
    <div class="logs">
      <div class="toolbar">
        <ChoiceField
          label="Last lines"
          value={lines}
          set={setLines}
          choices={["50", "200", "1000"].map((one) => [one, one] as const)}
        />
        <TextField label="Unit" value={unit} set={setUnit} placeholder="the logs of the stacks" />
        <TextField label="Only lines with" value={filter} set={setFilter} />
        <CheckField label="Follow" value={follow} set={setFollow} />
        <Button onClick={found.again}>Refresh</Button>
        <CopyButton text={shown} label="Copy the lines" />
      </div>
      <Command
        text={command(
          "logs",
          node,
          "--lab",
          instance,
          "--lines",
          lines,
          unit.trim() && ["--unit", unit.trim()],
          follow && "--follow",
        )}
      />
      {(found.error || found.value === undefined) && <Loading of={found} />}
      <pre class="code" ref={element} tabIndex={0} aria-label={`Logs of ${node}`}>
        {shown || "No line."}
      </pre>
    </div>
  );
}
