// Starts a drill: asks how often, and shows the command.
import { useState } from "preact/hooks";
import { drillRun, drillSeries } from "../actions/catalog";
import { hindrance, start } from "../actions/perform";
import type { DrillRow } from "../api/types";
import { useLook } from "../lib/hooks";
import { openModal } from "../state/modal";
import { go, href } from "../state/route";
import { Button, Command } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Loading } from "../ui/feedback";
import { ChoiceField, TextField } from "../ui/field";

export function openDrill(instance: string, row: DrillRow): void {
  openModal((close) => <DrillDialog instance={instance} drills={[row]} close={close} />);
}

/** With a choice of the drill. */
export function openDrillChoice(instance: string): void {
  openModal((close) => <Choice instance={instance} close={close} />);
}

function Choice({ instance, close }: { instance: string; close: () => void }) {
  const drills = useLook<DrillRow[]>("drill-list", { instance });
  const usable = drills.value?.filter((row) => !row.broken);
  if (usable && usable.length > 0) return <DrillDialog instance={instance} drills={usable} close={close} />;
  return (
    <Dialog title="Run a drill" close={close}>
      <Loading of={drills} />
      {usable && <p>This lab has no drills.</p>}
    </Dialog>
  );
}

const USUAL = "power-cut";

function DrillDialog({
  instance,
  drills,
  close,
}: {
  instance: string;
  drills: readonly DrillRow[];
  close: () => void;
}) {
  const [drill, setDrill] = useState((drills.find((row) => row.drill === USUAL) ?? drills[0])?.drill ?? "");
  const [runs, setRuns] = useState("1");
  const [seed, setSeed] = useState("");
  const row = drills.find((one) => one.drill === drill);
  const count = Number(runs);
  const wrong =
    !Number.isInteger(count) || count < 1 || count > 1000
      ? "The number of runs is 1 to 1000"
      : /^\d*$/.test(seed)
        ? undefined
        : "A seed is a whole number";
  const action = count > 1 ? drillSeries(instance, drill, count) : drillRun(instance, drill, seed);
  const run = async () => {
    if (wrong || hindrance()) return;
    close();
    const operation = await start(action);
    if (operation !== undefined) go(href.instance(instance, "drills", "watch", operation));
  };
  const footer = (
    <>
      <Button onClick={close}>Cancel</Button>
      <Button kind="primary" submit hindered={hindrance() ?? wrong}>
        {count > 1 ? `Run ${count} times` : "Run the drill"}
      </Button>
    </>
  );
  return (
    <Dialog title="Run a drill" close={close} footer={footer} submit={run}>
      {drills.length > 1 ? (
        <ChoiceField
          label="Drill"
          value={drill}
          set={setDrill}
          choices={drills.map((one) => [one.drill, one.drill] as const)}
          about={row?.title}
          first
        />
      ) : (
        <p>
          <strong class="mono">{drill}</strong>
          <br />
          <span class="muted">{row?.title}</span>
        </p>
      )}
      <p class="note">
        The drill puts load on {instance}, breaks it on purpose, and heals all faults at the end.{" "}
        {count > 1 && "Each run begins with the baseline checkpoint: the present state of the disks is lost."}
      </p>
      <div class="field-row">
        <TextField label="Runs" value={runs} set={setRuns} about="Several runs show how much the figures vary." />
        {count === 1 && (
          <TextField
            label="Seed"
            value={seed}
            set={setSeed}
            placeholder="random"
            about="Repeats the random choices of a run."
          />
        )}
      </div>
      <Command text={action.command} />
    </Dialog>
  );
}
