// Injects a fault: the node, the fault, its options, and how long.
import { useMemo, useState } from "preact/hooks";
import { inject } from "../actions/catalog";
import { hindrance, start } from "../actions/perform";
import type { FaultKind, Lab } from "../api/types";
import { useLook } from "../lib/hooks";
import { openModal } from "../state/modal";
import { Button, Command } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Loading } from "../ui/feedback";
import { CheckField, ChoiceField, TextField } from "../ui/field";
import { known, word } from "../words";
import { keyInfo } from "./keys";

export function openInject(instance: string, node?: string, fault?: string): void {
  openModal((close) => <InjectDialog instance={instance} node={node} fault={fault} close={close} />);
}

interface Props {
  readonly instance: string;
  readonly node: string | undefined;
  readonly fault: string | undefined;
  readonly close: () => void;
}

type Values = Record<string, string | boolean>;

/** The values that were given, in the types that the server expects. */
function given(kind: FaultKind | undefined, values: Values): Record<string, string | number | boolean> {
  const keys: Record<string, string | number | boolean> = {};
  for (const { key } of kind?.takes ?? []) {
    const value = values[key];
    if (value === undefined || value === "" || value === false) continue;
    keys[key] = typeof value === "string" && keyInfo(key).kind === "number" ? Number(value) : value;
  }
  return keys;
}

export function InjectDialog({ instance, node: firstNode, fault: firstFault, close }: Props) {
  const faults = useLook<{ faults: FaultKind[] }>("fault-list", { instance });
  const lab = useLook<Lab>("graph", { instance });
  const [chosenNode, setNode] = useState(firstNode);
  const [chosenFault, setFault] = useState(firstFault ?? "power-cut");
  const [values, setValues] = useState<Values>({});
  const [hold, setHold] = useState("");
  const node = chosenNode ?? lab.value?.nodes[0]?.name ?? "";
  const kind = faults.value?.faults.find((one) => one.fault === chosenFault);
  const ends = kind?.takes.some((one) => one.key === "off") ?? false;
  const names = useMemo(() => namesOf(lab.value, node), [lab.value, node]);
  const missing = kind?.takes.find(
    (one) => one.default === null && keyInfo(one.key).kind !== "flag" && !values[one.key],
  );
  const action = inject(instance, node, chosenFault, given(kind, values), ends ? "" : hold.trim());
  const wrong = missing ? word("--{0} is missing", missing.key) : undefined;
  const go = async () => {
    if (hindrance() || wrong || !kind || node === "") return;
    close();
    await start(action);
  };
  const footer = (
    <>
      <Button onClick={close}>{word("Cancel")}</Button>
      <Button kind="danger" icon="bolt" submit hindered={hindrance() ?? wrong}>
        {word("Inject")}
      </Button>
    </>
  );
  return (
    <Dialog title={word("Inject a fault into {0}", instance)} close={close} footer={footer} submit={go}>
      <Loading of={faults} />
      <div class="field-row">
        <ChoiceField
          label={word("Node")}
          value={node}
          set={setNode}
          choices={(lab.value?.nodes ?? []).map((one) => [one.name, one.name] as const)}
        />
        <ChoiceField
          label={word("Fault")}
          value={chosenFault}
          set={(fault) => (setFault(fault), setValues({}))}
          choices={(faults.value?.faults ?? []).map((one) => [one.fault, one.fault] as const)}
          first
        />
      </div>
      {kind && <p class="note">{known(kind.about)}.</p>}
      {kind?.takes.map(({ key, default: usual }) => {
        const set = (value: string | boolean) => setValues((all) => ({ ...all, [key]: value }));
        return (
          <KeyField
            key={`${chosenFault} ${key}`}
            name={key}
            usual={usual}
            value={values[key]}
            set={set}
            names={names}
          />
        );
      })}
      {!ends && (
        <TextField
          label={word("Heal after")}
          value={hold}
          set={setHold}
          placeholder={word("until it is healed")}
          about={word("A time such as 500ms, 10s or 2m. The fault is verified, and healed again if it cannot be.")}
        />
      )}
      <Command text={action.command} />
    </Dialog>
  );
}

interface KeyFieldProps {
  readonly name: string;
  readonly usual: string | null;
  readonly value: string | boolean | undefined;
  readonly set: (value: string | boolean) => void;
  readonly names: Record<string, readonly string[]>;
}

function KeyField({ name, usual, value, set, names }: KeyFieldProps) {
  const info = keyInfo(name);
  const about = known(info.about);
  const choices = (info.choices ?? []).map(([one, text]) => [one, word(text)] as const);
  if (info.kind === "flag") return <CheckField label={about} value={value === true} set={set} />;
  const text = typeof value === "string" ? value : "";
  if (info.kind === "choice") {
    return <ChoiceField label={about} value={text || (usual ?? "")} set={set} choices={choices} />;
  }
  const usable = names[info.kind];
  if (usable) {
    const none = usual === null ? (["", word("choose…")] as const) : (["", usual] as const);
    return (
      <ChoiceField
        label={about}
        value={text}
        set={set}
        choices={[none, ...usable.map((one) => [one, one] as const)]}
      />
    );
  }
  return (
    <TextField
      label={about}
      value={text}
      set={set}
      placeholder={usual ?? info.example}
      required={usual === null}
    />
  );
}

/** The names that a key can have on this node. */
function namesOf(lab: Lab | undefined, node: string): Record<string, readonly string[]> {
  const stacks = (lab?.stacks ?? []).filter((stack) => stack.on.includes(node));
  const here = lab?.nodes.find((one) => one.name === node);
  const unique = (names: string[]) => [...new Set(names)];
  return {
    network: unique((here?.nics ?? []).map((nic) => nic.network).filter((network) => network !== "mgmt")),
    service: unique(stacks.flatMap((stack) => Object.keys(stack.services ?? {}))),
    path: unique([...stacks.flatMap((stack) => Object.keys(stack.paths ?? {})), "client"]),
    disk: (here?.disks ?? []).map((disk) => disk.name),
  };
}
