// A task as elements: all of its text becomes text nodes.
import { useMemo } from "preact/hooks";
import { plain } from "../lib/plain-text";
import { type Block, markdown, type Span } from "./markdown";

export function Prose({ text }: { text: string }) {
  const blocks = useMemo(() => markdown(plain(text)), [text]);
  return (
    <article class="prose">
      <Blocks blocks={blocks} />
    </article>
  );
}

function Blocks({ blocks }: { blocks: readonly Block[] }) {
  return (
    <>
      {blocks.map((block, place) => (
        <One key={place} block={block} />
      ))}
    </>
  );
}

function One({ block }: { block: Block }) {
  switch (block.kind) {
    case "heading":
      return block.level === 1 ? (
        <h2>
          <Spans spans={block.spans} />
        </h2>
      ) : (
        <h3>
          <Spans spans={block.spans} />
        </h3>
      );
    case "code":
      return (
        <pre tabIndex={0}>
          <code>{block.text}</code>
        </pre>
      );
    case "list": {
      const items = block.items.map((item, place) => (
        <li key={place}>
          <Blocks blocks={item} />
        </li>
      ));
      return block.ordered ? <ol>{items}</ol> : <ul>{items}</ul>;
    }
    default:
      return (
        <p>
          <Spans spans={block.spans} />
        </p>
      );
  }
}

function Spans({ spans }: { spans: readonly Span[] }) {
  return (
    <>
      {spans.map(({ kind, text }, place) =>
        kind === "code" ? (
          <code key={place}>{text}</code>
        ) : kind === "strong" ? (
          <strong key={place}>{text}</strong>
        ) : kind === "emphasis" ? (
          <em key={place}>{text}</em>
        ) : (
          text
        ),
      )}
    </>
  );
}
