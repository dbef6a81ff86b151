// Notes on the instance, and its whole history.
import { useState } from "preact/hooks";
import { writeNotes } from "../actions/catalog";
import { hindrance, start } from "../actions/perform";
import { get, part } from "../api/http";
import type { Operation } from "../api/types";
import { useLoad, useLook } from "../lib/hooks";
import { useStore } from "../lib/store";
import { OperationTable } from "../shell/history";
import { overview } from "../state/live";
import { Button } from "../ui/button";
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
  const kept = useLook<string>("notes", { instance });
  const [changed, setChanged] = useState<string>();
  const text = changed ?? kept.value ?? "";
  const action = writeNotes(instance, text);
  const save = async () => {
    if ((await start(action)) !== undefined) setChanged(undefined);
    kept.again();
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
        onInput={(event) => setChanged(event.currentTarget.value)}
        aria-describedby="notes-about"
      />
      <small class="about" id="notes-about">
        All who see this instance see its notes. They go when it is taken down.
      </small>
      <div class="toolbar">
        <Button
          tip={action.command}
          hindered={hindrance() ?? (changed === undefined ? "The notes are as they were saved" : undefined)}
          onClick={save}
        >
          Save the notes
        </Button>
      </div>
    </section>
  );
}
