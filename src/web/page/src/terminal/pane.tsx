// One terminal with its head.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useStore } from "../lib/store";
import { settings } from "../state/settings";
import { Button, CopyButton } from "../ui/button";
import { Shape, type State } from "../ui/marks";
import { known, word } from "../words";
import { commandOf } from "./kind";
import type { Link, TerminalSession } from "./session";

const stateOf = (link: Link["kind"]): State =>
  ({
    connecting: { shape: "spin", word: word("connecting"), tone: "busy" as const },
    open: { shape: "disc", word: word("connected"), tone: "good" as const },
    closed: { shape: "ring", word: word("closed"), tone: "off" as const },
  })[link];

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
  const kind = word(session.kind);
  const text = commandOf(session.kind, session.node, session.instance);
  return (
    <section class="pane" aria-label={word(`${session.kind} of {0}`, session.node)}>
      <header class="pane-head">
        <Shape state={stateOf(link.kind)} label />
        <strong>{session.node}</strong>
        <span class="muted">{kind}</span>
        {link.kind === "closed" && <span class="muted clip">{known(link.why)}</span>}
        {marks}
        <span class="spring" />
        <span class="muted small wide-only">{word(session.readOnly ? "read only" : "F6 leaves the terminal")}</span>
        {link.kind === "closed" && (
          <Button small onClick={() => session.connect()}>
            {word("Connect again")}
          </Button>
        )}
        <CopyButton text={() => session.view?.text() ?? ""} label={word("Copy the selection, or all")} />
        <CopyButton icon="terminal" text={text} label={word("Copy the command: {0}", text)} />
        {close && (
          <Button
            small
            kind="quiet"
            icon="close"
            label={word("Close the {0} of {1}", kind, session.node)}
            onClick={close}
          />
        )}
      </header>
      <div class="pane-body" ref={place} lang="en" />
    </section>
  );
}
