// Tabs by the ARIA pattern: one of them is in the tab order, arrow keys choose. They are links, so that each can be
// opened in a window of its own.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

export interface TabItem {
  readonly id: string;
  readonly text: string;
  readonly href: string;
  readonly count?: number | undefined;
  readonly tone?: "bad" | "busy" | undefined;
}

export function Tabs({ label, items, chosen }: { label: string; items: readonly TabItem[]; chosen: string }) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const tab = list.current?.querySelector<HTMLElement>("[aria-selected=true]");
    tab?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [chosen]);
  const key = (event: KeyboardEvent) => {
    const place = items.findIndex((item) => item.id === chosen);
    const next = { ArrowRight: place + 1, ArrowLeft: place - 1, Home: 0, End: items.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const item = items[(next + items.length) % items.length];
    if (!item) return;
    location.hash = item.href;
    list.current?.querySelector<HTMLElement>(`#tab-${item.id}`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label={label} ref={list} onKeyDown={key}>
      {items.map((item) => (
        <a
          key={item.id}
          id={`tab-${item.id}`}
          role="tab"
          href={item.href}
          aria-selected={item.id === chosen}
          aria-controls="panel"
          tabIndex={item.id === chosen ? 0 : -1}
        >
          {item.text}
          {item.count !== undefined && item.count > 0 && <span class={`count ${item.tone ?? ""}`}>{item.count}</span>}
        </a>
      ))}
    </div>
  );
}

export function Panel({ tab, children, flush }: { tab: string; children: ComponentChildren; flush?: boolean }) {
  return (
    <div
      key={tab}
      class={`panel ${flush ? "flush" : ""}`}
      id="panel"
      role="tabpanel"
      aria-labelledby={`tab-${tab}`}
      tabIndex={0}
    >
      {children}
    </div>
  );
}
