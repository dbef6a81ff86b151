// What a teacher can do for one bench.
import { start } from "../actions/perform";
import type { Board, SeatRow } from "../api/class";
import { plain } from "../lib/plain-text";
import { useStore } from "../lib/store";
import { openModal } from "../state/modal";
import { href } from "../state/route";
import { settings } from "../state/settings";
import { ActionButton, Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { cardsCommand, freeze, grade, reseed } from "./actions";
import { board as live } from "./board";
import { Cards } from "./cards";
import { ExtendForm, SayForm } from "./orders";
import { benchOf } from "./people";

export function SeatDialog({ seat, close }: { seat: string; close: () => void }) {
  const board = useStore(live).value;
  useStore(settings);
  const row = board?.seats.find((one) => one.seat === seat);
  return (
    <Dialog title={row ? benchOf(row) : seat} close={close} wide>
      {board && row ? <Body board={board} row={row} close={close} /> : <p>The class has no such seat now.</p>}
    </Dialog>
  );
}

function Body({ board, row, close }: { board: Board; row: SeatRow; close: () => void }) {
  const closed = board.closed ? "The class is closed" : undefined;
  const frozen = row.phase === "frozen";
  const frozenAction = freeze(board.class, row.seat, frozen);
  return (
    <>
      <div class="actions">
        <a class="button plain" href={href.instance(row.instance)} onClick={close}>
          Topology of {row.instance}
        </a>
        <a class="button plain" href={href.instance(row.instance, "terminals")} onClick={close}>
          Terminals
        </a>
      </div>
      <SayForm name={board.class} student={row.seat} hindered={closed} then={close} />
      <ExtendForm name={board.class} student={row.seat} hindered={closed} then={close} />
      <div class="actions">
        <Button
          hindered={closed}
          icon={frozen ? "play" : "stop"}
          tip={frozenAction.command}
          onClick={() => void start(frozenAction)}
        >
          {frozenAction.label}
        </Button>
        <ActionButton action={reseed(board.class, row.seat)} hindered={closed} />
        <ActionButton action={grade(board.class, row.seat)} icon="check" />
        {row.students.map((one) => (
          <Button
            key={one.seat}
            icon="user"
            hindered={closed}
            tip={cardsCommand(one.seat)}
            onClick={() => openModal((end) => <Cards name={board.class} student={one} close={end} />)}
          >
            New card{row.students.length > 1 ? ` for ${settings.value.names ? plain(one.name) : one.seat}` : ""}…
          </Button>
        ))}
      </div>
    </>
  );
}
