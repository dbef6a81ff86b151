// Closes a class.
import { useState } from "preact/hooks";
import { hindrance, start } from "../actions/perform";
import { Button, Command } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { CheckField } from "../ui/field";
import { close as closing } from "./actions";

export function CloseDialog({ name, close }: { name: string; close: () => void }) {
  const [force, setForce] = useState(false);
  const action = closing(name, force);
  const submit = async () => {
    if (hindrance()) return;
    close();
    await start(action);
  };
  const footer = (
    <>
      <Button onClick={close}>Cancel</Button>
      <Button kind="danger" submit hindered={hindrance()}>
        {action.label}
      </Button>
    </>
  );
  return (
    <Dialog title={action.title ?? ""} close={close} footer={footer} submit={submit}>
      <p>
        Students can change nothing any more, and all clusters of the class are taken down. Hand-ins, logs and records
        stay.
      </p>
      <CheckField label="Also if work that stands was not handed in; it is lost" value={force} set={setForce} />
      <Command text={action.command} />
    </Dialog>
  );
}
