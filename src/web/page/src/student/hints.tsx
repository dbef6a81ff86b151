// The hints that were bought, and the next one with its price.
import { useState } from "preact/hooks";
import type { Me } from "../api/class";
import { overview } from "../state/live";
import { Button } from "../ui/button";
import { ask } from "./deeds";
import { me as live } from "./me";
import { useText, useWords } from "./words";

// The state of the class comes a moment after the operation has ended.
const SETTLED_MS = 4000;

const count = () => live.value.value?.current?.hints.length ?? 0;
const ended = (operation: string) =>
  overview.value.value?.operations.find((one) => one.id === operation)?.standing === "done";

export function Hints({ me, stop }: { me: Me; stop: string | undefined }) {
  const w = useWords();
  const text = useText();
  const [none, setNone] = useState(false);
  const { hints = [], "more-hints": more = [], "next-hint": next } = me.current ?? {};
  if (hints.length + more.length === 0) return null;
  // Which one comes next depends on what the last check saw.
  const price = typeof next === "number" ? w.range(next, next) : w.range(Math.min(...more), Math.max(...more));
  const buy = () => {
    setNone(false);
    const had = hints.length;
    ask(
      { title: w.buyTitle, texts: [w.buyText(price)], label: w.buy },
      { request: "hint", body: { instance: me.instance }, done: undefined, failed: w.hintFailed },
      (operation) => setTimeout(() => setNone(ended(operation) && count() === had), SETTLED_MS),
    );
  };
  return (
    <section aria-labelledby="hints">
      <h2 id="hints">{w.hints}</h2>
      {hints.length > 0 && (
        <ol class="hint-list">
          {hints.map((hint, place) => (
            <li key={place}>
              <p>{text(hint.text)}</p>
              <p class="muted small">{w.costs(String(hint.cost))}</p>
            </li>
          ))}
        </ol>
      )}
      {more.length === 0 ? (
        <p class="muted">{w.noHints}</p>
      ) : (
        <div class="actions">
          <Button hindered={stop} onClick={buy}>
            {w.buyHint(price)}
          </Button>
          <span role="status">{none ? w.noHint : ""}</span>
        </div>
      )}
    </section>
  );
}
