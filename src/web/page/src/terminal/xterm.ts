// The only file that knows xterm.js; it is a chunk of its own, loaded with the first terminal.
import { FitAddon } from "@xterm/addon-fit";
import { Terminal } from "@xterm/xterm";
import { settings } from "../state/settings";
import type { TerminalView } from "./session";

const SCROLLBACK = 5000;

// Window title and icon (0, 1, 2), hyperlinks (8: their text stays), clipboard (52), colours of the page's
// theme and the queries of them, which would type an answer into the guest (4, 5, 10 to 19, 104 to 119),
// notifications (9, 777), and other programs' own (7, 133, 633, 1337).
const OSC = [
  0, 1, 2, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 50, 51, 52, 104, 105, 110, 111, 112, 117, 119, 133,
  633, 777, 1337,
];

function themed(readOnly: boolean) {
  const style = getComputedStyle(document.documentElement);
  const value = (name: string) => style.getPropertyValue(name).trim();
  return {
    background: value("--term"),
    foreground: value("--term-text"),
    // Where nothing can be typed, the cursor looks as the text under it.
    cursor: value(readOnly ? "--term" : "--term-text"),
    cursorAccent: value(readOnly ? "--term-text" : "--term"),
    selectionBackground: value("--term-selection"),
  };
}

const size = () => (settings.value.large ? 18 : 13);

/** Whether the terminal deals with a key; `false` leaves it to the browser. */
function isForTerminal(terminal: Terminal, event: KeyboardEvent, readOnly: boolean): boolean {
  // F6 leaves the terminal; it would keep the keyboard otherwise. Ctrl+Shift+C copies, as in other terminals.
  if (event.key === "F6") return false;
  if (event.ctrlKey && event.shiftKey && event.code === "KeyC" && terminal.hasSelection()) {
    if (event.type === "keydown") {
      event.preventDefault();
      void navigator.clipboard?.writeText(terminal.getSelection());
    }
    return false;
  }
  if (!readOnly) return true;
  if (event.type === "keydown" && !event.ctrlKey && scrolled(terminal, event.key)) event.preventDefault();
  // The browser's own keys work: Tab leaves the terminal, Ctrl+C copies the selection.
  return false;
}

/** Scrolls a terminal that takes no other keys; whether the key is for that. */
function scrolled(terminal: Terminal, key: string): boolean {
  const pages = { PageUp: -1, PageDown: 1 }[key];
  const lines = { ArrowUp: -1, ArrowDown: 1 }[key];
  if (pages !== undefined) terminal.scrollPages(pages);
  else if (lines !== undefined) terminal.scrollLines(lines);
  else if (key === "Home") terminal.scrollToTop();
  else if (key === "End") terminal.scrollToBottom();
  else return false;
  return true;
}

export function createView({ readOnly }: { readOnly: boolean }): TerminalView {
  const terminal = new Terminal({
    allowProposedApi: false,
    cursorBlink: !readOnly && !matchMedia("(prefers-reduced-motion: reduce)").matches,
    cursorInactiveStyle: readOnly ? "none" : "outline",
    disableStdin: readOnly,
    fontFamily: "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace",
    fontSize: size(),
    lineHeight: 1.15,
    minimumContrastRatio: 4.5,
    scrollback: SCROLLBACK,
    theme: themed(readOnly),
  });
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  // `true` means that the sequence was dealt with: nothing else happens.
  for (const number of OSC) terminal.parser.registerOscHandler(number, () => true);
  // Window operations: moving, resizing, and reports of the title.
  terminal.parser.registerCsiHandler({ final: "t" }, () => true);
  terminal.attachCustomKeyEventHandler((event) => isForTerminal(terminal, event, readOnly));
  const restyle = () => {
    terminal.options.theme = themed(readOnly);
    terminal.options.fontSize = size();
  };
  return {
    open: (host) => terminal.open(host),
    write: (bytes, done) => terminal.write(bytes, done),
    note: (text) => terminal.write(`\r\n\u001b[0;7m${text}\u001b[0m\r\n`),
    fit: () => {
      fit.fit();
      return [terminal.cols, terminal.rows];
    },
    resize: (columns, rows) => terminal.resize(columns, rows),
    focus: () => terminal.focus(),
    text: () => {
      if (terminal.hasSelection()) return terminal.getSelection();
      terminal.selectAll();
      const all = terminal.getSelection();
      terminal.clearSelection();
      return all;
    },
    clear: () => terminal.reset(),
    onInput: (hear) => void terminal.onData(hear),
    onBinary: (hear) => void terminal.onBinary(hear),
    restyle,
    dispose: () => terminal.dispose(),
  };
}
