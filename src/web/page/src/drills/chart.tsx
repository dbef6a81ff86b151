// The requests of a drill over time: answered above, failed marked by a pattern; outages as bands, steps as flags.
import { useEffect, useRef, useState } from "preact/hooks";
import { useStore } from "../lib/store";
import { settings } from "../state/settings";
import { word } from "../words";
import { Axis, FLAGS, Flags, LANE, LEFT, nice, RIGHT, Stages } from "./chart-parts";
import type { DrillView } from "./model";
import { joined } from "./samples";

const PLOT = 150;
const AXIS = 22;
const SHORTEST_S = 20;
const MOST = 300;

export function Chart({ view, now }: { view: DrillView; now: number }) {
  const frame = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState(800);
  // A projector needs larger words, not more of them.
  const scale = useStore(settings).large ? 1.4 : 1;
  const width = room / scale;
  useEffect(() => {
    if (!frame.current) return;
    const observer = new ResizeObserver(
      ([entry]) => entry && setRoom(Math.max(320, Math.floor(entry.contentRect.width))),
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
  const height = bottom + LANE + AXIS + 8;
  const outages = view.outages.map((one) => ({ ...one, end: one.to ?? now }));
  const label = word(
    "{0} requests answered, {1} failed, {2} outages",
    view.answered,
    view.failed,
    view.outages.length,
  );
  return (
    <div class="chart" ref={frame}>
      <svg width={room} height={height * scale} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
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
        <span class="key answered">{word("answered")}</span>
        <span class="key failed">{word("failed")}</span>
        <span class="key outage">{word("service away")}</span>
        <span class="muted">{word("requests per second")}</span>
      </div>
    </div>
  );
}
