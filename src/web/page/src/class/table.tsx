// One row for each bench. The server puts those first who need help.
import type { Board, SeatRow } from "../api/class";
import { inEnglish } from "../lib/localized";
import { millis } from "../lib/millis";
import { plain } from "../lib/plain-text";
import { useStore } from "../lib/store";
import { openModal } from "../state/modal";
import { href } from "../state/route";
import { useServerNow } from "../state/server-clock";
import { settings } from "../state/settings";
import { Button } from "../ui/button";
import { Mark, Tag } from "../ui/marks";
import { CellOf } from "./cell";
import { LookButtons } from "./look";
import { ago, clockOf, joinedState, phase } from "./marks";
import { benchOf, othersOf } from "./people";
import { SeatDialog } from "./seat-dialog";
import { type Most, mostOf, TakesOf } from "./takes";

const EVERY_MS = 10_000;

export function BoardTable({ board }: { board: Board }) {
  const now = useServerNow(!board.closed, EVERY_MS);
  const { names } = useStore(settings);
  const most = mostOf(board);
  return (
    <div class="table-frame class-frame" tabIndex={0} role="region" aria-label="Benches">
      <table class="table class-table">
        <thead>
          <tr>
            <th scope="col">Seat</th>
            {names && <th scope="col">Names</th>}
            <th scope="col">Joined</th>
            <th scope="col">Hand</th>
            <th scope="col">Last sign</th>
            <th scope="col">Terminals</th>
            <th scope="col">State</th>
            <th scope="col">Ends</th>
            <th scope="col" data-tip="Memory, disk, and the processor time of the last minute">
              Takes
            </th>
            {board.exercises.map(([name, title, time]) => (
              <th key={name} scope="col" data-tip={`${name}, planned: ${time}`}>
                {plain(inEnglish(title))}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {board.seats.map((row) => (
            <Row key={row.seat} row={row} board={board} most={most} now={now} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ row, board, most, now }: { row: SeatRow; board: Board; most: Most; now: number }) {
  const { joined, students } = row;
  const { names } = useStore(settings);
  const differs = row.ends !== null && board.ends !== null ? difference(row.ends, board.ends) : 0;
  return (
    <tr class={row.hand ? "hand-up" : ""}>
      <th scope="row">
        <span class="class-seat">
          <a href={href.instance(row.instance)}>{row.seat}</a>
          <Button
            small
            icon="menu"
            label={`Actions for ${benchOf(row)}`}
            onClick={() => openModal((close) => <SeatDialog seat={row.seat} close={close} />)}
          />
        </span>
        {!names && students.length > 1 && <div class="small muted">with {othersOf(row)}</div>}
      </th>
      {names && (
        <td class="class-names">
          {students.map((one) => (
            <div key={one.seat}>{plain(one.name)}</div>
          ))}
        </td>
      )}
      <td>
        <Mark state={joinedState(joined.length, students.length)} />
      </td>
      <td>
        {row.hand && (
          <Tag tone="bad" icon="hand">
            hand up
          </Tag>
        )}
      </td>
      <td class="number">{row["last-sign"] === null ? "" : ago(row["last-sign"], now)}</td>
      <td>
        <LookButtons row={row} board={board} />
      </td>
      <td>
        <Mark state={phase(row.phase)} />
        {!row.stands && row.phase !== "before" && <div class="small muted">no cluster</div>}
      </td>
      <td class="number">
        {row.ends !== null && clockOf(row.ends)}
        {differs !== 0 && (
          <div class="small muted">
            {differs < 0 ? "−" : "+"}
            {Math.abs(differs)} min
          </div>
        )}
      </td>
      <td>
        <TakesOf takes={row.takes} most={most} />
      </td>
      {row.cells.map((cell, place) => (
        <td key={place} class="class-work">
          <CellOf cell={cell} planned={millis(board.exercises[place]?.[2] ?? "")} now={now} />
        </td>
      ))}
    </tr>
  );
}

/** In minutes. */
const difference = (own: string, of: string): number => Math.round((Date.parse(own) - Date.parse(of)) / 60_000);
