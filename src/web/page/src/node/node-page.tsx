// A node: its head with the power switch, its tabs, and the chosen tab.
import { nodeCut, nodeReboot, nodeStart, nodeStop } from "../actions/catalog";
import type { Lab } from "../api/types";
import { FaultsTab } from "../faults/faults-tab";
import { useLook } from "../lib/hooks";
import { useStore } from "../lib/store";
import { workOf } from "../shell/tree-items";
import { chosen, overview } from "../state/live";
import { href } from "../state/route";
import { OneTerminal } from "../terminal/terminals-tab";
import { ActionButton } from "../ui/button";
import { Empty } from "../ui/feedback";
import { Mark, nodeState, Tag } from "../ui/marks";
import { Panel, Tabs } from "../ui/tabs";
import { known, word } from "../words";
import { LogsTab } from "./logs-tab";
import { SummaryTab } from "./summary-tab";

const TABS = [
  ["summary", "Summary"],
  ["console", "Console"],
  ["shell", "Shell"],
  ["logs", "Logs"],
  ["faults", "Faults"],
] as const;

export function NodePage({ instance, node, tab }: { instance: string; node: string; tab: string }) {
  const live = useStore(chosen);
  const all = useStore(overview).value;
  const status = live?.instance === instance ? live.value : undefined;
  const busy = status?.at_work ?? workOf(all, instance);
  const now = status?.nodes.find((one) => one.node === node);
  const lab = useLook<Lab>("graph", { instance });
  const faults = status?.faults.filter((one) => one.node === node) ?? [];
  const runs = now && now.state !== "off" && now.state !== "crashed" && now.state !== "absent";
  const items = TABS.map(([id, text]) => ({
    id,
    text: word(text),
    href: href.node(instance, node, id),
    ...(id === "faults" ? { count: faults.length, tone: "bad" as const } : {}),
  }));
  return (
    <div class="instance">
      <div class="page-head">
        <div class="page-title">
          <a class="crumb" href={href.instance(instance)}>
            {instance}
          </a>
          <h1>{node}</h1>
          {now && <Mark state={nodeState(now.state)} />}
          {faults.map((one) => (
            <Tag key={one.id} tone="bad">
              {one.fault}
            </Tag>
          ))}
          {busy && <Tag tone="busy">{word("{0} is at work", known(busy.replace(/^lab /, "")))}</Tag>}
        </div>
        <div class="actions">
          <ActionButton
            action={nodeStart(instance, node)}
            icon="play"
            busy={busy}
            hindered={runs ? word("It runs") : undefined}
          />
          <ActionButton
            action={nodeStop(instance, node)}
            icon="power"
            busy={busy}
            hindered={now && !runs ? word("It is off") : undefined}
          />
          <ActionButton
            action={nodeReboot(instance, node)}
            icon="undo"
            busy={busy}
            hindered={now && !runs ? word("It is off") : undefined}
          />
          <ActionButton
            action={nodeCut(instance, node)}
            icon="bolt"
            kind="danger"
            busy={busy}
            hindered={now && !runs ? word("It is off") : undefined}
          />
        </div>
      </div>
      <div id="tabs">
        <Tabs label={word("Parts of {0}", node)} items={items} chosen={tab} />
      </div>
      <Panel tab={tab} flush={tab === "console" || tab === "shell" || tab === "logs"}>
        {live?.gone && !busy ? (
          <Empty title={word("{0} is down", instance)} />
        ) : tab === "console" || tab === "shell" ? (
          <OneTerminal key={tab} instance={instance} node={node} kind={tab} />
        ) : tab === "logs" ? (
          <LogsTab instance={instance} node={node} />
        ) : tab === "faults" ? (
          <FaultsTab instance={instance} status={status} busy={busy} node={node} />
        ) : (
          <SummaryTab node={node} status={status} lab={lab.value} />
        )}
      </Panel>
    </div>
  );
}
