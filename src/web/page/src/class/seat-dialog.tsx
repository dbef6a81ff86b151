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
import { Mark } from "../ui/marks";
import { cardsCommand, freeze, grade, reseed, showCommand } from "./actions";
import { board as live } from "./board";
import { Cards } from "./cards";
import { HistoryDialog } from "./history-dialog";
import { joinedState } from "./marks";
import { ExtendForm, SayForm } from "./orders";

export function SeatDialog({ seat, close }: { seat: string; close: () => void }) {
  const board = useStore(live).value;
  useStore(settings);
  const row = board?.seats.find((one) => one.seat === seat);
  return (
    <Dialog title={row ? `Seat ${row.seat}, ${row.instance}` : seat} close={close} wide>
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
      <Members board={board} row={row} closed={closed} />
      <div class="actions">
        <Button
          icon="clock"
          tip={showCommand(row.seat)}
          onClick={() => openModal((end) => <HistoryDialog name={board.class} row={row} close={end} />)}
        >
          What happened…
        </Button>
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
      </div>
    </>
  );
}

/** Those who share the cluster, each with a card of their own. */
function Members({ board, row, closed }: { board: Board; row: SeatRow; closed: string | undefined }) {
  const { names } = useStore(settings);
  return (
    <ul class="class-members" aria-label="Students">
      {row.students.map((one) => (
        <li key={one.seat}>
          <span class="mono muted">{one.seat}</span>
          {names && <strong>{plain(one.name)}</strong>}
          <Mark state={joinedState(row.joined.includes(one.seat) ? 1 : 0, 1)} />
          <Button
            small
            icon="user"
            hindered={closed}
            tip={cardsCommand(one.seat)}
            onClick={() => openModal((end) => <Cards name={board.class} student={one} close={end} />)}
          >
            New card…
          </Button>
        </li>
      ))}
    </ul>
  );
}
