// The first tab of an instance: the drawing, and beside it what the checks say.
import { healOne } from "../actions/catalog";
import { hindrance } from "../actions/perform";
import type { Lab, Status } from "../api/types";
import { openInject } from "../faults/inject-dialog";
import { openDrillChoice } from "../drills/drill-dialog";
import type { TabProps } from "../instance/instance-page";
import { brief, bytes } from "../lib/format";
import { healthOf } from "../lib/health";
import { useLook } from "../lib/hooks";
import { person } from "../lib/person";
import { useStore } from "../lib/store";
import { overview } from "../state/live";
import { ActionButton, Button } from "../ui/button";
import { Checks } from "../ui/checks";
import { Loading } from "../ui/feedback";
import { health, Mark, Tag } from "../ui/marks";
import { word } from "../words";
import { Topology } from "./topology";

export function TopologyTab({ instance, status, busy }: TabProps) {
  const operations = useStore(overview).value?.operations;
  // A changed lab has other settings; the list of nodes shows most other changes.
  const lab = useLook<Lab>("graph", { instance }, [status?.settings.join(" "), status?.nodes.length]);
  return (
    <div class="split">
      <div class="split-main">
        <div class="toolbar">
          <Button
            icon="bolt"
            hindered={hindrance(busy)}
            tip={`lab fault inject NODE FAULT --lab ${instance}`}
            onClick={() => openInject(instance)}
          >
            {word("Inject a fault")}
          </Button>
          <Button
            icon="flask"
            hindered={hindrance(busy)}
            tip={`lab drill run DRILL --lab ${instance}`}
            onClick={() => openDrillChoice(instance)}
          >
            {word("Run a drill")}
          </Button>
        </div>
        <Loading of={lab} />
        {lab.value && (
          <div class="topology-frame">
            <Topology lab={lab.value} status={status} operations={operations} />
          </div>
        )}
      </div>
      {status && <Side status={status} busy={busy} />}
    </div>
  );
}

function Side({ status, busy }: { status: Status; busy: string | undefined }) {
  return (
    <aside class="split-side" aria-label={word("State")}>
      <section>
        <h2>{word("Virtual addresses")}</h2>
        {status.addresses.length === 0 && <p class="muted">{word("None")}</p>}
        <dl class="facts">
          {status.addresses.map((one) => (
            <div key={one.address}>
              <dt>
                {one.address} <span class="mono muted">{one.ip}</span>
              </dt>
              <dd>
                {one.holders === null ? (
                  <Tag>{word("not known")}</Tag>
                ) : one.holders.length === 1 ? (
                  one.holders[0]
                ) : (
                  <Tag tone="bad">{one.holders.length === 0 ? word("no holder") : one.holders.join(", ")}</Tag>
                )}
              </dd>
            </div>
          ))}
        </dl>
      </section>
      {status.faults.length > 0 && (
        <section>
          <h2>{word("Faults in force")}</h2>
          <ul class="plain-list">
            {status.faults.map((one) => (
              <li key={one.id} class="row">
                <div>
                  <Tag tone="bad">{one.fault}</Tag> {one.node}
                  <p class="muted small">
                    {word("since {0}, by {1}", brief(one.since), person(one.by))}
                  </p>
                </div>
                <ActionButton action={healOne(status.instance, one.id)} small busy={busy} />
              </li>
            ))}
          </ul>
        </section>
      )}
      <section>
        <h2>{word("Checks")}</h2>
        <Checks checks={status.checks} none={word("None")} nodes />
      </section>
      <section>
        <h2>{word("Instance")}</h2>
        <dl class="facts">
          <div>
            <dt>{word("Health")}</dt>
            <dd>
              <Mark state={health(healthOf(status))} />
            </dd>
          </div>
          <div>
            <dt>Lab</dt>
            <dd>{status.lab}</dd>
          </div>
          {status.memory !== undefined && (
            <div>
              <dt>{word("Memory")}</dt>
              <dd>{bytes(status.memory)}</dd>
            </div>
          )}
          <div>
            <dt>{word("Settings")}</dt>
            <dd>{status.settings.length === 0 ? word("the lab's own") : <code>{status.settings.join(" ")}</code>}</dd>
          </div>
        </dl>
      </section>
    </aside>
  );
}
