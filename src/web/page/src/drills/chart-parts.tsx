// What stands around the bars of a chart: flags of steps above, stages and seconds below.
import { stageText } from "../operation/progress";
import { word } from "../words";
import type { DrillView } from "./model";

export const LEFT = 44;
export const RIGHT = 12;
export const FLAGS = 40;
export const LANE = 22;

/** Steps, goals, and who announced an address. Words that would overlap take the second row, or are left out. */
export function Flags({
  view,
  x,
  width,
  bottom,
}: {
  view: DrillView;
  x: (t: number) => number;
  width: number;
  bottom: number;
}) {
  const free = [0, 0];
  const flags = [
    ...view.marks.map((mark) => ({ t: mark.t, text: mark.text, kind: mark.kind as string })),
    ...view.holders.map((one) => ({ t: one.t, text: `${one.address} ${word("on {0}", one.node)}`, kind: "holder" })),
  ]
    .sort((one, two) => one.t - two.t)
    .map((flag) => {
      const at = x(flag.t);
      const length = flag.text.length * 6.6 + 10;
      const left = at + length > width - RIGHT ? at - length - 4 : at;
      const row = free.findIndex((end) => end <= left);
      if (row >= 0) free[row] = left + length;
      return { ...flag, at, left, row };
    });
  // The words come last: a line of another flag must not cross them.
  return (
    <g>
      {flags.map(({ t, text, kind, at, row }) => (
        <line
          key={`${t} ${text}`}
          class={`c-flag ${kind}`}
          x1={at}
          x2={at}
          y1={row >= 0 ? 4 + row * 17 : FLAGS - 6}
          y2={bottom}
        />
      ))}
      {flags.map(({ t, text, kind, left, row }) =>
        row < 0 ? null : (
          <text key={`${t} ${text}`} class={`c-flag-word ${kind}`} x={left + 4} y={14 + row * 17}>
            {text}
          </text>
        ),
      )}
    </g>
  );
}

export function Stages({ view, x, now, y }: { view: DrillView; x: (t: number) => number; now: number; y: number }) {
  return (
    <g>
      {view.stages.map((one, place) => {
        const left = x(one.t);
        const right = x(view.stages[place + 1]?.t ?? now);
        const room = Math.floor((right - left - 8) / 6.4);
        return (
          <g key={one.stage}>
            <rect
              class={`c-stage ${place % 2 ? "odd" : ""}`}
              x={left}
              y={y}
              width={Math.max(1, right - left)}
              height={LANE - 4}
            />
            {room >= one.stage.length && (
              <text class="c-text" x={left + 5} y={y + 13}>
                {one.stage}
              </text>
            )}
            <title>{stageText(one.stage)}</title>
          </g>
        );
      })}
    </g>
  );
}

export function Axis({ end, x, y }: { end: number; x: (t: number) => number; y: number }) {
  const step = nice(end / 1e9 / 8);
  const ticks = Array.from({ length: Math.floor(end / 1e9 / step) + 1 }, (_, place) => place * step);
  return (
    <g>
      {ticks.map((second) => (
        <text key={second} class="c-text" x={x(second * 1e9)} y={y} text-anchor="middle">
          {second} s
        </text>
      ))}
    </g>
  );
}

/** The next of 1, 2, 5, 10, 20, 50, … */
export function nice(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1e-9)));
  return ([1, 2, 5, 10].find((digit) => digit * power >= value) ?? 10) * power;
}
