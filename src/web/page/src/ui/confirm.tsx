// The question before something is lost.
import type { Action } from "../actions/catalog";
import { word } from "../words";
import { Button, Command } from "./button";
import { Dialog } from "./dialog";

export interface ConfirmProps {
  readonly action: Action;
  readonly close: () => void;
  readonly begin: () => void;
}

export function Confirm({ action, close, begin }: ConfirmProps) {
  const go = () => {
    close();
    begin();
  };
  const footer = (
    <>
      <Button onClick={close}>{word("Cancel")}</Button>
      <Button kind={action.danger ? "danger" : "primary"} submit>
        {action.label}
      </Button>
    </>
  );
  return (
    <Dialog title={action.title ?? action.label} close={close} footer={footer} submit={go}>
      <p>{action.loses}</p>
      <Command text={action.command} />
    </Dialog>
  );
}
