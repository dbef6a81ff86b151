// How the open class is doing, as the server says it.
import type { Board } from "../api/class";
import { type Connection, subscribe } from "../api/sse";
import type { AppError } from "../api/types";
import { Store } from "../lib/store";
import { setClock } from "../state/server-clock";

export interface BoardLive {
  readonly value: Board | undefined;
  readonly error: AppError | undefined;
  readonly connection: Connection;
}

export const board = new Store<BoardLive>({ value: undefined, error: undefined, connection: "connecting" });

/** Follows it until the returned function is called. */
export function followBoard(): () => void {
  return subscribe({
    path: () => "/class/live",
    hear: ({ event, data }) => {
      if (event !== "board") return;
      const said = JSON.parse(data) as Board | { error: AppError };
      if ("error" in said) board.update((live) => ({ ...live, value: undefined, error: said.error }));
      else {
        // Without a class there is no request that says the time.
        if (!board.value.value) void setClock("class-status", {});
        board.update((live) => ({ ...live, value: said, error: undefined }));
      }
    },
    state: (connection, error) =>
      board.update((live) => ({ ...live, connection, ...(error ? { error: error.error } : {}) })),
  });
}
