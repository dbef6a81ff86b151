// What the teacher said: a list, and how many of it are new.
import { useEffect } from "preact/hooks";
import type { Me } from "../api/class";
import { plain } from "../lib/plain-text";
import { Store, useStore } from "../lib/store";
import { Dialog } from "../ui/dialog";
import { me as live } from "./me";
import { clockOf, useWords } from "./words";

const KEY = "halab.messages";

/** The class and the moment of the newest message that was seen. */
const seen = new Store<string>(stored());

function stored(): string {
  try {
    return localStorage.getItem(KEY) ?? "";
  } catch {
    return "";
  }
}

const markOf = (me: Me, at: string) => `${me.class} ${at}`;

/** How many messages were not seen yet. */
export function useUnread(me: Me): number {
  const last = useStore(seen);
  const place = me.messages.findLastIndex((one) => markOf(me, one.at) === last);
  return me.messages.length - 1 - place;
}

function see(me: Me): void {
  const last = me.messages.at(-1);
  if (!last) return;
  seen.set(markOf(me, last.at));
  try {
    localStorage.setItem(KEY, seen.value);
  } catch {
    // A browser that keeps nothing counts them again.
  }
}

export function Messages({ close }: { close: () => void }) {
  const w = useWords();
  const me = useStore(live).value;
  const all = me?.messages ?? [];
  useEffect(() => me && see(me), [all.length]);
  return (
    <Dialog title={w.messages} close={close}>
      {all.length === 0 && <p class="muted">{w.noMessages}</p>}
      <ol class="said">
        {[...all].reverse().map((one, place) => (
          <li key={all.length - place}>
            <time class="muted small" dateTime={one.at}>
              {clockOf(one.at)}
            </time>
            <p>{plain(one.text)}</p>
          </li>
        ))}
      </ol>
    </Dialog>
  );
}
