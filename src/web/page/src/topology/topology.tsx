// The drawing of a lab: its networks, nodes and links, and in an instance who holds which address, what is
// cut, and what the checks say.
import { useMemo } from "preact/hooks";
import type { Lab, Operation, Status } from "../api/types";
import { href } from "../state/route";
import { word } from "../words";
import { layout, type LinkPlace, type NodePlace } from "./layout";
import { linkFault } from "./links";
import { NodeCard } from "./node-card";
import { Addresses, Clients, Mirror } from "./parts";
import { useRoleRows } from "./roles";

export interface TopologyProps {
  readonly lab: Lab;
  readonly status?: Status | undefined;
  readonly operations?: readonly Operation[] | undefined;
}

export function Topology({ lab, status, operations = [] }: TopologyProps) {
  const roleRows = useRoleRows(lab, status);
  const places = useMemo(() => layout(lab, roleRows), [lab, roleRows]);
  const { width, height, buses, nodes, mirrors } = places;
  return (
    <svg
      class="topology"
      viewBox={`0 0 ${width} ${height}`}
      style={{ "--natural": `${width}px` }}
      role="group"
      aria-label={word("Topology of {0}", status?.instance ?? lab.name)}
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
      {mirrors.map((place) => (
        <Mirror key={place.stack.name} place={place} status={status} />
      ))}
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
