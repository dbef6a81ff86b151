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

/** The code of a card, if the text looks like one: eight letters, with any spaces and dashes between them. */
function codeOf(text: string): string | undefined {
  const letters = text.replace(/[\s\p{Pd}_\u00ad\u2212]/gu, "").toUpperCase();
  return /^[A-Z]{8}$/.test(letters) ? `${letters.slice(0, 4)}-${letters.slice(4)}` : undefined;
}

/** Enters with a code or a token. */
async function enter(text: string): Promise<void> {
  const code = codeOf(text);
  const wrong = code
    ? {
        message: `no card has the code ${code}, or it was used already`,
        hints: ["compare the letters with your card; a new card from your teacher has a new code"],
      }
    : { message: "this is neither the code of a card nor a valid token" };
  // The header of a request has no other letters.
  if (!code && !/^[\x21-\x7e]+$/.test(text.trim())) throw new ApiError({ kind: "usage", ...wrong }, 401);
  try {
    // Streams and terminals cannot send a header: the server turns the secret into a cookie.
    await call("POST", "/session", {}, { Authorization: `Bearer ${code ?? text.trim()}` });
  } catch (cause) {
    const error = ApiError.of(cause);
    throw error.status === 401 ? new ApiError({ kind: "failed", ...wrong }, 401) : error;
  }
}

export function Login({ present, again }: { present: Present; again: () => Promise<void> }) {
  return (
    <main class="login">
      <div class="login-card">
        <div class="brand">
          <Logo /> halab
        </div>
        {present.kind === "none" && <Form again={again} />}
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

function Form({ again }: { again: () => Promise<void> }) {
  const [text, setText] = useState("");
  const [error, setError] = useState<ApiError>();
  const [tries, setTries] = useState(0);
  const open = async (event: SubmitEvent) => {
    event.preventDefault();
    const key = keyOf(text);
    if (key !== undefined) {
      location.assign(`/open?key=${key}`);
      return;
    }
    setTries((count) => count + 1);
    try {
      await enter(text);
      session.set({ kind: "unknown" });
      await again();
    } catch (cause) {
      setError(ApiError.of(cause));
    }
  };
  return (
    <>
      <h1>Sign in</h1>
      <form onSubmit={open}>
        <TextField label="Code or token" value={text} set={setText} placeholder="BCDF-GHJK" first required />
        <Button kind="primary" submit>
          Continue
        </Button>
      </form>
      {error && <Failure key={tries} error={error.error} />}
      <ul class="login-about">
        <li>
          <strong>Students</strong> type the code on their card: eight letters. It works once; after that, this browser
          stays signed in.
          <span lang="id">Peserta mengetik kode pada kartunya: delapan huruf.</span>
        </li>
        <li>
          <strong>Others</strong> open the link that <code>lab serve</code> printed, or paste it here, or a token.
        </li>
      </ul>
    </>
  );
}
