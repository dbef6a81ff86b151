// Starts a drill: asks how often, and shows the command.
import { useState } from "preact/hooks";
import { drillRun, drillSeries, drillSoak } from "../actions/catalog";
import { hindrance, start } from "../actions/perform";
import type { DrillRow } from "../api/types";
import { useLook } from "../lib/hooks";
import { openModal } from "../state/modal";
import { go, href } from "../state/route";
import { session } from "../state/session";
import { Button, Command } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Loading } from "../ui/feedback";
import { ChoiceField, TextField } from "../ui/field";
import { known, word } from "../words";

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
    <Dialog title={word("Run a drill")} close={close}>
      <Loading of={drills} />
      {usable && <p>{word("This lab has no drills")}.</p>}
    </Dialog>
  );
}

const USUAL = "power-cut";

type Way = "run" | "series" | "soak";

const WAYS: readonly (readonly [Way, string])[] = [
  ["run", "Once"],
  ["series", "Several times, a series"],
  ["soak", "Its load without faults, a soak"],
];

const ABOUT: Record<Way, string> = {
  run: "The cluster is broken on purpose, and all faults are healed at the end.",
  series: "Each run begins with the baseline checkpoint: the present state of the disks is lost.",
  soak: "No fault is injected. Every failover during a soak is a false one.",
};

interface DrillDialogProps {
  readonly instance: string;
  readonly drills: readonly DrillRow[];
  readonly close: () => void;
}

/** A student of a class runs a drill once: a longer use of the machine is the teacher's decision. */
const waysOfUser = () => (session.present?.role === "student" ? WAYS.slice(0, 1) : WAYS);

function DrillDialog({ instance, drills, close }: DrillDialogProps) {
  const [drill, setDrill] = useState((drills.find((row) => row.drill === USUAL) ?? drills[0])?.drill ?? "");
  const ways = waysOfUser();
  const [way, setWay] = useState<Way>("run");
  const [runs, setRuns] = useState("10");
  const [seed, setSeed] = useState("");
  const [length, setLength] = useState("2m");
  const row = drills.find((one) => one.drill === drill);
  const action = {
    run: () => drillRun(instance, drill, seed),
    series: () => drillSeries(instance, drill, Number(runs)),
    soak: () => drillSoak(instance, drill, length),
  }[way]();
  const wrong = {
    run: () => (/^\d*$/.test(seed) ? undefined : word("A seed is a whole number")),
    series: () => (/^[1-9]\d{0,2}$/.test(runs) ? undefined : "The number of runs is 1 to 999"),
    soak: () => (/^\d+(ms|s|m|h)$/.test(length) ? undefined : "A length is a time such as 90s, 2m or 1h"),
  }[way]();
  const run = async () => {
    if (wrong || hindrance()) return;
    close();
    const operation = await start(action);
    if (operation !== undefined) go(href.instance(instance, "drills", "watch", operation));
  };
  const footer = (
    <>
      <Button onClick={close}>{word("Cancel")}</Button>
      <Button kind="primary" icon="play" submit hindered={hindrance() ?? wrong}>
        {way === "run" ? word("Run the drill") : way === "series" ? "Run the series" : "Begin the soak"}
      </Button>
    </>
  );
  return (
    <Dialog title={word("Run a drill")} close={close} footer={footer} submit={run}>
      {drills.length > 1 ? (
        <ChoiceField
          label={word("Drill")}
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
      <div class="field-row">
        {ways.length > 1 && (
          <ChoiceField label="How" value={way} set={(value) => setWay(value as Way)} choices={ways} />
        )}
        {way === "run" && <TextField label={word("Seed")} value={seed} set={setSeed} placeholder={word("random")} />}
        {way === "series" && <TextField label="Runs" value={runs} set={setRuns} />}
        {way === "soak" && <TextField label="Length" value={length} set={setLength} />}
      </div>
      <p class="note">
        {word("The drill puts load on {0}.", instance)} {known(ABOUT[way])}
      </p>
      <Command text={action.command} />
    </Dialog>
  );
}
