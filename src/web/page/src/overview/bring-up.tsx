// The dialog that brings a lab up.
import { useMemo, useState } from "preact/hooks";
import { up } from "../actions/catalog";
import { administratorOnly, start } from "../actions/perform";
import type { Lab } from "../api/types";
import { useLook } from "../lib/hooks";
import { useStore } from "../lib/store";
import { useLabs } from "../state/labs";
import { overview } from "../state/live";
import { openModal } from "../state/modal";
import { go, href } from "../state/route";
import { openOperation } from "../operation/open";
import { Button, Command } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { ChoiceField, TextField } from "../ui/field";

export function openBringUp(lab?: string): void {
  openModal((close) => <BringUp lab={lab} close={close} />);
}

/** The settings of a text: one in each line. */
function settingsOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
}

/** Parameters of the lab's stacks that are numbers, times or words: the ones that are worth a change. */
function parameters(lab: Lab | undefined): { key: string; value: string }[] {
  const known = (lab?.stacks ?? []).flatMap((stack) =>
    Object.entries(stack.params)
      .filter(
        ([, { type, value }]) => ["milliseconds", "boolean", "integer", "text", "size"].includes(type) && value !== "",
      )
      .map(([name, { type, value }]) => ({
        key: `${stack.name}.${name}`,
        value: `${String(value)}${type === "milliseconds" ? "ms" : ""}`,
      })),
  );
  return known;
}

function BringUp({ lab: first, close }: { lab: string | undefined; close: () => void }) {
  const labs = useLabs();
  const instances = useStore(overview).value?.instances ?? [];
  const [chosen, setLab] = useState(first);
  const lab = chosen ?? labs[0]?.lab ?? "";
  const [name, setName] = useState("");
  const [settings, setSettings] = useState("");
  const described = useLook<Lab>("graph", lab === "" ? undefined : { lab });
  const params = useMemo(() => parameters(described.value), [described.value]);
  const action = up(lab, name, settingsOf(settings));
  const target = name || lab;
  const exists = instances.some((one) => one.instance === target);
  const wrong = settingsOf(settings).find((one) => !/^[a-z0-9.-]+=.*/i.test(one));
  const go_ = async () => {
    if (administratorOnly() || lab === "" || wrong) return;
    close();
    const operation = await start(action);
    if (operation === undefined) return;
    go(href.instance(target));
    openOperation(operation);
  };
  const footer = (
    <>
      <Button onClick={close}>Cancel</Button>
      <Button kind="primary" submit hindered={administratorOnly() ?? (wrong && `\`${wrong}\` is not KEY=VALUE`)}>
        {exists ? "Change the instance" : "Bring up"}
      </Button>
    </>
  );
  return (
    <Dialog title="Bring a lab up" close={close} footer={footer} submit={go_}>
      <ChoiceField
        label="Lab"
        value={lab}
        set={setLab}
        first
        choices={labs.map((one) => [one.lab, one.lab] as const)}
        about={labs.find((one) => one.lab === lab)?.title}
      />
      <TextField
        label="Name of the instance"
        value={name}
        set={setName}
        placeholder={lab}
        pattern="[a-z0-9]([a-z0-9\-]*[a-z0-9])?"
        about={
          exists
            ? `${target} exists: it is changed to match these settings.`
            : "Several instances of a lab run side by side, each with a name."
        }
      />
      <TextField
        label="Settings, one KEY=VALUE in each line"
        value={settings}
        set={setSettings}
        lines={3}
        placeholder={"profile=paper"}
        about={
          wrong
            ? `\`${wrong}\` is not KEY=VALUE`
            : "Parameters of stacks, a profile, or an image: deadtime=1500ms, profile=paper."
        }
      />
      {params.length > 0 && (
        <details class="more">
          <summary>Parameters of this lab</summary>
          <div class="chips">
            {params.map(({ key, value }) => (
              <button
                key={key}
                type="button"
                class="chip"
                onClick={() => setSettings((text) => `${text.trimEnd()}${text.trim() ? "\n" : ""}${key}=${value}`)}
              >
                {key}={value}
              </button>
            ))}
          </div>
        </details>
      )}
      <Command text={action.command} />
    </Dialog>
  );
}
