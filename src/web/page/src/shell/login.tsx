// The one screen without a session.
import { useState } from "preact/hooks";
import { ApiError, call } from "../api/http";
import { type Present, session } from "../state/session";
import { Button } from "../ui/button";
import { Failure } from "../ui/feedback";
import { TextField } from "../ui/field";
import { Logo } from "../ui/icons";

/** The key of a link `http://…/open?key=KEY`, if the text is one. */
function keyOf(text: string): string | undefined {
  return /[?&]key=([^&\s#]+)/.exec(text)?.[1];
}

export function Login({ present, again }: { present: Present; again: () => Promise<void> }) {
  const [token, setToken] = useState("");
  const [error, setError] = useState<ApiError>();
  const open = async (event: SubmitEvent) => {
    event.preventDefault();
    const key = keyOf(token);
    if (key !== undefined) {
      location.assign(`/open?key=${key}`);
      return;
    }
    try {
      // Streams and terminals cannot send a header: the server turns the token into a cookie.
      await call("POST", "/session", {}, { Authorization: `Bearer ${token.trim()}` });
      session.set({ kind: "unknown" });
      await again();
    } catch (cause) {
      setError(ApiError.of(cause));
    }
  };
  return (
    <main class="login">
      <div class="login-card">
        <div class="brand">
          <Logo /> halab
        </div>
        {present.kind === "none" && (
          <>
            <h1>
              Open the link that <code>lab serve</code> printed
            </h1>
            <p>This browser has no session. The link begins one, and works once.</p>
            <form onSubmit={open}>
              <TextField label="Or paste the link, or a token" value={token} set={setToken} first required />
              <Button kind="primary" submit>
                Continue
              </Button>
            </form>
            {error && (
              <Failure
                error={error.status === 401 ? { kind: "failed", message: "this token is not valid" } : error.error}
              />
            )}
          </>
        )}
        {present.kind === "away" && (
          <>
            <h1>The server does not answer</h1>
            <p role="status">Trying again every 3 s: {present.why}.</p>
          </>
        )}
        {present.kind === "unknown" && <p class="loading">Connecting…</p>}
      </div>
    </main>
  );
}
