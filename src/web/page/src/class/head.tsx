// The head of a class: its title, its time, how many are there, and what can be done for all.
import type { Board } from "../api/class";
import { moment, several } from "../lib/format";
import { inEnglish } from "../lib/localized";
import { countdown } from "../lib/millis";
import { plain } from "../lib/plain-text";
import { useStore } from "../lib/store";
import { openModal } from "../state/modal";
import { useServerNow } from "../state/server-clock";
import { change, settings } from "../state/settings";
import { ActionButton, Button } from "../ui/button";
import { Tag } from "../ui/marks";
import { cardsCommand, close, deadline, exportCommand, extend, freeze, grade, RECORDINGS, say, VERIFY } from "./actions";
import { Cards } from "./cards";
import { CloseDialog } from "./close-dialog";
import { ExportDialog } from "./export-dialog";
import { ExtendDialog, SayDialog } from "./orders";
import { RecordingsDialog } from "./recordings-dialog";
import { VerifyDialog } from "./verify-dialog";

export function Head({ board }: { board: Board }) {
  const { names } = useStore(settings);
  return (
    <>
      <div class="page-head">
        <div class="page-title">
          <h1>{plain(inEnglish(board.title))}</h1>
          <span class="mono muted">{board.class}</span>
          {board.exam && <Tag tone="warn">exam</Tag>}
          {board.closed && <Tag>closed</Tag>}
          <Time board={board} />
        </div>
        <Button icon="user" pressed={!names} onClick={() => change({ names: !names })}>
          {names ? "Hide names" : "Names are hidden"}
        </Button>
      </div>
      <p class="page-about muted">{countsOf(board)}</p>
      {board.disk?.["nearly-full"] && (
        <p class="class-disk" role="status">
          <Tag tone="bad" icon="warning">
            disk {board.disk.used} % full
          </Tag>
          Students can begin and save nothing until less than 90 % is used. Hand-ins and gradings go on.
        </p>
      )}
      <Actions board={board} />
    </>
  );
}

function countsOf({ seats }: Board): string {
  const students = seats.flatMap((one) => one.students).length;
  const joined = seats.flatMap((one) => one.joined).length;
  const hands = seats.filter((one) => one.hand).length;
  return `${joined} of ${several(students, "student")} joined, ${several(hands, "hand")} up`;
}

function Time({ board }: { board: Board }) {
  const now = useServerNow(!board.closed);
  if (board.closed) return null;
  const begins = board.begins === null ? undefined : Date.parse(board.begins);
  if (begins !== undefined && begins > now) return <span class="class-clock">begins in {countdown(begins - now)}</span>;
  if (board.ends === null) return null;
  const left = Date.parse(board.ends) - now;
  return (
    <span class="class-clock" data-tip={moment(board.ends)}>
      {left > 0 ? `${countdown(left)} left` : "the time is over"}
    </span>
  );
}

function Actions({ board }: { board: Board }) {
  const name = board.class;
  const closed = board.closed ? "The class is closed" : undefined;
  const frozen = board.seats.filter((one) => one.phase === "frozen").length;
  const working = board.seats.some((one) => one.phase === "working");
  return (
    <div class="actions class-actions" role="group" aria-label="For the whole class">
      <Button
        icon="message"
        hindered={closed}
        tip={say(name, undefined, "").command}
        onClick={() => openModal((end) => <SayDialog name={name} close={end} />)}
      >
        Message to all…
      </Button>
      <Button
        icon="clock"
        hindered={closed}
        tip={extend(name, undefined, 10).command}
        onClick={() => openModal((end) => <ExtendDialog name={name} close={end} />)}
      >
        Extend all…
      </Button>
      {(working || frozen === 0) && (
        <ActionButton action={freeze(name, undefined, false)} icon="stop" hindered={closed}>
          Freeze all
        </ActionButton>
      )}
      {frozen > 0 && (
        <ActionButton action={freeze(name, undefined, true)} icon="play" hindered={closed}>
          Unfreeze all
        </ActionButton>
      )}
      <ActionButton action={deadline(name)} icon="flag" hindered={closed} />
      <ActionButton action={grade(name)} icon="check" />
      <Button
        icon="save"
        tip={exportCommand("csv", "en", false)}
        onClick={() => openModal((end) => <ExportDialog name={name} close={end} />)}
      >
        Export…
      </Button>
      <Button tip={VERIFY} onClick={() => openModal((end) => <VerifyDialog name={name} close={end} />)}>
        Verify
      </Button>
      {board.exam && (
        <Button
          icon="eye"
          tip={RECORDINGS}
          onClick={() => openModal((end) => <RecordingsDialog name={name} close={end} />)}
        >
          Recordings…
        </Button>
      )}
      <Button
        icon="user"
        hindered={closed}
        tip={cardsCommand(undefined)}
        onClick={() => openModal((end) => <Cards name={name} close={end} />)}
      >
        Make cards…
      </Button>
      <Button
        kind="danger"
        hindered={closed}
        tip={close(name, false).command}
        onClick={() => openModal((end) => <CloseDialog name={name} close={end} />)}
      >
        Close the class…
      </Button>
    </div>
  );
}
