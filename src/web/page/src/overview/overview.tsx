// Nothing is chosen: all instances and all labs. It is also the page of the first five minutes.
import type { Listed } from "../api/types";
import { inForce, moment, several } from "../lib/format";
import { useStore } from "../lib/store";
import { administratorOnly } from "../actions/perform";
import { useLabs } from "../state/labs";
import { overview } from "../state/live";
import { href } from "../state/route";
import { workOf } from "../shell/tree-items";
import { Button } from "../ui/button";
import { Mark, type State, Tag } from "../ui/marks";
import { openBringUp } from "./bring-up";
import { Machine } from "./machine";

export function OverviewPage() {
  const live = useStore(overview);
  const labs = useLabs();
  const instances = live.value?.instances;
  return (
    <div class="view">
      <div class="view-head">
        <div>
          <h1>Overview</h1>
          <p class="muted">
            {instances ? `${several(instances.length, "instance")}, ${several(labs.length, "lab")}` : "Connecting…"}
          </p>
        </div>
        <Button
          kind="primary"
          icon="play"
          hindered={administratorOnly()}
          tip="lab up LAB"
          onClick={() => openBringUp()}
        >
          Bring up a lab
        </Button>
      </div>
      {instances?.length === 0 && <FirstSteps />}
      {instances && instances.length > 0 && (
        <section>
          <h2>Instances</h2>
          <div class="cards">
            {instances.map((one) => (
              <InstanceCard key={one.instance} row={one} busy={workOf(live.value, one.instance)} />
            ))}
          </div>
        </section>
      )}
      <section>
        <h2>Labs</h2>
        <ul class="lab-list">
          {labs.map((lab) => (
            <li key={lab.lab}>
              <div>
                <a href={href.lab(lab.lab)}>{lab.lab}</a> {lab.installed && <Tag>installed</Tag>}
                <p class="muted">{lab.title}</p>
              </div>
              <Button
                icon="play"
                hindered={administratorOnly()}
                tip={`lab up ${lab.lab}`}
                onClick={() => openBringUp(lab.lab)}
              >
                Bring up
              </Button>
            </li>
          ))}
        </ul>
      </section>
      {administratorOnly() === undefined && <Machine />}
    </div>
  );
}

function FirstSteps() {
  const steps = [
    [
      "Bring up a lab",
      "A lab describes a high-availability cluster. drbd-heartbeat is a good first one: two nodes and one virtual address.",
    ],
    [
      "Look at it",
      "The topology shows its nodes and networks, and which node holds the virtual address. Open a shell on a node.",
    ],
    [
      "Break it, and measure",
      "A drill puts load on the cluster, cuts the power of the active node, and measures how long clients had no service.",
    ],
  ] as const;
  return (
    <section class="first">
      <h2>No instance yet</h2>
      <ol class="steps">
        {steps.map(([title, text]) => (
          <li key={title}>
            <strong>{title}</strong>
            <p>{text}</p>
          </li>
        ))}
      </ol>
      <Button
        kind="primary"
        icon="play"
        hindered={administratorOnly()}
        tip="lab up drbd-heartbeat"
        onClick={() => openBringUp("drbd-heartbeat")}
      >
        Bring up drbd-heartbeat
      </Button>
    </section>
  );
}

const runs = (row: Listed): State => {
  if (row.damage) return { shape: "triangle", word: "damaged", tone: "bad" };
  if (row.running === null) return { shape: "question", word: "not known", tone: "plain" };
  const all = row.running === row.nodes.length;
  return {
    shape: all ? "disc" : row.running === 0 ? "ring" : "half",
    word: `${row.running} of ${row.nodes.length} run`,
    tone: all ? "good" : row.running === 0 ? "off" : "warn",
  };
};

function InstanceCard({ row, busy }: { row: Listed; busy: string | undefined }) {
  return (
    <a class="card" href={href.instance(row.instance)}>
      <div class="card-head">
        <h3>{row.instance}</h3>
        <Mark state={runs(row)} />
      </div>
      <p class="muted clamp">{row.damage ?? row.title ?? "An incomplete instance"}</p>
      <div class="card-foot">
        <span class="muted small">
          {row.nodes.join(", ")}
          {row.created && ` · since ${moment(row.created).slice(0, 16)}`}
        </span>
        {busy && <Tag tone="busy">{busy.replace(/^lab /, "")}</Tag>}
        {row.faults !== undefined && row.faults > 0 && (
          <Tag tone="bad" icon="bolt">
            {inForce(row.faults)}
          </Tag>
        )}
      </div>
    </a>
  );
}
