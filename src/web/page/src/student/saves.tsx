// Save points, and the way back to the start.
import { useState } from "preact/hooks";
import type { Me } from "../api/class";
import { Button } from "../ui/button";
import { TextField } from "../ui/field";
import { ask, begin } from "./deeds";
import { clockOf, useWords } from "./words";

const MOST = 3;
const NAME = /^[a-z][a-z0-9-]{0,30}$/;

export function Saves({ me, hindered }: { me: Me; hindered: string | undefined }) {
  const w = useWords();
  const saves = me.current?.saves ?? [];
  const { instance, autosaved } = me;
  const undo = () =>
    ask(
      { title: w.undoTitle, texts: [w.undoText], label: w.undo, danger: true },
      { request: "undo", body: { instance }, done: w.undone, failed: w.undoFailed },
    );
  const load = (name: string) =>
    ask(
      { title: w.loadTitle(name), texts: [w.loadText], label: w.load, danger: true },
      { request: "load", body: { name, instance }, done: w.loaded(name), failed: w.loadFailed },
    );
  const revive = (at: string) =>
    ask(
      { title: w.reviveTitle(at), texts: [w.reviveText], label: w.revive, danger: true },
      { request: "class-revive", body: { instance }, done: w.revived(at), failed: w.reviveFailed },
    );
  return (
    <section aria-labelledby="saves">
      <h2 id="saves">{w.saves}</h2>
      <p class="muted small">{w.savesText}</p>
      {saves.length > 0 && (
        <ul class="plain-list">
          {saves.map((name) => (
            <li key={name} class="row">
              <span class="mono">{name}</span>
              <Button small icon="undo" hindered={hindered} onClick={() => load(name)}>
                {w.load}
              </Button>
            </li>
          ))}
        </ul>
      )}
      {autosaved !== null && (
        <div class="row">
          <span>{w.autosaved(clockOf(autosaved))}</span>
          <Button small icon="undo" hindered={hindered} onClick={() => revive(clockOf(autosaved))}>
            {w.revive}
          </Button>
        </div>
      )}
      <NewSave instance={instance} saves={saves} hindered={hindered} />
      <div class="actions">
        <Button icon="undo" hindered={hindered} onClick={undo}>
          {w.undo}
        </Button>
      </div>
    </section>
  );
}

interface NewSaveProps {
  readonly instance: string;
  readonly saves: readonly string[];
  readonly hindered: string | undefined;
}

function NewSave({ instance, saves, hindered }: NewSaveProps) {
  const w = useWords();
  const [typed, setName] = useState<string>();
  const free = [1, 2, 3].map((number) => `save-${number}`).find((name) => !saves.includes(name)) ?? "";
  const name = typed ?? free;
  const full = saves.length >= MOST ? w.mostSaves : undefined;
  const wrong = NAME.test(name) ? undefined : w.saveRule;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (hindered ?? full ?? wrong) return;
    void begin({ request: "save", body: { name, instance }, done: w.saved(name), failed: w.saveFailed });
    setName(undefined);
  };
  return (
    <form class="toolbar" onSubmit={submit}>
      <TextField label={w.saveName} value={name} set={setName} hindered={hindered ?? full} />
      <Button submit icon="flag" hindered={hindered ?? full ?? wrong}>
        {w.save}
      </Button>
    </form>
  );
}
