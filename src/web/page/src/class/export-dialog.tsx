// The grades of a class as a file for another program.
import { useState } from "preact/hooks";
import type { Exported } from "../api/class";
import { ApiError, look } from "../api/http";
import { several } from "../lib/format";
import { plain } from "../lib/plain-text";
import type { Language } from "../state/settings";
import { Button, Command } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Failure } from "../ui/feedback";
import { CheckField, ChoiceField } from "../ui/field";
import { exportCommand } from "./actions";

interface Format {
  readonly text: string;
  /** The ending of its files, and what they are. */
  readonly file: string;
  readonly type: string;
  /** Its reader finds students by their ids. */
  readonly needsNames?: boolean;
}

const FORMATS: Record<string, Format> = {
  csv: { text: "CSV: all, a line for each check", file: "csv", type: "text/csv" },
  html: { text: "HTML: a page to look at and to print", file: "html", type: "text/html" },
  json: { text: "JSON: all, for programs", file: "json", type: "application/json" },
  junit: { text: "JUnit: test suites, for CI servers", file: "xml", type: "application/xml" },
  moodle: { text: "Moodle", file: "csv", type: "text/csv", needsNames: true },
  canvas: { text: "Canvas", file: "csv", type: "text/csv", needsNames: true },
  lti: { text: "LTI: scores of its grade services", file: "jsonl", type: "application/x-ndjson", needsNames: true },
  gradescope: { text: "Gradescope: results of autograders", file: "json", type: "application/json", needsNames: true },
};

const LANGUAGES: readonly (readonly [Language, string])[] = [
  ["en", "English"],
  ["id", "Indonesian"],
];

type State =
  | { readonly kind: "asking" | "writing" }
  | { readonly kind: "failed"; readonly error: ApiError }
  | { readonly kind: "done"; readonly name: string; readonly notes: readonly string[] };

export function ExportDialog({ name, close }: { name: string; close: () => void }) {
  const [format, setFormat] = useState("csv");
  const [language, setLanguage] = useState<Language>("en");
  const [hide, setHide] = useState(false);
  const [state, set] = useState<State>({ kind: "asking" });
  const chosen = FORMATS[format];
  const hides = hide && !chosen?.needsNames;
  // What was said is about the file that was written.
  const change =
    <T,>(put: (value: T) => void) =>
    (value: T) => {
      put(value);
      set({ kind: "asking" });
    };
  const write = async () => {
    if (state.kind === "writing" || !chosen) return;
    set({ kind: "writing" });
    try {
      const body = { class: name, format, language, "hide-names": hides };
      const { text, notes } = await look<Exported>("class-export", body);
      const file = fileName(name, format, hides, chosen.file);
      download(file, chosen.type, text);
      set({ kind: "done", name: file, notes });
    } catch (cause) {
      set({ kind: "failed", error: ApiError.of(cause) });
    }
  };
  const footer = (
    <>
      <Button onClick={close}>Close</Button>
      <Button kind="primary" icon="save" submit hindered={state.kind === "writing" ? "It is being written" : undefined}>
        Download
      </Button>
    </>
  );
  return (
    <Dialog title="Export the grades" close={close} footer={footer} submit={() => void write()}>
      <ChoiceField
        label="Format"
        value={format}
        set={change(setFormat)}
        choices={Object.entries(FORMATS).map(([word, { text }]) => [word, text] as const)}
        first
      />
      <ChoiceField
        label="Language"
        value={language}
        set={change((value: string) => setLanguage(value as Language))}
        choices={LANGUAGES}
        about="Of titles, and of what the checks saw"
      />
      <CheckField
        label="Seats instead of names, ids and addresses"
        value={hides}
        set={change(setHide)}
        hindered={chosen?.needsNames ? "This program finds students by their ids" : undefined}
      />
      <p class="note">
        An exercise that was not handed in is empty, and never zero. What was not graded yet, and what a teacher has to
        decide, is marked, or named below.
      </p>
      <Command text={exportCommand(format, language, hides)} />
      {state.kind === "writing" && <p class="loading">Writing…</p>}
      {state.kind === "failed" && <Failure error={state.error.error} />}
      {state.kind === "done" && <Done name={state.name} notes={state.notes} />}
    </Dialog>
  );
}

function Done({ name, notes }: { name: string; notes: readonly string[] }) {
  return (
    <div role="status">
      <p>
        <strong class="mono">{name}</strong> was written{notes.length > 0 && `, with ${several(notes.length, "note")}:`}
      </p>
      <ul class="plain-list class-notes">
        {notes.map((note, place) => (
          <li key={place}>{plain(note)}</li>
        ))}
      </ul>
    </div>
  );
}

/** `ha1-moodle-2026-12-01.csv`. Grades of two moments must not have one name. */
function fileName(name: string, format: string, hides: boolean, ending: string): string {
  const now = new Date();
  const two = (value: number) => String(value).padStart(2, "0");
  const day = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join("-");
  const words = [name, format === ending ? "grades" : format, hides && "seats", day];
  return `${words.filter(Boolean).join("-")}.${ending}`;
}

/** Gives a text to the browser as a file. */
function download(name: string, type: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
