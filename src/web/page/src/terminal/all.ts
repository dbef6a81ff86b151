// The terminals that are open in tabs of instances.
import { Store } from "../lib/store";
import type { Kind } from "./kind";
import { TerminalSession } from "./session";

/** The terminals of all instances. */
export const terminals = new Store<readonly TerminalSession[]>([]);

export function addTerminal(instance: string, node: string, kind: Kind): TerminalSession {
  const one = new TerminalSession(instance, node, kind);
  terminals.update((all) => [...all, one]);
  return one;
}

export function removeTerminal(one: TerminalSession): void {
  one.close();
  terminals.update((all) => all.filter((other) => other !== one));
}
