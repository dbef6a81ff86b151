// Messages and more time, to one bench or to all.
import { useState } from "preact/hooks";
import { hindrance, start } from "../actions/perform";
import { Button, Command } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { TextField } from "../ui/field";
import { extend, say } from "./actions";

interface OrderProps {
  readonly name: string;
  /** The seat; none for all. */
  readonly student?: string | undefined;
  readonly hindered?: string | undefined;
  readonly then: () => void;
}

const LONGEST = 1000;
const MINUTES = /^[1-9]\d{0,3}$/;

export function SayForm({ name, student, hindered, then }: OrderProps) {
  const [text, setText] = useState("");
  const wrong = text.trim() === "" ? "Write a message" : [...text].length > LONGEST ? "It is too long" : undefined;
  const action = say(name, student, text.trim());
  const send = async () => {
    if ((await start(action)) !== undefined) then();
  };
  return (
    <div class="order">
      <TextField label="Message" value={text} set={setText} lines={2} hindered={hindered} first />
      <div class="order-foot">
        <Command text={action.command} />
        <Button kind="primary" icon="message" hindered={hindered ?? hindrance() ?? wrong} onClick={() => void send()}>
          {action.label}
        </Button>
      </div>
    </div>
  );
}

export function ExtendForm({ name, student, hindered, then }: OrderProps) {
  const [minutes, setMinutes] = useState("10");
  const wrong = MINUTES.test(minutes) ? undefined : "Write a number of minutes, from 1";
  const action = extend(name, student, Number(minutes) || 0);
  const send = async () => {
    if ((await start(action)) !== undefined) then();
  };
  return (
    <div class="order">
      <TextField label="Minutes more" value={minutes} set={setMinutes} hindered={hindered} />
      <div class="order-foot">
        <Command text={action.command} />
        <Button icon="clock" hindered={hindered ?? hindrance() ?? wrong} onClick={() => void send()}>
          {action.label}
        </Button>
      </div>
    </div>
  );
}

export function SayDialog({ name, close }: { name: string; close: () => void }) {
  return (
    <Dialog title="Message to all" close={close}>
      <SayForm name={name} then={close} />
    </Dialog>
  );
}

export function ExtendDialog({ name, close }: { name: string; close: () => void }) {
  return (
    <Dialog title="More time for all" close={close}>
      <ExtendForm name={name} then={close} />
      <p class="note">
        It counts from the deadline of the class, or from now if that is over. Extensions of single students end.
      </p>
    </Dialog>
  );
}
