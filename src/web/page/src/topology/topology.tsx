// The drawing of a lab: its networks, nodes and links, and in an instance who holds which address, what is cut, and
// what the checks say.
import { useMemo } from "preact/hooks";
import type { Lab, Operation, Status } from "../api/types";
import { href } from "../state/route";
import { type BusPlace, CARD, fit, type Layout, layout, type LinkPlace, type NodePlace } from "./layout";
import { linkFault } from "./links";
import { NodeCard } from "./node-card";

export interface TopologyProps {
  readonly lab: Lab;
  readonly status?: Status | undefined;
  readonly operations?: readonly Operation[] | undefined;
}

export function Topology({ lab, status, operations = [] }: TopologyProps) {
  const places = useMemo(() => layout(lab), [lab]);
  const { width, height, buses, nodes, mirrors } = places;
  return (
    <svg
      class="topology"
      viewBox={`0 0 ${width} ${height}`}
      style={{ "--natural": `${width}px` }}
      role="group"
      aria-label={`Topology of ${status?.instance ?? lab.name}`}
    >
      {buses.map((bus) => (
        <g key={bus.name}>
          <line class="t-bus" x1={bus.left} x2={bus.right} y1={bus.y} y2={bus.y} />
          <text
            class="t-bus-name"
            x={bus.top ? bus.left : bus.right}
            y={bus.top ? bus.y - 10 : bus.y + 20}
            text-anchor={bus.top ? "start" : "end"}
          >
            {bus.name}
            <tspan class="t-muted" dx="8">
              {bus.subnet}
            </tspan>
          </text>
          {bus.top && <Clients x={bus.right - 92} y={bus.y} host={bus.host} />}
        </g>
      ))}
      {nodes.map((place) =>
        place.links.map((link) => (
          <Link
            key={`${place.node.name} ${link.nic.device}`}
            place={place}
            link={link}
            status={status}
            operations={operations}
          />
        )),
      )}
      <Addresses lab={lab} status={status} places={places} />
      {mirrors.map(({ stack, x, y }) => {
        const checks = (status?.checks ?? []).filter(
          (one) => one.node !== null && stack.on.includes(one.node) && /drbd|mirror|disk/i.test(one.check),
        );
        const bad = checks.find((one) => !one.healthy);
        const text =
          checks.length === 0
            ? stack.uses
            : bad
              ? (bad.trouble ?? bad.check)
              : bad === undefined
                ? (checks[0]?.check ?? stack.uses)
                : "";
        return (
          <Pill
            key={stack.name}
            class={`t-mirror tone-${bad ? "bad" : checks.length > 0 ? "good" : "plain"}`}
            x={x}
            y={y}
            text={`${bad ? "▲ " : checks.length > 0 ? "✓ " : ""}${fit(text, 30)}`}
            middle
          />
        );
      })}
      {nodes.map((place) => (
        <NodeCard
          key={place.node.name}
          place={place}
          status={status}
          href={status && href.node(status.instance, place.node.name)}
        />
      ))}
    </svg>
  );
}

/** Who asks the service: the loads of drills, and `lab client`. */
function Clients({ x, y, host }: { x: number; y: number; host: string }) {
  return (
    <g class="t-clients">
      <line class="t-link" x1={x + 40} x2={x + 40} y1={y - 34} y2={y} />
      <rect x={x - 24} y={y - 66} width="116" height="36" rx="6" />
      <text x={x - 12} y={y - 51}>
        clients
      </text>
      <text class="t-mono t-muted" x={x - 12} y={y - 37}>
        {host}
      </text>
      <circle class="t-dot" cx={x + 40} cy={y} r="3.5" />
    </g>
  );
}

function Link({
  place,
  link,
  status,
  operations,
}: {
  place: NodePlace;
  link: LinkPlace;
  status: Status | undefined;
  operations: readonly Operation[];
}) {
  const node = place.node.name;
  const fault = linkFault(node, link.nic.network, status?.faults ?? [], operations);
  const off = status?.nodes.find((one) => one.node === node)?.state;
  const dim = off !== undefined && off !== "running" ? "dim" : "";
  const middle = (link.from + link.to) / 2;
  return (
    <g>
      <line class={`t-link ${fault?.state ?? ""} ${dim}`} x1={link.x} x2={link.x} y1={link.from} y2={link.to} />
      <circle class={`t-dot ${fault?.state ?? ""} ${dim}`} cx={link.x} cy={link.to} r="3.5" />
      {fault && (
        <>
          <circle class={`t-cut-ground`} cx={link.x} cy={middle} r="9" />
          {fault.state === "cut" ? (
            <path class="t-cut" d={`M${link.x - 6} ${middle - 6} l12 12 m0 -12 l-12 12`} />
          ) : (
            <path class="t-impaired" d={`M${link.x - 7} ${middle} q3.5 -7 7 0 t7 0`} />
          )}
          <text class={`t-link-word tone-${fault.state === "cut" ? "bad" : "warn"}`} x={link.x + 14} y={middle + 4}>
            {fault.fault}
          </text>
        </>
      )}
    </g>
  );
}

/** Each virtual address stands above the node that holds it; two holders, or none, stand out. */
function Addresses({ lab, status, places }: { lab: Lab; status: Status | undefined; places: Layout }) {
  const taken = new Map<string, number>();
  const free: { text: string; bus: BusPlace | undefined }[] = [];
  const pills = lab.addresses.flatMap((address) => {
    const holders = status?.addresses.find((one) => one.address === address.name)?.holders;
    const text = `${address.name} ${address.ip}`;
    const bus = places.buses.find((one) => one.name === address.network);
    if (!status || !holders || holders.length === 0) {
      free.push({ text: status ? `${text}: ${holders ? "no holder" : "not known"}` : text, bus });
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
      const shown = several ? `▲ ${text}, ${holders.length} holders` : text;
      return [
        <Pill
          key={`${address.name} ${holder}`}
          class={`t-vip ${several ? "tone-bad" : ""}`}
          x={place.x + 48}
          y={y}
          text={fit(shown, 30)}
        />,
      ];
    });
  });
  return (
    <g aria-label="Virtual addresses">
      {pills}
      {free.map(({ text, bus }, place) => {
        const row = free.slice(0, place).filter((other) => other.bus === bus).length;
        return (
          <Pill
            key={text}
            class={`t-vip none ${status ? "tone-bad" : ""}`}
            x={places.width / 2}
            y={(bus?.y ?? 84) - 24 - 26 * row}
            text={text}
            middle
          />
        );
      })}
    </g>
  );
}

function Pill({
  x,
  y,
  text,
  class: name,
  middle,
}: {
  x: number;
  y: number;
  text: string;
  class: string;
  middle?: boolean;
}) {
  const width = text.length * 7.2 + 20;
  const left = middle ? x - width / 2 : x;
  return (
    <g class={`t-pill ${name}`}>
      <rect x={left} y={y - 11} width={width} height="22" rx="11" />
      <text x={left + 10} y={y + 4} textLength={width - 20} lengthAdjust="spacingAndGlyphs">
        {text}
      </text>
    </g>
  );
}
