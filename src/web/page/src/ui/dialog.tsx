// Dialogs: the browser's own element keeps the focus inside, and closes on Esc.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { useStore } from "../lib/store";
import { closeModal, modals } from "../state/modal";
import { word } from "../words";
import { Button } from "./button";

export interface DialogProps {
  readonly title: string;
  readonly close: () => void;
  readonly children: ComponentChildren;
  readonly footer?: ComponentChildren;
  readonly wide?: boolean;
  readonly submit?: () => void;
}

export function Dialog({ title, close, children, footer, wide, submit }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const name = useId();
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const dialog = element.current;
    dialog?.showModal();
    const first = dialog?.querySelector<HTMLElement>("[data-first]");
    first?.focus();
    return () => before?.isConnected && before.focus();
  }, []);
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    submit?.();
  };
  const outside = (event: MouseEvent) => event.target === element.current && close();
  return (
    <dialog
      ref={element}
      class={`dialog ${wide ? "wide" : ""}`}
      aria-labelledby={name}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onMouseDown={outside}
    >
      <form class="dialog-form" onSubmit={onSubmit}>
        <header class="dialog-head">
          <h2 id={name}>{title}</h2>
          <Button icon="close" kind="quiet" small label={word("Close")} onClick={close} />
        </header>
        <div class="dialog-body">{children}</div>
        {footer && <footer class="dialog-foot">{footer}</footer>}
      </form>
    </dialog>
  );
}

/** The dialogs that are open. */
export function Modals() {
  const all = useStore(modals);
  return (
    <>
      {all.map((one) => (
        <div key={one.key}>{one.render(() => closeModal(one.key))}</div>
      ))}
    </>
  );
}
