// Performs an action: asks first if something is lost, then starts it, and reports a refusal.
import { ApiError, change } from "../api/http";
import { reasons } from "../lib/reasons";
import { Store } from "../lib/store";
import { openModal, say } from "../state/modal";
import { remember } from "../state/own";
import { session } from "../state/session";
import { Confirm } from "../ui/confirm";
import { known, word } from "../words";
import type { Action } from "./catalog";

/** Starts the action without a question; the id of its operation, or none if it was refused. */
export async function start(action: Action): Promise<string | undefined> {
  try {
    const operation = await change(action.request, action.body);
    remember(operation);
    say({ tone: "plain", text: word("Started: {0}", action.command), operation });
    return operation;
  } catch (cause) {
    const { error } = ApiError.of(cause);
    say({ tone: "bad", text: error.message, detail: reasons(error, false) || undefined });
    return undefined;
  }
}

/** Asks if needed, then starts. `then` gets the id of the operation. */
export function perform(action: Action, then?: (operation: string) => void): void {
  const begin = async () => {
    const operation = await start(action);
    if (operation !== undefined) then?.(operation);
  };
  if (action.loses === undefined) void begin();
  else openModal((close) => <Confirm action={action} close={close} begin={begin} />);
}

/** Why the class allows no change now; the page of a student sets it. */
export const stopped = new Store<string | undefined>(undefined);

/** Why this user cannot change anything; none if that is possible. The server decides in the end. */
export function hindrance(busy?: string | null): string | undefined {
  if (stopped.value !== undefined) return stopped.value;
  if (!session.mayChange) return "A viewer may not change anything";
  if (busy) return word("{0} is at work on this instance", known(busy));
  return undefined;
}

/** The same for what changes the machine as a whole: instances come and go. */
export function administratorOnly(busy?: string | null): string | undefined {
  if (session.present?.role !== "administrator") return "It needs the role administrator";
  if (!session.everything) return `It is outside of ${session.present.scope}`;
  return hindrance(busy);
}
