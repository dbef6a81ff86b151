// The search: finds places and commands by their words. Arrow keys choose, Enter goes or runs.
import { useId, useMemo, useRef, useState } from "preact/hooks";
import type { DrillRow } from "../api/types";
import { useLook } from "../lib/hooks";
import { useLabs } from "../state/labs";
import { overview } from "../state/live";
import { openModal } from "../state/modal";
import { instanceOf, route } from "../state/route";
import { Dialog } from "../ui/dialog";
import { Icon } from "../ui/icons";
import { matching, paletteItems } from "./palette-items";

const SHOWN = 60;

export function openPalette(): void {
  openModal((close) => <Palette close={close} />);
}

function Palette({ close }: { close: () => void }) {
  const [text, setText] = useState("");
  const [place, setPlace] = useState(0);
  const id = useId();
  const list = useRef<HTMLUListElement>(null);
  const labs = useLabs();
  const instance =
    instanceOf(route.value) ??
    (overview.value.value?.instances.length === 1 ? overview.value.value.instances[0]?.instance : undefined);
  const drills = useLook<DrillRow[]>("drill-list", instance === undefined ? undefined : { instance }).value ?? [];
  const all = useMemo(
    () => paletteItems({ overview: overview.value.value, labs, instance, drills }),
    [labs, instance, drills],
  );
  const found = useMemo(() => matching(all, text), [all, text]);
  const shown = found.slice(0, SHOWN);
  const at = Math.min(place, shown.length - 1);

  const run = (index: number) => {
    const item = shown[index];
    if (!item || item.hindered) return;
    close();
    item.run();
  };
  const key = (event: KeyboardEvent) => {
    const next = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key];
    if (next === undefined || shown.length === 0) return;
    event.preventDefault();
    const wrapped = (next + shown.length) % shown.length;
    setPlace(wrapped);
    list.current?.children[wrapped]?.scrollIntoView({ block: "nearest" });
  };
  return (
    <Dialog title="Search, or run a command" close={close} submit={() => run(at)} wide>
      <input
        class="palette-field"
        data-first=""
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={shown.length > 0 ? `${id}-${at}` : undefined}
        aria-label="Search"
        placeholder="node1 shell, drill run, up nginx…"
        autocomplete="off"
        spellcheck={false}
        value={text}
        onInput={(event) => (setText(event.currentTarget.value), setPlace(0))}
        onKeyDown={key}
      />
      <ul class="palette" role="listbox" id={`${id}-list`} ref={list} aria-label="Results">
        {shown.map((item, index) => (
          <li
            key={`${item.text} ${item.about}`}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === at}
            aria-disabled={item.hindered ? true : undefined}
            onMouseMove={() => setPlace(index)}
            onClick={() => run(index)}
          >
            <Icon name={item.icon} />
            <span class={item.text.startsWith("lab ") ? "mono" : ""}>{item.text}</span>
            <small>{item.hindered ?? item.about}</small>
          </li>
        ))}
      </ul>
      <p class="muted small" role="status">
        {shown.length === 0
          ? "Nothing found"
          : found.length > SHOWN
            ? `${found.length} results, the first ${SHOWN} are shown`
            : `${found.length} results`}
      </p>
    </Dialog>
  );
}
