// What a terminal shows of a node.
import { command } from "../actions/command";

/** Logs are shown only: they take no keys. */
export type Kind = "shell" | "console" | "logs";

/** The command that shows the same in a terminal. */
export function commandOf(kind: Kind, node: string, instance: string): string {
  const on = ["--lab", instance];
  if (kind === "logs") return command("logs", node, on, "--follow");
  return kind === "shell" ? command("ssh", node, on) : command("console", "--type", node, on);
}
