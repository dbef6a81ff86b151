// The files and set-up steps that the stacks put on a node, as rendered.
import { useState } from "preact/hooks";
import { command } from "../actions/command";
import type { Rendered } from "../api/types";
import { mode } from "../lib/format";
import { useLook } from "../lib/hooks";
import { plain } from "../lib/plain-text";
import { useStore } from "../lib/store";
import { overview } from "../state/live";
import { Command, CopyButton } from "../ui/button";
import { Loading } from "../ui/feedback";
import { ChoiceField } from "../ui/field";
import type { TabProps } from "./instance-page";

interface Entry {
  readonly id: string;
  readonly text: string;
  readonly about: string;
  readonly content: string;
}

function entries(rendered: Rendered | undefined): { files: Entry[]; steps: Entry[] } {
  const files = (rendered?.files ?? []).map((file) => ({
    id: file.path,
    text: file.path,
    about: `${mode(file.mode)} ${file.owner}`,
    content: file.content,
  }));
  const steps = (rendered?.steps ?? []).map((step, place) => ({
    id: `step ${place}`,
    text: `${place + 1}. ${step.stack}: ${step.step}`,
    about: step.script.title,
    content: step.script.text,
  }));
  return { files, steps };
}

export function FilesTab({ instance, status }: TabProps) {
  const row = useStore(overview).value?.instances.find((one) => one.instance === instance);
  const nodes = status?.nodes.map((one) => one.node) ?? row?.nodes ?? [];
  const [node, setNode] = useState<string>();
  const at = node ?? nodes[0];
  const [chosen, choose] = useState<string>();
  const rendered = useLook<Rendered>("render", at === undefined ? undefined : { node: at, lab: instance });
  const { files, steps } = entries(rendered.value);
  const entry = [...files, ...steps].find((one) => one.id === chosen) ?? files[0] ?? steps[0];
  const list = (title: string, all: Entry[]) =>
    all.length > 0 && (
      <>
        <h2>{title}</h2>
        <ul>
          {all.map((one) => (
            <li key={one.id}>
              <button type="button" aria-current={one === entry} onClick={() => choose(one.id)} data-tip={one.about}>
                {one.text}
              </button>
            </li>
          ))}
        </ul>
      </>
    );
  return (
    <div class="files">
      <nav class="files-list" aria-label="Files and steps">
        {nodes.length > 0 && (
          <ChoiceField label="Node" value={at ?? ""} set={setNode} choices={nodes.map((one) => [one, one] as const)} />
        )}
        <Loading of={rendered} />
        {list("Files", files)}
        {list("Steps of the set-up", steps)}
      </nav>
      <div class="files-text">
        {at !== undefined && <Command text={command("render", at, "--lab", instance)} />}
        {entry && (
          <>
            <div class="section-head">
              <div>
                <h2 class="mono">{entry.text}</h2>
                <p class="muted small">{entry.about}</p>
              </div>
              <CopyButton text={entry.content} label="Copy the text" />
            </div>
            <pre class="code" tabIndex={0}>
              {plain(entry.content)}
            </pre>
          </>
        )}
      </div>
    </div>
  );
}
