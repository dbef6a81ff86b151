// Stops a running operation.
import { command } from "../actions/command";
import { ApiError } from "../api/http";
import { openModal, say } from "../state/modal";
import { stopOperation } from "../state/operations";
import { Confirm } from "../ui/confirm";
import { word } from "../words";

/** Asks first: what was begun is undone or left behind. */
export function askToStop(id: string): void {
  const action = {
    label: word("Stop"),
    title: word("Stop this operation?"),
    loses: word("It ends as after Ctrl-C: it heals its faults and cleans up, which can take a while."),
    command: command("history", "stop", id),
    request: "",
    body: {},
    danger: true,
  };
  const begin = async () => {
    try {
      await stopOperation(id);
      say({ tone: "plain", text: word("Asked to stop"), operation: id });
    } catch (cause) {
      say({ tone: "bad", text: ApiError.of(cause).error.message });
    }
  };
  openModal((close) => <Confirm action={action} close={close} begin={begin} />);
}
