// Plays a recording in a terminal that takes no keys. What a student's programs printed is hostile: it reaches
// xterm.js only, with the sequences off that act beyond it.
import { Store } from "../lib/store";
import { type Cast, countAt, sizeOf } from "./cast";
import type { TerminalView } from "./session";

export interface Playing {
  /** Where it is, in seconds. */
  readonly at: number;
  readonly runs: boolean;
  readonly speed: number;
}

/** How often the place moves on, in milliseconds. */
const TICK = 100;

export class Player {
  readonly state = new Store<Playing>({ at: 0, runs: false, speed: 1 });
  #shown = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  #last = 0;

  constructor(
    readonly cast: Cast,
    readonly view: TerminalView,
  ) {
    this.#begin();
  }

  play(): void {
    const { at, runs } = this.state.value;
    if (runs) return;
    if (at >= this.cast.length) this.seek(0);
    this.#last = performance.now();
    this.#timer = setInterval(() => this.#tick(), TICK);
    this.#set({ runs: true });
  }

  pause(): void {
    clearInterval(this.#timer);
    this.#set({ runs: false });
  }

  speed(speed: number): void {
    this.#set({ speed });
  }

  /** Shows the terminal as it was at a moment. */
  seek(at: number): void {
    // What was shown later cannot be taken back: it is shown again from the beginning.
    if (at < this.state.value.at) this.#begin();
    this.#show(at);
    this.#set({ at });
  }

  close(): void {
    clearInterval(this.#timer);
    this.view.dispose();
  }

  #begin(): void {
    this.#shown = 0;
    this.view.clear();
    this.view.resize(this.cast.width, this.cast.height);
  }

  #tick(): void {
    const now = performance.now();
    const { at, speed } = this.state.value;
    const next = Math.min(at + ((now - this.#last) / 1000) * speed, this.cast.length);
    this.#last = now;
    this.#show(next);
    this.#set({ at: next });
    if (next >= this.cast.length) this.pause();
  }

  #show(at: number): void {
    const until = countAt(this.cast, at);
    const encoder = new TextEncoder();
    let text = "";
    const write = () => {
      if (text !== "") this.view.write(encoder.encode(text), () => undefined);
      text = "";
    };
    for (const { kind, data } of this.cast.frames.slice(this.#shown, until)) {
      if (kind === "o") {
        text += data;
        continue;
      }
      write();
      const size = kind === "r" ? sizeOf(data) : undefined;
      if (size) this.view.resize(...size);
      if (kind === "m") this.view.note(data);
    }
    write();
    this.#shown = Math.max(until, this.#shown);
  }

  #set(change: Partial<Playing>): void {
    this.state.update((state) => ({ ...state, ...change }));
  }
}
