// The tree, by the ARIA pattern: one item is in the tab order, arrow keys move, open and close.
import { useMemo, useRef, useState } from "preact/hooks";
import { useStore } from "../lib/store";
import { useLabs } from "../state/labs";
import { chosen, overview } from "../state/live";
import { route } from "../state/route";
import { session } from "../state/session";
import { Icon } from "../ui/icons";
import { Shape, Tag } from "../ui/marks";
import { placeOf, type TreeItem, treeItems } from "./tree-items";

export function Tree({ hidden }: { hidden: boolean }) {
  const live = useStore(overview);
  const status = useStore(chosen)?.value;
  const at = useStore(route);
  const labs = useLabs();
  useStore(session);
  const { teaches } = session;
  const [toggled, setToggled] = useState<ReadonlyMap<string, boolean>>(new Map());
  const items = useMemo(
    () => treeItems({ overview: live.value, labs, status, route: at, teaches, toggled }),
    [live.value, labs, status, at, teaches, toggled],
  );
  const [focused, setFocused] = useState<string>();
  const list = useRef<HTMLUListElement>(null);
  const current = items.find((item) => item.id === focused) ?? items.find((item) => item.chosen) ?? items[0];

  const setOpen = (item: TreeItem, open: boolean) => {
    setToggled(new Map(toggled).set(item.id, open));
  };
  const focus = (item: TreeItem | undefined) => {
    if (!item) return;
    setFocused(item.id);
    list.current?.querySelector<HTMLElement>(`[data-id="${CSS.escape(item.id)}"]`)?.focus();
  };
  const key = (event: KeyboardEvent) => {
    const place = items.findIndex((item) => item.id === current?.id);
    const item = items[place];
    if (!item || event.ctrlKey || event.altKey || event.metaKey) return;
    const parent = () => items.slice(0, place).findLast((other) => other.level < item.level);
    const letter =
      event.key.length === 1 && event.key !== " " && event.key !== "/" ? event.key.toLowerCase() : undefined;
    if (event.key === "ArrowDown") focus(items[place + 1]);
    else if (event.key === "ArrowUp") focus(items[place - 1]);
    else if (event.key === "Home") focus(items[0]);
    else if (event.key === "End") focus(items.at(-1));
    else if (event.key === "ArrowRight") {
      if (item.open === false) setOpen(item, true);
      else if (item.open) focus(items[place + 1]);
    } else if (event.key === "ArrowLeft") {
      if (item.open) setOpen(item, false);
      else focus(parent());
    } else if (event.key === "Enter" || event.key === " ") {
      if (item.href) location.hash = item.href;
      else setOpen(item, !item.open);
    } else if (letter) {
      const after = [...items.slice(place + 1), ...items.slice(0, place + 1)];
      focus(after.find((other) => other.text.toLowerCase().startsWith(letter)));
    } else return;
    event.preventDefault();
  };

  return (
    <nav class="tree" id="tree" aria-label="Instances and labs" hidden={hidden}>
      <ul role="tree" aria-label="Instances and labs" ref={list} onKeyDown={key}>
        {items.map((item, index) => (
          <Item
            key={item.id}
            item={item}
            place={placeOf(items, index)}
            tabbable={item.id === current?.id}
            setOpen={setOpen}
            focus={setFocused}
          />
        ))}
      </ul>
    </nav>
  );
}

interface ItemProps {
  readonly item: TreeItem;
  readonly place: [position: number, size: number];
  readonly tabbable: boolean;
  readonly setOpen: (item: TreeItem, open: boolean) => void;
  readonly focus: (id: string) => void;
}

function Item({ item, place, tabbable, setOpen, focus }: ItemProps) {
  const choose = (event: MouseEvent) => {
    if ((event.target as Element).closest(".twist")) setOpen(item, !item.open);
    else if (item.href) location.hash = item.href;
    else setOpen(item, !item.open);
  };
  return (
    <li
      role="treeitem"
      class={`tree-item level-${item.level}`}
      data-id={item.id}
      data-tip={item.about || undefined}
      aria-level={item.level}
      aria-posinset={place[0]}
      aria-setsize={place[1]}
      aria-expanded={item.open}
      aria-selected={item.chosen}
      aria-current={item.chosen ? "page" : undefined}
      tabIndex={tabbable ? 0 : -1}
      onClick={choose}
      onFocus={() => focus(item.id)}
    >
      <span class={`twist ${item.open ? "open" : ""}`}>{item.open !== undefined && <Icon name="chevron" />}</span>
      {item.state ? (
        <Shape state={item.state} />
      ) : item.level === 2 ? (
        <Icon name="layers" class="kind" />
      ) : item.level === 3 ? (
        <Icon name="server" class="kind" />
      ) : null}
      <span class="name">{item.text}</span>
      {item.state && <span class={`state-word tone-${item.state.tone}`}>{item.state.word}</span>}
      {item.tags.length > 0 && (
        <span class="tags">
          {item.tags.map((tag) => (
            <Tag key={tag.text} tone={tag.tone} icon={tag.icon}>
              {tag.text}
            </Tag>
          ))}
        </span>
      )}
    </li>
  );
}
