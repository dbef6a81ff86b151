// A terminal and its connection: an own one, or that of a student who is looked at. It lives outside of the
// component tree, so that it goes on while another tab is shown. The bytes of a guest are hostile: they reach
// xterm.js only, with the sequences off that act beyond it.
import { Store } from "../lib/store";
import { word } from "../words";
import type { Kind } from "./kind";

export interface TerminalView {
  open(host: HTMLElement): void;
  write(bytes: Uint8Array, done: () => void): void;
  note(text: string): void;
  fit(): [columns: number, rows: number];
  resize(columns: number, rows: number): void;
  focus(): void;
  text(): string;
  clear(): void;
  onInput(hear: (text: string) => void): void;
  onBinary(hear: (bytes: string) => void): void;
  restyle(): void;
  dispose(): void;
}

export type Link = { kind: "connecting" } | { kind: "open" } | { kind: "closed"; why: string };

/** The open terminal of a student, and whether what is typed reaches it. */
export interface Look {
  readonly id: string;
  readonly takeOver: boolean;
}

/** What the server says about a terminal. */
interface News {
  closed?: unknown;
  watched?: unknown;
  recorded?: unknown;
  size?: unknown;
}

/** A guest that writes faster than the terminal draws must not fill the memory of the browser. */
const MOST_PENDING = 4 << 20;

/** What is typed before the terminal is open waits, up to this number of bytes. */
const MOST_EARLY = 4 << 10;

/** The server takes messages of 64 KiB; a pasted text can be longer. */
const PIECE = 16 << 10;

let next = 1;

export class TerminalSession {
  readonly key = next++;
  readonly host = document.createElement("div");
  readonly link = new Store<Link>({ kind: "connecting" });
  /** Who looks: `Ann (looks)`, `Ann (types)`. */
  readonly watched = new Store<readonly string[]>([]);
  /** Whether all that it shows is recorded. */
  readonly recorded = new Store(false);
  view: TerminalView | undefined;
  #socket: WebSocket | undefined;
  #early: number[] = [];
  #pending = 0;
  #skipped = 0;
  #over = false;

  constructor(
    readonly instance: string,
    readonly node: string,
    readonly kind: Kind,
    readonly look?: Look,
  ) {
    this.host.className = "terminal-host";
    void this.#begin();
  }

  async #begin(): Promise<void> {
    try {
      const { createView } = await import("./xterm");
      if (this.#over) return;
      this.view = createView({ readOnly: this.readOnly });
    } catch {
      this.link.set({ kind: "closed", why: "the terminal could not be loaded" });
      return;
    }
    this.view.open(this.host);
    if (!this.readOnly) this.#passInput(this.view);
    this.connect();
  }

  get readOnly(): boolean {
    return this.look ? !this.look.takeOver : this.kind === "logs";
  }

  #passInput(view: TerminalView): void {
    view.onInput((text) => this.#send(new TextEncoder().encode(text)));
    view.onBinary((text) => this.#send(Uint8Array.from(text, (letter) => letter.charCodeAt(0) & 255)));
  }

  #send(bytes: Uint8Array): void {
    if (this.#socket?.readyState === WebSocket.CONNECTING && this.#early.length + bytes.length <= MOST_EARLY)
      this.#early.push(...bytes);
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    for (let at = 0; at < bytes.length; at += PIECE) {
      this.#socket.send(bytes.slice(at, at + PIECE) as Uint8Array<ArrayBuffer>);
    }
  }

  connect(): void {
    this.#socket?.close();
    // The logs begin with their last lines again, and so does what a student sees.
    if (this.readOnly || this.look) this.view?.clear();
    this.watched.set([]);
    const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/api/v1/terminals${this.#path()}`);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    this.#early = [];
    this.link.set({ kind: "connecting" });
    let why = "";
    socket.onopen = () => {
      this.link.set({ kind: "open" });
      this.resize();
      this.#send(Uint8Array.from(this.#early));
    };
    socket.onmessage = ({ data }: MessageEvent<ArrayBuffer | string>) => {
      if (typeof data === "string") why = this.#hear(data) ?? why;
      else this.#draw(new Uint8Array(data));
    };
    socket.onclose = (event) => {
      if (this.#socket === socket)
        this.link.set({ kind: "closed", why: why || event.reason || "the connection ended" });
    };
  }

  #path(): string {
    const { look, instance, node, kind } = this;
    if (look) return `/${look.id}?${new URLSearchParams({ "take-over": String(look.takeOver) })}`;
    return `?${new URLSearchParams({ instance, node, kind })}`;
  }

  /** Takes a message of the server; returns why the terminal is closed, if it says so. */
  #hear(text: string): string | undefined {
    const { closed, watched, recorded, size } = news(text);
    if (Array.isArray(watched)) this.watched.set(watched.map(String));
    if (recorded === true) this.recorded.set(true);
    // The window of the student, who chooses it.
    if (this.look && Array.isArray(size)) this.view?.resize(limited(size[0], 1000), limited(size[1], 500));
    return typeof closed === "string" ? closed : undefined;
  }

  #draw(bytes: Uint8Array): void {
    if (this.#pending > MOST_PENDING) {
      this.#skipped += bytes.length;
      return;
    }
    if (this.#skipped > 0) {
      this.view?.note(`[${word("{0} bytes were left out: too much output at once", this.#skipped)}]`);
      this.#skipped = 0;
    }
    this.#pending += bytes.length;
    this.view?.write(bytes, () => (this.#pending -= bytes.length));
  }

  /** Makes the terminal as large as its place, and tells the server. */
  resize(): void {
    if (!this.view || this.look || this.host.offsetWidth === 0) return;
    const size = this.view.fit();
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify({ resize: size }));
  }

  close(): void {
    this.#over = true;
    this.#socket?.close();
    this.view?.dispose();
    this.host.remove();
  }
}

function news(text: string): News {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

const limited = (value: unknown, most: number): number =>
  Math.min(Math.max(Math.floor(Number(value)) || 1, 1), most);
