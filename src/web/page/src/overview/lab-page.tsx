// A lab before it is an instance: its drawing, its parameters and its drills.
import type { DrillRow, Lab } from "../api/types";
import { useLook } from "../lib/hooks";
import { administratorOnly } from "../actions/perform";
import { Topology } from "../topology/topology";
import { Button } from "../ui/button";
import { Loading } from "../ui/feedback";
import { openBringUp } from "./bring-up";

export function LabPage({ lab }: { lab: string }) {
  const found = useLook<Lab>("graph", { lab });
  const drills = useLook<DrillRow[]>("drill-list", { lab });
  return (
    <div class="view">
      <div class="view-head">
        <div>
          <h1>{lab}</h1>
          <p class="muted">{found.value?.title}</p>
        </div>
        <Button
          kind="primary"
          icon="play"
          hindered={administratorOnly()}
          tip={`lab up ${lab}`}
          onClick={() => openBringUp(lab)}
        >
          Bring up
        </Button>
      </div>
      <Loading of={found} />
      {found.value && (
        <>
          <div class="topology-frame">
            <Topology lab={found.value} />
          </div>
          <section>
            <h2>Stacks</h2>
            <div class="cards">
              {found.value.stacks.map((stack) => (
                <div class="card still" key={stack.name}>
                  <div class="card-head">
                    <h3>{stack.name}</h3>
                    <span class="muted">{stack.uses}</span>
                  </div>
                  <p class="muted small">on {stack.on.join(", ")}</p>
                  <details class="more">
                    <summary>Parameters</summary>
                    <dl class="facts mono">
                      {Object.entries(stack.params).map(([key, { value }]) => (
                        <div key={key}>
                          <dt>{key}</dt>
                          <dd>{Array.isArray(value) ? value.join(", ") : String(value)}</dd>
                        </div>
                      ))}
                    </dl>
                  </details>
                </div>
              ))}
            </div>
          </section>
        </>
      )}
      <section>
        <h2>Drills</h2>
        <Loading of={drills} />
        <ul class="plain-list">
          {(drills.value ?? []).map((row) => (
            <li key={row.drill}>
              <strong class="mono">{row.drill}</strong> <span class="muted">{row.title}</span>
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}
