// Markdown as far as tasks use it, as data: headings, paragraphs, lists, code, emphasis, and links as text.
// There is no HTML in it: what looks like a tag is text.

export interface Span {
  readonly kind: "text" | "code" | "strong" | "emphasis";
  readonly text: string;
}

export type Block =
  | { readonly kind: "heading"; readonly level: number; readonly spans: readonly Span[] }
  | { readonly kind: "paragraph"; readonly spans: readonly Span[] }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "list"; readonly ordered: boolean; readonly items: readonly (readonly Block[])[] };

// Deeper lists are shown as the text they are written as.
const DEEPEST = 4;

const HEADING = /^(#{1,6}) +(.+?)(?: +#+)?$/;
const FENCE = /^ {0,3}(```+|~~~+)/;
const ITEM = /^( {0,3}(?:[-*+]|(\d{1,9})[.)]) +)(.*)$/;
const INDENTED = /^ {4}/;
const blank = (line: string | undefined) => line !== undefined && line.trim() === "";

/** The blocks of a text. */
export function markdown(text: string): Block[] {
  return blocks(text.replace(/\r\n?/g, "\n").replaceAll("\t", "    ").split("\n"), 0);
}

function blocks(lines: readonly string[], depth: number): Block[] {
  const found: Block[] = [];
  let at = 0;
  while (at < lines.length) {
    const line = lines[at] ?? "";
    const heading = HEADING.exec(line);
    const item = depth < DEEPEST ? ITEM.exec(line) : null;
    if (blank(line)) at += 1;
    else if (FENCE.test(line)) at = fenced(lines, at, found);
    else if (INDENTED.test(line)) at = indented(lines, at, found);
    else if (heading) {
      found.push({ kind: "heading", level: heading[1]?.length ?? 1, spans: spans(heading[2] ?? "") });
      at += 1;
    } else if (item) at = list(lines, at, item[2] !== undefined, depth, found);
    else at = paragraph(lines, at, found);
  }
  return found;
}

function fenced(lines: readonly string[], at: number, found: Block[]): number {
  const fence = FENCE.exec(lines[at] ?? "")?.[1] ?? "```";
  const length = lines.slice(at + 1).findIndex((line) => line.trim().startsWith(fence));
  const end = length < 0 ? lines.length : at + 1 + length;
  found.push({ kind: "code", text: lines.slice(at + 1, end).join("\n") });
  return end + 1;
}

function indented(lines: readonly string[], at: number, found: Block[]): number {
  let end = at;
  while (end < lines.length && (INDENTED.test(lines[end] ?? "") || blank(lines[end]))) end += 1;
  const text = lines.slice(at, end).map((line) => line.slice(4));
  found.push({ kind: "code", text: text.join("\n").trimEnd() });
  return end;
}

function list(lines: readonly string[], from: number, ordered: boolean, depth: number, found: Block[]): number {
  const items: Block[][] = [];
  let at = from;
  for (;;) {
    const item = ITEM.exec(lines[at] ?? "");
    if (!item || (item[2] !== undefined) !== ordered) break;
    const width = item[1]?.length ?? 2;
    const own = [item[3] ?? ""];
    at += 1;
    while (at < lines.length) {
      const line = lines[at] ?? "";
      const inside = line.startsWith(" ".repeat(Math.min(width, 2)));
      if (blank(line) ? !(lines[at + 1] ?? "").startsWith("  ") : !inside && (begins(line) || ITEM.test(line))) break;
      own.push(inside ? line.slice(Math.min(width, line.search(/\S|$/))) : line);
      at += 1;
    }
    items.push(blocks(own, depth + 1));
    while (blank(lines[at]) && ITEM.test(lines[at + 1] ?? "")) at += 1;
  }
  found.push({ kind: "list", ordered, items });
  return at;
}

/** Whether a line is no part of the paragraph before it. A wrapped line may begin with a number and a point. */
function begins(line: string): boolean {
  const item = ITEM.exec(line);
  return blank(line) || HEADING.test(line) || FENCE.test(line) || (item !== null && (item[2] ?? "1") === "1");
}

function paragraph(lines: readonly string[], at: number, found: Block[]): number {
  let end = at + 1;
  while (end < lines.length && !begins(lines[end] ?? "")) end += 1;
  const text = lines.slice(at, end).map((line) => line.trim());
  found.push({ kind: "paragraph", spans: spans(text.join(" ")) });
  return end;
}

// The lengths are limited, so that a text of many brackets takes no long time.
const SPANS =
  /`([^`]{1,500})`|\*\*([^*]{1,500})\*\*|\*([^\s*][^*]{0,500})\*|\[([^[\]]{1,300})\]\(([^()\s]{1,500})\)/g;

function spans(text: string): Span[] {
  const found: Span[] = [];
  let end = 0;
  for (const match of text.matchAll(SPANS)) {
    if (match.index > end) found.push({ kind: "text", text: text.slice(end, match.index) });
    const [whole, code, strong, emphasis, name, address] = match;
    if (code !== undefined) found.push({ kind: "code", text: code });
    else if (strong !== undefined) found.push({ kind: "strong", text: strong });
    else if (emphasis !== undefined) found.push({ kind: "emphasis", text: emphasis });
    else found.push({ kind: "text", text: name === address ? `${name}` : `${name} (${address})` });
    end = match.index + whole.length;
  }
  if (end < text.length) found.push({ kind: "text", text: text.slice(end) });
  return found;
}
