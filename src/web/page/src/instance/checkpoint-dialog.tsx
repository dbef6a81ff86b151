// Saves the present state of an instance.
import { useState } from "preact/hooks";
import { save } from "../actions/checkpoints";
import { hindrance, start } from "../actions/perform";
import { openModal } from "../state/modal";
import { Button, Command } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { TextField } from "../ui/field";

export function openSaveCheckpoint(instance: string): void {
  openModal((close) => <SaveDialog instance={instance} close={close} />);
}

const NAME = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

function SaveDialog({ instance, close }: { instance: string; close: () => void }) {
  const [name, setName] = useState("");
  const [note, setNote] = useState("");
  const action = save(instance, name, note);
  const wrong = NAME.test(name) ? undefined : "A name has small letters, digits and hyphens";
  const go = async () => {
    if (wrong || hindrance()) return;
    close();
    await start(action);
  };
  const footer = (
    <>
      <Button onClick={close}>Cancel</Button>
      <Button kind="primary" icon="flag" submit hindered={hindrance() ?? wrong}>
        Save
      </Button>
    </>
  );
  return (
    <Dialog title="Save a checkpoint" close={close} footer={footer} submit={go}>
      <p>Memory and disks of all nodes are saved. The nodes pause for a moment, so clients may see an outage.</p>
      <TextField
        label="Name"
        value={name}
        set={setName}
        placeholder="before-the-change"
        first
        required
        about={name === "" ? undefined : wrong}
      />
      <TextField label="Note" value={note} set={setNote} placeholder="optional" />
      <Command text={action.command} />
    </Dialog>
  );
}
