// The recordings of an exam: what the terminals of students showed, to be played or saved.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Recorded, RecordingRow } from "../api/class";
import { ApiError, BASE, failure, part } from "../api/http";
import { bytes, duration, moment, several } from "../lib/format";
import { useLook } from "../lib/hooks";
import { millis } from "../lib/millis";
import { useStore } from "../lib/store";
import { parse } from "../terminal/cast";
import { Player } from "../terminal/player";
import { Button, Command } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Failure, Loading } from "../ui/feedback";
import { Tag } from "../ui/marks";
import { RECORDINGS } from "./actions";

const SPEEDS = [1, 4, 16] as const;

export function RecordingsDialog({ name, close }: { name: string; close: () => void }) {
  const found = useLook<Recorded>("class-recordings", { class: name });
  const [chosen, choose] = useState<RecordingRow>();
  const all = found.value?.recordings;
  return (
    <Dialog title="Recordings of terminals" close={close} wide>
      <Loading of={found} />
      {chosen && (
        <div class="look">
          <Play key={chosen.name} address={addressOf(name, chosen)} row={chosen} />
        </div>
      )}
      {all?.length === 0 && <p>No terminal was open yet.</p>}
      {all && all.length > 0 && <Table name={name} all={all} chosen={chosen} choose={choose} />}
      <Command text={RECORDINGS} />
    </Dialog>
  );
}

const addressOf = (name: string, row: RecordingRow) => `${BASE}/classes/${part(name)}/recordings/${part(row.name)}`;

interface TableProps {
  readonly name: string;
  readonly all: readonly RecordingRow[];
  readonly chosen: RecordingRow | undefined;
  readonly choose: (row: RecordingRow) => void;
}

function Table({ name, all, chosen, choose }: TableProps) {
  return (
    <div class="table-frame">
      <table class="table">
        <caption class="hidden-text">{several(all.length, "recording")}</caption>
        <thead>
          <tr>
            <th>Seat</th>
            <th>Node</th>
            <th>Began</th>
            <th>Length</th>
            <th>Size</th>
            <th>
              <span class="hidden-text">What can be done</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {all.map((row) => (
            <tr key={row.name}>
              <td class="mono">{row.seat}</td>
              <td>{row.node}</td>
              <td class="number">{moment(row.began)}</td>
              <td class="number">{duration(millis(row.length))}</td>
              <td class="number">
                {bytes(row.bytes)} {row.cut && <Tag tone="warn">cut</Tag>}
              </td>
              <td>
                <span class="actions">
                  <Button
                    small
                    icon="play"
                    pressed={row.name === chosen?.name}
                    label={`Play ${row.seat} on ${row.node}, ${moment(row.began)}`}
                    onClick={() => choose(row)}
                  />
                  <a class="button small" href={addressOf(name, row)} download={row.name}>
                    Save
                  </a>
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

type State =
  | { readonly kind: "loading" }
  | { readonly kind: "failed"; readonly error: ApiError }
  | { readonly kind: "ready"; readonly player: Player };

function Play({ address, row }: { address: string; row: RecordingRow }) {
  const place = useRef<HTMLDivElement>(null);
  const [state, set] = useState<State>({ kind: "loading" });
  useEffect(() => {
    let [over, player]: [boolean, Player | undefined] = [false, undefined];
    const begin = async () => {
      const [text, { createView }] = await Promise.all([load(address), import("../terminal/xterm")]);
      const cast = parse(text);
      const host = place.current;
      if (over || !host) return;
      const view = createView({ readOnly: true });
      view.open(host);
      player = new Player(cast, view);
      player.play();
      set({ kind: "ready", player });
    };
    begin().catch((cause: unknown) => {
      if (!over) set({ kind: "failed", error: ApiError.of(cause) });
    });
    return () => {
      over = true;
      player?.close();
    };
  }, [address]);
  return (
    <section class="pane" aria-label={`Recording of ${row.seat} on ${row.node}`}>
      <header class="pane-head">
        <strong>
          {row.seat}, {row.node}
        </strong>
        {state.kind === "loading" && <span class="muted">loading…</span>}
        {state.kind === "ready" && <Controls player={state.player} />}
      </header>
      {state.kind === "failed" && <Failure error={state.error.error} />}
      <div class="pane-body" lang="en">
        <div class="terminal-host" ref={place} />
      </div>
    </section>
  );
}

function Controls({ player }: { player: Player }) {
  const { at, runs, speed } = useStore(player.state);
  const { length } = player.cast;
  return (
    <>
      <Button
        small
        icon={runs ? "stop" : "play"}
        label={runs ? "Pause" : "Play"}
        onClick={() => (runs ? player.pause() : player.play())}
      />
      <input
        class="spring"
        type="range"
        aria-label="The place in the recording"
        aria-valuetext={duration(at * 1000)}
        min={0}
        max={length}
        step="any"
        value={at}
        onInput={(event) => player.seek(Number(event.currentTarget.value))}
      />
      <span class="muted small">
        {duration(at * 1000)} of {duration(length * 1000)}
      </span>
      {SPEEDS.map((one) => (
        <Button key={one} small pressed={one === speed} label={`${one} times as fast`} onClick={() => player.speed(one)}>
          {one}×
        </Button>
      ))}
    </>
  );
}

async function load(address: string): Promise<string> {
  const response = await fetch(address, { credentials: "same-origin", cache: "no-store" });
  if (!response.ok) throw await failure(response);
  return response.text();
}
