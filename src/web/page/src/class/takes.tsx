// What an instance takes of the machine, and which one takes most.
import type { Board, Takes } from "../api/class";
import { bytes } from "../lib/format";
import { plain } from "../lib/plain-text";
import { Tag } from "../ui/marks";

type Figure = "memory" | "disk" | "processor";

/** The largest of each figure; none where there are not two to compare. */
export type Most = Partial<Record<Figure, number>>;

const valueOf = (takes: Takes, figure: Figure): number | undefined => {
  if (figure !== "disk") return takes[figure];
  return takes.disk && Object.values(takes.disk).reduce((sum, part) => sum + part, 0);
};

const FIGURES: readonly [Figure, (value: number) => string][] = [
  ["memory", (value) => `${bytes(value)} memory`],
  ["disk", (value) => `${bytes(value)} disk`],
  ["processor", (value) => `${value} % processor`],
];

export function mostOf(board: Board): Most {
  const most: Most = {};
  for (const [figure] of FIGURES) {
    const known = board.seats.map((row) => row.takes && valueOf(row.takes, figure)).filter((one) => one !== undefined);
    const largest = Math.max(...known);
    if (largest > 0 && known.some((one) => one < largest)) most[figure] = largest;
  }
  return most;
}

export function TakesOf({ takes, most }: { takes: Takes | undefined; most: Most }) {
  if (!takes) return null;
  return (
    <div class="class-takes">
      {FIGURES.map(([figure, text]) => {
        const value = valueOf(takes, figure);
        if (value === undefined) return null;
        const is = most[figure] === value;
        return (
          <div key={figure} class={is ? "most" : ""} data-tip={figure === "disk" ? partsOf(takes) : undefined}>
            {text(value)}
            {is && <Tag tone="warn">most</Tag>}
          </div>
        );
      })}
      {takes.paused !== undefined && (
        <Tag tone="bad" icon="warning" tip={plain(takes.paused)}>
          paused: the disk
        </Tag>
      )}
    </div>
  );
}

function partsOf({ disk }: Takes): string | undefined {
  if (!disk) return undefined;
  const parts: [string, number][] = [
    ["written by the nodes", disk.overlays],
    ["save points", disk["save-points"]],
    ["hand-ins", disk["hand-ins"]],
    ["records", disk.records],
  ];
  return parts.map(([what, value]) => `${what}: ${bytes(value)}`).join(", ");
}
