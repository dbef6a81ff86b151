// The requests of a drill over time: answered above, failed marked by a pattern; outages as bands, steps as flags.
import { useEffect, useRef, useState } from "preact/hooks";
import { stageText } from "../operation/progress";
import type { DrillView } from "./model";
import { joined } from "./samples";

const LEFT = 44;
const RIGHT = 12;
const FLAGS = 40;
const PLOT = 150;
const LANE = 22;
const AXIS = 22;
const SHORTEST_S = 20;
const MOST = 300;

export function Chart({ view, now }: { view: DrillView; now: number }) {
  const frame = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(800);
  useEffect(() => {
    if (!frame.current) return;
    const observer = new ResizeObserver(
      ([entry]) => entry && setWidth(Math.max(320, Math.floor(entry.contentRect.width))),
    );
    observer.observe(frame.current);
    return () => observer.disconnect();
  }, []);
  const end = Math.max(SHORTEST_S * 1e9, now);
  const x = (t: number) => LEFT + ((width - LEFT - RIGHT) * Math.min(t, end)) / end;
  const rates = joined(view.samples, MOST)
    .map((one) => ({ ...one, seconds: (one.to - one.from) / 1e9 }))
    .filter((one) => one.seconds > 0.05);
  const top = nice(Math.max(10, ...rates.map((one) => (one.answered + one.failed) / one.seconds)));
  const y = (rate: number) => FLAGS + PLOT * (1 - Math.min(1, rate / top));
  const bottom = FLAGS + PLOT;
  const outages = view.outages.map((one) => ({ ...one, end: one.to ?? now }));
  const label = `${view.answered} requests answered, ${view.failed} failed, ${view.outages.length} outages`;
  return (
    <div class="chart" ref={frame}>
      <svg width={width} height={bottom + LANE + AXIS + 8} role="img" aria-label={label}>
        <defs>
          <pattern id="failed" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <rect class="c-failed-ground" width="6" height="6" />
            <line class="c-failed-line" x1="0" x2="0" y1="0" y2="6" />
          </pattern>
        </defs>
        {outages.map((one) => (
          <rect
            key={one.from}
            class="c-outage"
            x={x(one.from)}
            y={FLAGS}
            width={Math.max(1, x(one.end) - x(one.from))}
            height={PLOT}
          />
        ))}
        {[0, 0.5, 1].map((share) => (
          <g key={share}>
            <line class="c-grid" x1={LEFT} x2={width - RIGHT} y1={y(top * share)} y2={y(top * share)} />
            <text class="c-text" x={LEFT - 8} y={y(top * share) + 4} text-anchor="end">
              {top * share}
            </text>
          </g>
        ))}
        {rates.map((one) => {
          const [left, right] = [x(one.from), x(one.to)];
          const good = y(one.answered / one.seconds);
          const all = y((one.answered + one.failed) / one.seconds);
          const wide = Math.max(0.5, right - left - 1);
          return (
            <g key={one.from}>
              <rect class="c-answered" x={left} y={good} width={wide} height={bottom - good} />
              {one.failed > 0 && <rect fill="url(#failed)" x={left} y={all} width={wide} height={good - all} />}
            </g>
          );
        })}
        {outages.map((one) => {
          const middle = (x(one.from) + x(one.end)) / 2;
          return (
            <text key={one.from} class="c-outage-word" x={middle} y={FLAGS + 18} text-anchor="middle">
              {((one.length ?? one.end - one.from) / 1e9).toFixed(1)} s
            </text>
          );
        })}
        <Flags view={view} x={x} width={width} bottom={bottom} />
        <Stages view={view} x={x} now={now} y={bottom + 4} />
        <Axis end={end} x={x} y={bottom + LANE + AXIS} />
        {view.ending === undefined && <line class="c-now" x1={x(now)} x2={x(now)} y1={FLAGS} y2={bottom} />}
      </svg>
      <div class="legend" aria-hidden="true">
        <span class="key answered">answered</span>
        <span class="key failed">failed</span>
        <span class="key outage">service away</span>
        <span class="muted">requests per second</span>
      </div>
    </div>
  );
}

/** Steps, goals, and who announced an address. Words that would overlap take the second row, or are left out. */
function Flags({
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
    ...view.holders.map((one) => ({ t: one.t, text: `${one.address} on ${one.node}`, kind: "holder" })),
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

function Stages({ view, x, now, y }: { view: DrillView; x: (t: number) => number; now: number; y: number }) {
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

function Axis({ end, x, y }: { end: number; x: (t: number) => number; y: number }) {
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
function nice(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1e-9)));
  return ([1, 2, 5, 10].find((digit) => digit * power >= value) ?? 10) * power;
}
