// Notes of the person at this browser, and the whole history of the instance.
import { useState } from "preact/hooks";
import { get, part } from "../api/http";
import type { Operation } from "../api/types";
import { useLoad } from "../lib/hooks";
import { useStore } from "../lib/store";
import { OperationTable } from "../shell/history";
import { overview } from "../state/live";
import { Loading } from "../ui/feedback";
import type { TabProps } from "./instance-page";

const LONGEST = 20_000;

export function NotesTab({ instance }: TabProps) {
  const live = useStore(overview).value?.operations ?? [];
  const about = live.filter((one) => one.subject.includes(instance));
  const stamp = `${about[0]?.id} ${about[0]?.standing}`;
  const asked = useLoad(
    () => get<{ operations: Operation[] }>(`/operations?about=${part(instance)}&limit=500`),
    [instance, stamp],
  );
  return (
    <div class="stack">
      <Notes instance={instance} />
      <section>
        <h2>History of {instance}</h2>
        <Loading of={asked} />
        {asked.value && <OperationTable operations={asked.value.operations} />}
      </section>
    </div>
  );
}

function Notes({ instance }: { instance: string }) {
  const key = `halab.notes.${instance}`;
  const [text, setText] = useState(() => read(key));
  const write = (value: string) => {
    setText(value);
    try {
      localStorage.setItem(key, value);
    } catch {
      // A private window keeps nothing.
    }
  };
  return (
    <section class="field">
      <label for="notes">
        <h2>Notes</h2>
      </label>
      <textarea
        id="notes"
        rows={6}
        maxLength={LONGEST}
        value={text}
        placeholder="What you try, and what you expect"
        onInput={(event) => write(event.currentTarget.value)}
        aria-describedby="notes-about"
      />
      <small class="about" id="notes-about">
        Kept in this browser only.
      </small>
    </section>
  );
}

function read(key: string): string {
  try {
    return localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}
