// Faults in force with their proof, and the catalogue.
import { heal, healOne } from "../actions/catalog";
import { hindrance } from "../actions/perform";
import type { ActiveFault, FaultKind } from "../api/types";
import type { TabProps } from "../instance/instance-page";
import { moment } from "../lib/format";
import { useLook } from "../lib/hooks";
import { person } from "../lib/person";
import { plain } from "../lib/plain-text";
import { useStore } from "../lib/store";
import { overview } from "../state/live";
import { known, word } from "../words";
import { keysOf } from "./injection";
import { ActionButton, Button } from "../ui/button";
import { Empty, Loading } from "../ui/feedback";
import { Tag } from "../ui/marks";
import { openInject } from "./inject-dialog";
import { GROUPS } from "./keys";
import { Proof } from "./proof";

export interface FaultsProps extends Pick<TabProps, "instance" | "status" | "busy"> {
  /** Only the faults of this node. */
  readonly node?: string;
}

export function FaultsTab({ instance, status, busy, node }: FaultsProps) {
  const operations = useStore(overview).value?.operations ?? [];
  const ids = status?.faults.map((one) => one.id).join(" ");
  const faults = useLook<{ faults: FaultKind[]; active: ActiveFault[] }>("fault-list", { instance }, [ids]);
  // The status comes by itself; the list knows the mechanism too.
  const mechanisms = new Map((faults.value?.active ?? []).map((one) => [one.id, one.mechanism]));
  const active = (status?.faults ?? faults.value?.active ?? []).filter(
    (one) => node === undefined || one.node === node,
  );
  const all = faults.value?.faults ?? [];
  const grouped = new Set(GROUPS.flatMap(([, names]) => names));
  const rest = all.filter((one) => !grouped.has(one.fault));
  const groups = [
    ...GROUPS.map(([title, names]) => [word(title), all.filter((one) => names.includes(one.fault))] as const),
    [word("Others"), rest] as const,
  ];
  return (
    <div class="stack">
      <section>
        <div class="section-head">
          <h2>{word("In force")}</h2>
          {active.length > 0 && (
            <ActionButton
              action={node === undefined ? heal(instance) : healOne(instance, node)}
              icon="heal"
              kind="primary"
              busy={busy}
            >
              {word("Heal all")}
            </ActionButton>
          )}
        </div>
        {active.length === 0 ? (
          <Empty title={word("No fault is in force")} />
        ) : (
          <ul class="fault-list">
            {active.map((one) => (
              <li key={one.id}>
                <div class="grow">
                  <Tag tone="bad">{one.fault}</Tag> <strong>{one.node}</strong>{" "}
                  <span class="mono muted">
                    {Object.entries(keysOf(one, operations) ?? {})
                      .map(([key, value]) => `${key}=${String(value)}`)
                      .join(" ")}
                  </span>
                  <p class="muted small">
                    {word("since {0}, by {1}", moment(one.since), person(one.by))}
                    {mechanisms.get(one.id) && `, ${word("mechanism: {0}", plain(mechanisms.get(one.id) ?? ""))}`}
                  </p>
                  <Proof fault={one} operations={operations} />
                </div>
                <ActionButton action={healOne(instance, one.id)} icon="heal" busy={busy} />
              </li>
            ))}
          </ul>
        )}
      </section>
      <Loading of={faults} />
      {groups.map(([title, list]) =>
        list.length === 0 ? null : (
          <section key={title}>
            <h2>{title}</h2>
            <ul class="catalogue">
              {list.map((one) => (
                <li key={one.fault}>
                  <div>
                    <strong class="mono">{one.fault}</strong>
                    <p class="muted">{known(one.about)}</p>
                    {one.takes.length > 0 && (
                      <p class="muted small mono">
                        {one.takes
                          .map(({ key, default: usual }) => (usual === null ? `--${key}` : `[--${key}]`))
                          .join(" ")}
                      </p>
                    )}
                  </div>
                  <Button
                    small
                    icon="bolt"
                    hindered={hindrance(busy)}
                    tip={`lab fault inject ${node ?? "NODE"} ${one.fault} --lab ${instance}`}
                    onClick={() => openInject(instance, node, one.fault)}
                  >
                    {word("Inject…")}
                  </Button>
                </li>
              ))}
            </ul>
          </section>
        ),
      )}
    </div>
  );
}
