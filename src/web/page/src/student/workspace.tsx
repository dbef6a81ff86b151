// The right side: the cluster of the student, with the same tabs that others have.
import type { ComponentChildren } from "preact";
import type { Me } from "../api/class";
import type { Status } from "../api/types";
import { DrillsTab } from "../drills/drills-tab";
import { WatchDrill } from "../drills/watch";
import { FaultsTab } from "../faults/faults-tab";
import { RecordsTab } from "../instance/records-tab";
import { useStore } from "../lib/store";
import { NodePage } from "../node/node-page";
import { overview } from "../state/live";
import { href, type Route, route } from "../state/route";
import { TopologyTab } from "../topology/topology-tab";
import { Empty } from "../ui/feedback";
import { Panel, Tabs } from "../ui/tabs";
import type { AtWork } from "./at-work";
import { Terminals } from "./terminals";
import { useWords, type Words } from "./words";

type TabName = keyof Words["tabs"];

const TABS: readonly TabName[] = ["terminals", "topology", "drills", "faults", "records"];

export interface WorkspaceProps {
  readonly me: Me;
  readonly status: Status | undefined;
  readonly work: AtWork;
  readonly stop: string | undefined;
  /** The task, if it is a tab because there is no room beside the others. */
  readonly task?: ComponentChildren;
}

function tabOf(at: Route, tabs: readonly TabName[]): TabName {
  const wanted = at.kind === "instance" ? at.tab : undefined;
  return tabs.find((one) => one === wanted) ?? tabs[0] ?? "terminals";
}

export function Workspace(props: WorkspaceProps) {
  const { me, status, work, task } = props;
  const w = useWords();
  const at = useStore(route);
  const tabs = task === undefined ? TABS : (["task", ...TABS] as const);
  const tab = tabOf(at, tabs);
  if (at.kind === "node" && at.instance === me.instance)
    return (
      <div class="workspace">
        <NodePage key={at.node} instance={me.instance} node={at.node} tab={at.tab} />
      </div>
    );
  const items = tabs.map((id) => ({
    id,
    text: w.tabs[id],
    href: href.instance(me.instance, id),
    ...(id === "faults" ? { count: status?.faults.length, tone: "bad" as const } : {}),
    ...(id === "drills" && work.drill ? { count: 1, tone: "busy" as const } : {}),
  }));
  return (
    <div class="workspace" role="region" aria-label={w.workspace}>
      <div id="tabs">
        <Tabs label={w.workspace} items={items} chosen={tab} />
      </div>
      <Panel tab={tab} flush={tab === "terminals" || tab === "task"}>
        {tab === "task" ? task : <Tool {...props} tab={tab} rest={at.kind === "instance" ? at.rest : []} />}
      </Panel>
    </div>
  );
}

function Tool({ me, status, work, stop, tab, rest }: WorkspaceProps & { tab: TabName; rest: readonly string[] }) {
  const w = useWords();
  const row = useStore(overview).value?.instances.find((one) => one.instance === me.instance);
  const nodes = status?.nodes.map((one) => one.node) ?? row?.nodes ?? [];
  const { instance } = me;
  if (!me.stands && tab !== "records") return <Empty title={work.lock ?? w.noCluster} />;
  if (tab === "terminals") return <Terminals instance={instance} nodes={nodes} stop={stop} />;
  const common = { instance, tab, rest, status, busy: work.changing?.what ?? status?.at_work ?? undefined };
  const [first, operation] = rest;
  return (
    <div>
      {tab === "topology" ? (
        <TopologyTab {...common} />
      ) : tab === "faults" ? (
        <FaultsTab {...common} />
      ) : tab === "records" ? (
        <RecordsTab {...common} />
      ) : first === "watch" && operation ? (
        <WatchDrill key={operation} instance={instance} operation={operation} />
      ) : (
        <DrillsTab {...common} running={work.drill?.id} />
      )}
    </div>
  );
}
