// An instance: its head, its tabs, and the chosen tab.
import type { Status } from "../api/types";
import { useEffect } from "preact/hooks";
import { down, heal, reset, upAgain } from "../actions/catalog";
import { administratorOnly } from "../actions/perform";
import { openBringUp } from "../overview/bring-up";
import { DrillsTab } from "../drills/drills-tab";
import { WatchDrill } from "../drills/watch";
import { FaultsTab } from "../faults/faults-tab";
import { healthOf } from "../lib/health";
import { useStore } from "../lib/store";
import { chosen, overview } from "../state/live";
import { href, route } from "../state/route";
import { workOf } from "../shell/tree-items";
import { ClientTab } from "./client-tab";
import { TerminalsTab } from "../terminal/terminals-tab";
import { ActionButton, Button } from "../ui/button";
import { Empty } from "../ui/feedback";
import { health, Mark, Tag } from "../ui/marks";
import { Panel, Tabs } from "../ui/tabs";
import { CheckpointsTab } from "./checkpoints-tab";
import { FilesTab } from "./files-tab";
import { NotesTab } from "./notes-tab";
import { RecordsTab } from "./records-tab";
import { TopologyTab } from "../topology/topology-tab";

export interface InstanceProps {
  readonly instance: string;
  readonly tab: string;
  readonly rest: readonly string[];
}

export function InstancePage({ instance, tab, rest }: InstanceProps) {
  const live = useStore(chosen);
  const all = useStore(overview).value;
  const status = live?.instance === instance ? live.value : undefined;
  const row = all?.instances.find((one) => one.instance === instance);
  const running = all?.operations.find(
    (one) => one.standing === "running" && one.subject.includes(instance) && one.what.startsWith("drill"),
  );
  const busy = status?.at_work ?? workOf(all, instance);
  const gone = live?.instance === instance && live.gone && !busy;
  // The name in a bookmark may be that of a tab of another version.
  useEffect(() => {
    if (!TABS.some(([id]) => id === tab)) route.set({ kind: "instance", instance, tab: "topology", rest: [] });
  }, [tab]);
  const items = TABS.map(([id, text]) => ({
    id,
    text,
    href: href.instance(instance, id),
    ...(id === "faults" ? { count: status?.faults.length, tone: "bad" as const } : {}),
    ...(id === "drills" && running ? { count: 1, tone: "busy" as const } : {}),
  }));
  return (
    <div class="instance">
      <div class="page-head">
        <div class="page-title">
          <h1>{instance}</h1>
          {status && <Mark state={health(healthOf(status))} />}
          {busy && <Tag tone="busy">{busy.replace(/^lab /, "")} is at work</Tag>}
          {live?.connection === "reconnecting" && !live.gone && row && (
            <span class="connection reconnecting">Reconnecting…</span>
          )}
        </div>
        <div class="actions" hidden={gone}>
          {status && status.faults.length > 0 && (
            <ActionButton action={heal(instance)} icon="heal" kind="primary" busy={busy} />
          )}
          <ActionButton action={upAgain(instance)} icon="play" busy={busy} />
          <ActionButton action={reset(instance)} icon="undo" busy={busy} />
          <ActionButton action={down(instance)} icon="trash" busy={busy} />
        </div>
      </div>
      <p class="page-about muted">
        {status?.title ?? row?.title}
        {status && status.settings.length > 0 && <code> {status.settings.join(" ")}</code>}
      </p>
      <div id="tabs">
        <Tabs label={`Parts of ${instance}`} items={items} chosen={tab} />
      </div>
      <Panel tab={tab} flush={tab === "terminals" || tab === "files"}>
        {gone && tab !== "records" && tab !== "history" ? (
          <Empty title={`${instance} is down`}>
            <p>Its records and its history are kept.</p>
            <Button
              kind="primary"
              icon="play"
              hindered={administratorOnly()}
              onClick={() => openBringUp(row?.lab ?? undefined)}
            >
              Bring up a lab
            </Button>
          </Empty>
        ) : (
          <Tab instance={instance} tab={tab} rest={rest} status={status} busy={busy} running={running?.id} />
        )}
      </Panel>
    </div>
  );
}

const TABS = [
  ["topology", "Topology"],
  ["terminals", "Terminals"],
  ["client", "Client"],
  ["drills", "Drills"],
  ["faults", "Faults"],
  ["checkpoints", "Checkpoints"],
  ["files", "Files"],
  ["records", "Records"],
  ["history", "Notes and history"],
] as const;

export interface TabProps extends InstanceProps {
  readonly status: Status | undefined;
  readonly busy: string | undefined;
  /** The drill that runs now. */
  readonly running?: string | undefined;
}

function Tab(props: TabProps) {
  switch (props.tab) {
    case "terminals":
      return <TerminalsTab {...props} />;
    case "client":
      return <ClientTab {...props} />;
    case "drills":
      return props.rest[0] === "watch" && props.rest[1] ? (
        <WatchDrill key={props.rest[1]} instance={props.instance} operation={props.rest[1]} />
      ) : (
        <DrillsTab {...props} />
      );
    case "faults":
      return <FaultsTab {...props} />;
    case "checkpoints":
      return <CheckpointsTab {...props} />;
    case "files":
      return <FilesTab {...props} />;
    case "records":
      return <RecordsTab {...props} />;
    case "history":
      return <NotesTab {...props} />;
    default:
      return <TopologyTab {...props} />;
  }
}
