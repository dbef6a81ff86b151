// One terminal with its head.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useStore } from "../lib/store";
import { settings } from "../state/settings";
import { Button, CopyButton } from "../ui/button";
import { Shape } from "../ui/marks";
import { commandOf } from "./kind";
import type { TerminalSession } from "./session";

const STATES = {
  connecting: { shape: "spin", word: "connecting", tone: "busy" as const },
  open: { shape: "disc", word: "connected", tone: "good" as const },
  closed: { shape: "ring", word: "closed", tone: "off" as const },
};

export function Pane({
  session,
  close,
  focus,
  marks,
}: {
  session: TerminalSession;
  /** What is said about the terminal in its head. */
  marks?: ComponentChildren;
  close?: (() => void) | undefined;
  focus?: boolean;
}) {
  const place = useRef<HTMLDivElement>(null);
  const link = useStore(session.link);
  const { large, theme } = useStore(settings);
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    element.append(session.host);
    const observer = new ResizeObserver(() => session.resize());
    observer.observe(element);
    return () => {
      observer.disconnect();
      session.host.remove();
    };
  }, [session]);
  useEffect(() => {
    if (link.kind === "open" && focus) session.view?.focus();
  }, [link.kind]);
  useEffect(() => {
    session.view?.restyle();
    session.resize();
  }, [large, theme]);
  const text = commandOf(session.kind, session.node, session.instance);
  return (
    <section class="pane" aria-label={`${session.kind} of ${session.node}`}>
      <header class="pane-head">
        <Shape state={STATES[link.kind]} label />
        <strong>{session.node}</strong>
        <span class="muted">{session.kind}</span>
        {link.kind === "closed" && <span class="muted clip">{link.why}</span>}
        {marks}
        <span class="spring" />
        <span class="muted small wide-only">{session.readOnly ? "read only" : "F6 leaves the terminal"}</span>
        {link.kind === "closed" && (
          <Button small onClick={() => session.connect()}>
            Connect again
          </Button>
        )}
        <CopyButton text={() => session.view?.text() ?? ""} label="Copy the selection, or all" />
        <CopyButton icon="terminal" text={text} label={`Copy the command: ${text}`} />
        {close && (
          <Button
            small
            kind="quiet"
            icon="close"
            label={`Close the ${session.kind} of ${session.node}`}
            onClick={close}
          />
        )}
      </header>
      <div class="pane-body" ref={place} />
    </section>
  );
}
