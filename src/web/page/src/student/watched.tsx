// What a student has to know of a terminal: who looks, who types, and whether it is recorded.
import { plain } from "../lib/plain-text";
import { useStore } from "../lib/store";
import { settings } from "../state/settings";
import type { TerminalSession } from "../terminal/session";
import { Tag } from "../ui/marks";
import { useWords } from "./words";

const NAMED = /^(.*) \((looks|types)\)$/s;

export function Watched({ session }: { session: TerminalSession }) {
  const w = useWords();
  const { language } = useStore(settings);
  const watched = useStore(session.watched);
  const recorded = useStore(session.recorded);
  return (
    <span class="pane-marks" lang={language} role="status">
      {recorded && (
        <Tag tone="warn" icon="record" tip={w.recordedTip}>
          {w.recorded}
        </Tag>
      )}
      {watched.map((one, place) => {
        const [, name = one, what = "looks"] = NAMED.exec(one) ?? [];
        const types = what === "types";
        return (
          <Tag key={place} tone={types ? "bad" : "busy"} icon={types ? "keyboard" : "eye"} tip={w.watchedTip}>
            {types ? w.typesToo(plain(name)) : w.looks(plain(name))}
          </Tag>
        );
      })}
    </span>
  );
}
