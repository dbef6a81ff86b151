// The open terminals of students: a button for each, and what it shows.
import { useEffect, useMemo, useState } from "preact/hooks";
import type { Board, OpenTerminal, SeatRow } from "../api/class";
import { plain } from "../lib/plain-text";
import { useStore } from "../lib/store";
import { openModal } from "../state/modal";
import { settings } from "../state/settings";
import { Pane } from "../terminal/pane";
import { TerminalSession } from "../terminal/session";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Tag } from "../ui/marks";
import { board as live } from "./board";
import { clockOf } from "./marks";
import { benchOf } from "./people";

const SYMBOLS = { shell: "terminal", console: "server", logs: "text" } as const;

export function LookButtons({ row, board }: { row: SeatRow; board: Board }) {
  const open = board.terminals.filter((one) => one.instance === row.instance);
  return (
    <span class="class-looks">
      {open.map((one) => (
        <Button
          key={one.id}
          small
          icon={one.watched.length > 0 ? "eye" : SYMBOLS[one.kind]}
          label={`Look at the ${one.kind} of ${row.seat} on ${one.node}`}
          tip={tip(one, row)}
          onClick={() => openModal((close) => <LookDialog of={one} bench={benchOf(row)} close={close} />)}
        >
          {one.node}
        </Button>
      ))}
    </span>
  );
}

function tip(one: OpenTerminal, row: SeatRow): string {
  const by = settings.value.names && row.students.length > 1 ? ` of ${plain(one.who)}` : "";
  const watched = one.watched.map(({ name }) => plain(name)).join(", ");
  return `${one.kind}${by}, since ${clockOf(one.since)}${watched ? `; looks: ${watched}` : ""}`;
}

function LookDialog({ of, bench, close }: { of: OpenTerminal; bench: string; close: () => void }) {
  const [takeOver, setTakeOver] = useState(false);
  const session = useMemo(
    () => new TerminalSession(of.instance, of.node, of.kind, { id: of.id, takeOver }),
    [of.id, takeOver],
  );
  useEffect(() => () => session.close(), [session]);
  const row = useStore(live).value?.terminals.find((one) => one.id === of.id);
  const link = useStore(session.link);
  const over = link.kind === "closed" && row === undefined ? "The terminal is closed" : undefined;
  return (
    <Dialog title={`${of.kind} of ${bench} on ${of.node}`} close={close} wide>
      <div class="look">
        <div class="actions">
          <Button
            icon="keyboard"
            pressed={takeOver}
            hindered={over ?? (of.kind === "logs" ? "Logs take no keys" : undefined)}
            tip="What you type reaches the terminal of the student"
            onClick={() => setTakeOver(!takeOver)}
          >
            Type, too
          </Button>
          <Tag icon="eye">the student sees that you {takeOver ? "type" : "look"}</Tag>
        </div>
        <Pane key={session.key} session={session} focus={takeOver} />
      </div>
    </Dialog>
  );
}
