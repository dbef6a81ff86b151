// What stands on the buses of a drawing: the clients, and the virtual addresses.
import type { Lab, Status } from "../api/types";
import { healthOfCheck, worst } from "../lib/health";
import { plain } from "../lib/plain-text";
import { word } from "../words";
import { type BusPlace, CARD, fit, type Layout, type MirrorPlace } from "./layout";

/** Who asks the service: the loads of drills, and `lab client`. */
export function Clients({ x, y, host }: { x: number; y: number; host: string }) {
  return (
    <g class="t-clients">
      <line class="t-link" x1={x + 40} x2={x + 40} y1={y - 34} y2={y} />
      <rect x={x - 24} y={y - 66} width="116" height="36" rx="6" />
      <text x={x - 12} y={y - 51}>
        {word("clients")}
      </text>
      <text class="t-mono t-muted" x={x - 12} y={y - 37}>
        {host}
      </text>
      <circle class="t-dot" cx={x + 40} cy={y} r="3.5" />
    </g>
  );
}

/** Each virtual address stands above the node that holds it; two holders, or none, stand out. */
export function Addresses({ lab, status, places }: { lab: Lab; status: Status | undefined; places: Layout }) {
  const taken = new Map<string, number>();
  const free: { text: string; bus: BusPlace | undefined; tone: string }[] = [];
  const pills = lab.addresses.flatMap((address) => {
    const holders = status?.addresses.find((one) => one.address === address.name)?.holders;
    const text = `${address.name} ${address.ip}`;
    const bus = places.buses.find((one) => one.name === address.network);
    if (!status || !holders || holders.length === 0) {
      // A holder that is not known yet is no trouble.
      const state = status ? `: ${word(holders ? "no holder" : "not known")}` : "";
      free.push({ text: `${text}${state}`, bus, tone: status && holders ? "tone-bad" : "" });
      return [];
    }
    return holders.flatMap((holder) => {
      const place = places.nodes.find((one) => one.node.name === holder);
      if (!place) return [];
      const side = `${holder} ${bus?.top ? "above" : "below"}`;
      const row = taken.get(side) ?? 0;
      taken.set(side, row + 1);
      const y = bus?.top ? CARD.top - 26 - 28 * row : place.y + place.height + 22 + 28 * row;
      const several = holders.length > 1;
      const shown = several ? `▲ ${text} ×${holders.length}` : text;
      return [
        <Pill
          key={`${address.name} ${holder}`}
          class={`t-vip ${several ? "tone-bad" : ""}`}
          x={place.x + 48}
          y={y}
          text={fit(shown, 26)}
        />,
      ];
    });
  });
  return (
    <g aria-label={word("Virtual addresses")}>
      {pills}
      {free.map(({ text, bus, tone }, place) => {
        const row = free.slice(0, place).filter((other) => other.bus === bus).length;
        return (
          <Pill
            key={text}
            class={`t-vip none ${tone}`}
            x={places.width / 2}
            y={bus?.top ? bus.y + 26 + 26 * row : (bus?.y ?? 84) - 24 - 26 * row}
            text={text}
            middle
          />
        );
      })}
    </g>
  );
}

const MIRROR = { healthy: ["good", "✓ "], checking: ["plain", "… "], unhealthy: ["bad", "▲ "] } as const;

/** A mirrored disk, between the nodes that have its sides: what the checks of its stack say. */
export function Mirror({ place: { stack, x, y }, status }: { place: MirrorPlace; status: Status | undefined }) {
  const checks = (status?.checks ?? []).filter(
    ({ node, check }) => node !== null && stack.on.includes(node) && /drbd|mirror|disk/i.test(check),
  );
  const known = worst(checks);
  const state = known ? healthOfCheck(known) : checks.length > 0 ? "healthy" : undefined;
  const check = known ?? checks[0];
  const text = plain((state === "unhealthy" ? known?.trouble : undefined) ?? check?.check ?? stack.uses);
  const [tone, sign] = state ? MIRROR[state] : (["plain", ""] as const);
  return <Pill class={`t-mirror tone-${tone}`} x={x} y={y} text={`${sign}${fit(text, 30)}`} about={text} middle />;
}

interface PillProps {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly class: string;
  readonly middle?: boolean;
  /** The whole text, if it is shortened. */
  readonly about?: string;
}

export function Pill({ x, y, text, class: name, middle, about }: PillProps) {
  const width = text.length * 7.2 + 20;
  const left = middle ? x - width / 2 : x;
  return (
    <g class={`t-pill ${name}`}>
      <title>{about ?? text}</title>
      <rect x={left} y={y - 11} width={width} height="22" rx="11" />
      <text x={left + 10} y={y + 4} textLength={width - 20} lengthAdjust="spacingAndGlyphs">
        {text}
      </text>
    </g>
  );
}
