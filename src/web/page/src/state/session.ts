// Who uses the page, and what the server allows.
import { Store } from "../lib/store";
import type { Session } from "../api/types";

export type Present =
  { kind: "unknown" } | { kind: "none" } | { kind: "some"; session: Session } | { kind: "away"; why: string };

class SessionStore extends Store<Present> {
  /** The server said that there is no session. */
  lose(): void {
    if (this.value.kind !== "none") this.set({ kind: "none" });
  }

  get present(): Session | undefined {
    return this.value.kind === "some" ? this.value.session : undefined;
  }

  /** Whether this user may change something; the server decides in the end. */
  get mayChange(): boolean {
    return this.present !== undefined && this.present.role !== "viewer";
  }

  /** The instance of a student of a class; none if this is no student. */
  get bench(): string | undefined {
    const only = this.present?.scope.match(/^\/instance\/(.+)$/)?.[1];
    return this.present?.role === "student" ? only : undefined;
  }

  /** Whether this user may lead a class. */
  get teaches(): boolean {
    return this.mayChange && this.everything;
  }

  /** Whether the session is for the whole machine, not for one instance. */
  get everything(): boolean {
    return this.present?.scope === "/";
  }
}

export const session = new SessionStore({ kind: "unknown" });
