// Errors, short messages, and what stands where there is nothing yet.
import type { ComponentChildren } from "preact";
import type { ApiError } from "../api/http";
import type { AppError } from "../api/types";
import { plain } from "../lib/plain-text";
import { useStore } from "../lib/store";
import { openOperation } from "../operation/open";
import { closeToast, toasts } from "../state/modal";
import { word } from "../words";
import { Button } from "./button";
import { Icon } from "./icons";
import { Shape } from "./marks";

/** A failure with its causes, output and advice. */
export function Failure({ error, again }: { error: AppError; again?: () => void }) {
  const hints = error.hints ?? error.hint ?? [];
  return (
    <div class="failure" role="alert">
      <Icon name="warning" />
      <div>
        <strong>{plain(error.message)}</strong>
        {(error.causes ?? []).map((cause) => (
          <p key={cause}>{plain(cause)}</p>
        ))}
        {(error.problems?.items ?? []).map((problem, place) => (
          <p key={place}>{plain(problem.message)}</p>
        ))}
        {(error.details ?? []).map((detail, place) => (
          <div key={place}>
            <p>{plain(detail.remark)}</p>
            {detail.lines && <pre class="output">{plain(detail.lines)}</pre>}
          </div>
        ))}
        {hints.map((hint) => (
          <p key={hint} class="hint" data-word={word("Try:")}>
            {plain(hint)}
          </p>
        ))}
        {again && (
          <Button small onClick={again}>
            {word("Try again")}
          </Button>
        )}
      </div>
    </div>
  );
}

/** The state of something that is loaded: a failure, or a quiet remark while it takes long. */
export function Loading({
  of: { error, loading, again },
}: {
  of: { error: ApiError | undefined; loading: boolean; again: () => void };
}) {
  if (error) return <Failure error={error.error} again={again} />;
  return loading ? <p class="loading">{word("Loading…")}</p> : null;
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  );
}

const shapes = {
  good: { shape: "check", word: "done", tone: "good" as const },
  bad: { shape: "cross", word: "failed", tone: "bad" as const },
  plain: { shape: "disc", word: "note", tone: "busy" as const },
};

/** Short messages in a corner; read out by screen readers. */
export function Toaster() {
  const all = useStore(toasts);
  return (
    <div class="toaster" role="status" aria-live="polite">
      {all.map((one) => (
        <div key={one.key} class={`toast ${one.tone}`}>
          <Shape state={shapes[one.tone]} />
          <div class="toast-text">
            <span>{plain(one.text)}</span>
            {one.detail && <small>{plain(one.detail)}</small>}
          </div>
          {one.operation && (
            <Button small kind="quiet" onClick={() => openOperation(one.operation ?? "")}>
              {word("Show")}
            </Button>
          )}
          <Button small kind="quiet" icon="close" label={word("Dismiss")} onClick={() => closeToast(one.key)} />
        </div>
      ))}
    </div>
  );
}
