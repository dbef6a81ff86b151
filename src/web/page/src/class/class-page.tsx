// The page of a teacher: how the open class is doing.
import { useEffect } from "preact/hooks";
import { useStore } from "../lib/store";
import { addStyles } from "../lib/styles";
import { session } from "../state/session";
import dialogs from "../style/class-dialogs.css" with { type: "text" };
import page from "../style/class.css" with { type: "text" };
import { Command } from "../ui/button";
import { Empty, Failure } from "../ui/feedback";
import { OPEN } from "./actions";
import { board as live, followBoard } from "./board";
import { Head } from "./head";
import { Running } from "./running";
import { BoardTable } from "./table";
import { WrongAnswers } from "./wrong-answers";

addStyles(page, dialogs);

export function ClassPage() {
  const { value: board, error, connection } = useStore(live);
  useEffect(followBoard, []);
  if (!session.teaches) return <Empty title="Only operators of the whole machine lead a class" />;
  return (
    <div class="class-page">
      {connection === "reconnecting" && <p class="connection reconnecting">Reconnecting…</p>}
      {!board && !error && <p class="loading">Loading…</p>}
      {error && (error.kind === "not-found" ? <NoClass /> : <Failure error={error} />)}
      {board && (
        <>
          <Head board={board} />
          <Running name={board.class} />
          <BoardTable board={board} />
          <WrongAnswers board={board} />
        </>
      )}
    </div>
  );
}

function NoClass() {
  return (
    <Empty title="No class is open">
      <p>
        A class is a file <code>class.toml</code> with its exercises, its times and its roster. The command opens it;
        each student then gets a cluster, and a card with a code.
      </p>
      <Command text={OPEN} />
    </Empty>
  );
}
