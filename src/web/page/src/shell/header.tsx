// The header: search, appearance, and the session.
import { useEffect, useRef } from "preact/hooks";
import { call } from "../api/http";
import type { Session } from "../api/types";
import { moment } from "../lib/format";
import { useStore } from "../lib/store";
import { overview } from "../state/live";
import { session } from "../state/session";
import { change, settings, type Theme } from "../state/settings";
import { href } from "../state/route";
import { Button } from "../ui/button";
import { Icon, Logo } from "../ui/icons";
import { Tag } from "../ui/marks";
import { openPalette } from "./palette";

const NEXT: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };
const WORDS: Record<Theme, string> = { system: "as the system", light: "light", dark: "dark" };

export interface HeaderProps {
  readonly narrow: boolean;
  readonly drawer: boolean;
  readonly setDrawer: (open: boolean) => void;
}

export function Header({ narrow, drawer, setDrawer }: HeaderProps) {
  const { theme, large } = useStore(settings);
  const { connection } = useStore(overview);
  useStore(session);
  const who = session.present;
  return (
    <header class="header">
      <button type="button" class="skip" onClick={() => document.getElementById("work")?.focus()}>
        Skip to the work area
      </button>
      {narrow && (
        <Button
          icon="menu"
          kind="quiet"
          label={drawer ? "Close the tree" : "Open the tree"}
          onClick={() => setDrawer(!drawer)}
        />
      )}
      <a class="brand" href={href.overview()}>
        <Logo />
        <span>halab</span>
      </a>
      {who?.simulated && (
        <Tag tone="warn" tip="A model answers, and no guest runs">
          simulated
        </Tag>
      )}
      <button
        type="button"
        class="search"
        onClick={openPalette}
        aria-label="Search, or run a command"
        aria-keyshortcuts="/"
      >
        <Icon name="search" />
        <span>Search, or run a command</span>
        <kbd>/</kbd>
      </button>
      <div class="header-end">
        <span class={`connection ${connection}`} role="status">
          {connection === "reconnecting" ? "Reconnecting…" : connection === "connecting" ? "Connecting…" : ""}
        </span>
        <Button
          icon={theme === "dark" ? "moon" : "sun"}
          kind="quiet"
          label={`Colours: ${WORDS[theme]}. Change to ${WORDS[NEXT[theme]]}`}
          onClick={() => change({ theme: NEXT[theme] })}
        />
        <Button
          icon="text"
          kind="quiet"
          label="Large text, for a projector"
          pressed={large}
          onClick={() => change({ large: !large })}
        />
        {who && <SessionMenu who={who} />}
      </div>
    </header>
  );
}

function SessionMenu({ who }: { who: Session }) {
  const element = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const close = (event: globalThis.Event) => {
      const menu = element.current;
      if (!menu?.open) return;
      const outside = event.target instanceof Node && !menu.contains(event.target);
      if (event instanceof KeyboardEvent ? event.key === "Escape" : outside) menu.open = false;
    };
    document.addEventListener("pointerdown", close);
    document.addEventListener("focusin", close);
    document.addEventListener("keydown", close);
    return () => {
      document.removeEventListener("pointerdown", close);
      document.removeEventListener("focusin", close);
      document.removeEventListener("keydown", close);
    };
  }, []);
  return (
    <details class="menu" ref={element}>
      <summary class="button quiet" aria-label={`Session of ${who.name}`}>
        <Icon name="user" />
        <span class="who">{who.name}</span>
      </summary>
      <div class="menu-body">
        <dl class="facts">
          <div>
            <dt>Name</dt>
            <dd>{who.name}</dd>
          </div>
          <div>
            <dt>Role</dt>
            <dd>{who.role}</dd>
          </div>
          <div>
            <dt>Scope</dt>
            <dd>{who.scope === "/" ? "all instances" : who.scope.replace("/instance/", "instance ")}</dd>
          </div>
          <div>
            <dt>Until</dt>
            <dd>{moment(who.until)}</dd>
          </div>
          <div>
            <dt>Version</dt>
            <dd>{who.version}</dd>
          </div>
        </dl>
        <Button onClick={signOut}>End the session</Button>
      </div>
    </details>
  );
}

async function signOut(): Promise<void> {
  await call("DELETE", "/session").catch(() => undefined);
  session.lose();
}
