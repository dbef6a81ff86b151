// What the server says to the student of an instance.
import type { Me } from "../api/class";
import { part } from "../api/http";
import { type Connection, subscribe } from "../api/sse";
import type { AppError } from "../api/types";
import { Store } from "../lib/store";
import { setClock } from "../state/server-clock";

export interface MeLive {
  readonly value: Me | undefined;
  readonly error: AppError | undefined;
  readonly connection: Connection;
}

export const me = new Store<MeLive>({ value: undefined, error: undefined, connection: "connecting" });

/** Follows it until the returned function is called. */
export function followMe(instance: string): () => void {
  return subscribe({
    path: () => `/instances/${part(instance)}/class`,
    hear: ({ event, data }) => {
      if (event !== "me") return;
      const said = JSON.parse(data) as Me | { error: AppError };
      if ("error" in said) me.update((live) => ({ ...live, error: said.error }));
      else me.update((live) => ({ ...live, value: said, error: undefined }));
    },
    state: (connection, error) => {
      // The browser's clock may have been set, or the computer may have slept.
      if (connection === "open") void setClock("class-me", { instance });
      me.update((live) => ({ ...live, connection, ...(error ? { error: error.error } : {}) }));
    },
  });
}
