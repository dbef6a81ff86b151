// The checkpoints of an instance's lab as a tree, with the place where the instance is.
import { remove, restore } from "../actions/checkpoints";
import { hindrance } from "../actions/perform";
import { get, part } from "../api/http";
import type { Checkpoint, Operation } from "../api/types";
import { bytes, moment } from "../lib/format";
import { useLoad, useLook } from "../lib/hooks";
import { plain } from "../lib/plain-text";
import { useStore } from "../lib/store";
import { overview } from "../state/live";
import { ActionButton, Button } from "../ui/button";
import { Empty, Loading } from "../ui/feedback";
import { Tag } from "../ui/marks";
import { openSaveCheckpoint } from "./checkpoint-dialog";
import { type CheckpointNode, checkpointTree } from "./checkpoint-tree";
import type { TabProps } from "./instance-page";

export function CheckpointsTab({ instance, status, busy }: TabProps) {
  const all = useStore(overview).value;
  const operations = all?.operations ?? [];
  const row = all?.instances.find((one) => one.instance === instance);
  // The list changes with an operation on a checkpoint, or on an instance.
  const stamp = operations
    .filter((one) => one.standing !== "running")
    .find((one) => /^(checkpoint|up|down|reset)/.test(one.what))?.id;
  const list = useLook<Checkpoint[]>("checkpoint-list", {}, [stamp]);
  const history = useLoad(
    () => get<{ operations: Operation[] }>(`/operations?about=${part(instance)}&limit=500`),
    [instance, stamp],
  );
  const lab = status?.lab ?? row?.lab ?? instance;
  const roots = checkpointTree(list.value ?? [], lab, history.value?.operations ?? []);
  return (
    <div class="stack">
      <div class="toolbar">
        <Button
          icon="flag"
          kind="primary"
          hindered={hindrance(busy)}
          tip={`lab checkpoint save NAME --lab ${instance}`}
          onClick={() => openSaveCheckpoint(instance)}
        >
          Save a checkpoint
        </Button>
      </div>
      <Loading of={list} />
      {list.value && roots.length === 0 && <Empty title="No checkpoint of this lab" />}
      <ul class="checkpoints">
        {roots.map((node) => (
          <Branch key={node.checkpoint.checkpoint} node={node} instance={instance} busy={busy} here={row?.from} />
        ))}
      </ul>
      {row && row.from === undefined && (
        <p class="muted small">{instance} stands on no checkpoint: its disks were made new.</p>
      )}
    </div>
  );
}

interface BranchProps {
  readonly node: CheckpointNode;
  readonly instance: string;
  readonly busy: string | undefined;
  /** The id of the checkpoint that the instance stands on. */
  readonly here: string | undefined;
}

function Branch({ node, instance, busy, here }: BranchProps) {
  const { checkpoint: one, children } = node;
  const baseline = one.kind === "start";
  return (
    <li>
      <div class={`checkpoint ${here === one.checkpoint ? "here" : ""}`}>
        <div class="grow">
          <strong class="mono">{one.name}</strong> {baseline && <Tag>baseline, made by lab up</Tag>}{" "}
          {here === one.checkpoint && (
            <Tag tone="busy" icon="flag" tip={`The disks of ${instance} stand on this checkpoint`}>
              you are here
            </Tag>
          )}
          {one.damage && <Tag tone="bad">damaged</Tag>}
          {one.note && <p>{plain(one.note)}</p>}
          {one.damage && <p class="trouble">{plain(one.damage)}</p>}
          <p class="muted small">
            {moment(one.created)} · {one.running.length} of {one.nodes.length} nodes running · {bytes(one.bytes)}
            {one.used_by.length > 0 && ` · used by ${one.used_by.join(", ")}`}
          </p>
        </div>
        <div class="actions">
          <ActionButton
            action={restore(instance, one.checkpoint)}
            icon="undo"
            busy={busy}
            hindered={one.damage ? "It is damaged" : undefined}
          />
          <ActionButton
            action={remove(one.checkpoint)}
            icon="trash"
            hindered={one.used_by.length > 0 ? `Used by ${one.used_by.join(", ")}` : undefined}
          />
        </div>
      </div>
      {children.length > 0 && (
        <ul>
          {children.map((child) => (
            <Branch key={child.checkpoint.checkpoint} node={child} instance={instance} busy={busy} here={here} />
          ))}
        </ul>
      )}
    </li>
  );
}
