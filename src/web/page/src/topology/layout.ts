// Where everything of a drawing stands: networks as horizontal buses, nodes in a row between them. Pure: no
// element, no state of the page.
import type { Lab, LabNode, Nic, Stack } from "../api/types";

export const CARD = { width: 232, top: 136, gap: 32, head: 60, row: 20, foot: 34 } as const;
const MARGIN = 24;
const TOP_BUS = 84;
const BUS_GAP = 52;
/** Every node is on it, no fault affects it, and it would clutter the drawing. */
const MANAGEMENT = "mgmt";

export interface BusPlace {
  readonly name: string;
  readonly subnet: string;
  readonly host: string;
  readonly y: number;
  readonly left: number;
  readonly right: number;
  readonly top: boolean;
}

export interface LinkPlace {
  readonly nic: Nic;
  readonly x: number;
  readonly from: number;
  readonly to: number;
}

export interface NodePlace {
  readonly node: LabNode;
  readonly x: number;
  readonly y: number;
  readonly height: number;
  /** Where the rows of roles begin, below those of the interfaces. */
  readonly roles: number;
  readonly stacks: readonly string[];
  readonly links: readonly LinkPlace[];
}

export interface MirrorPlace {
  readonly stack: Stack;
  readonly x: number;
  readonly y: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly buses: readonly BusPlace[];
  readonly nodes: readonly NodePlace[];
  readonly mirrors: readonly MirrorPlace[];
}

/** Each card has room for `roleRows` roles, which the lab alone does not know. */
export function layout(lab: Lab, roleRows: number): Layout {
  const networks = lab.networks.filter((network) => network.name !== MANAGEMENT);
  const first =
    networks.find((network) => lab.addresses.some((address) => address.network === network.name)) ?? networks[0];
  const rest = networks.filter((network) => network !== first);
  const rows = Math.max(1, ...lab.nodes.map((node) => nics(node).length));
  const height = CARD.head + (rows + roleRows) * CARD.row + CARD.foot;
  const bottom = CARD.top + height;
  const width = Math.max(520, 2 * MARGIN + lab.nodes.length * (CARD.width + CARD.gap) - CARD.gap);
  const indent = (width - (lab.nodes.length * (CARD.width + CARD.gap) - CARD.gap)) / 2;
  const yOf = (network: string) =>
    network === first?.name ? TOP_BUS : bottom + BUS_GAP * (1 + rest.findIndex((one) => one.name === network));

  const nodes = lab.nodes.map((node, place): NodePlace => {
    const x = indent + place * (CARD.width + CARD.gap);
    let below = 0;
    const links = nics(node).map((nic): LinkPlace => {
      const to = yOf(nic.network);
      if (to < CARD.top) return { nic, x: x + 28, from: CARD.top, to };
      return { nic, x: x + 28 + 40 * below++, from: bottom, to };
    });
    return {
      node,
      x,
      y: CARD.top,
      height,
      roles: CARD.top + CARD.head + rows * CARD.row,
      stacks: lab.stacks.filter((stack) => stack.on.includes(node.name)).map((stack) => stack.uses),
      links,
    };
  });
  const buses = networks.map((network): BusPlace => {
    return {
      name: network.name,
      subnet: network.subnet,
      host: network.host,
      y: yOf(network.name),
      left: MARGIN,
      right: width - MARGIN,
      top: network === first,
    };
  });
  return { width, height: bottom + rest.length * BUS_GAP + 28, buses, nodes, mirrors: mirrors(lab, nodes, yOf) };
}

export function nics(node: LabNode): Nic[] {
  return node.nics.filter((nic) => nic.network !== MANAGEMENT);
}

/** A mirrored disk stands on its network, between the nodes that have its sides. */
function mirrors(lab: Lab, nodes: readonly NodePlace[], yOf: (network: string) => number): MirrorPlace[] {
  return lab.stacks
    .filter((stack) => stack.duties?.includes("mirror"))
    .flatMap((stack) => {
      const network = stack.params.network?.value;
      const on = nodes.filter((place) => stack.on.includes(place.node.name));
      const ends = on.flatMap((place) => place.links.filter((link) => link.nic.network === network));
      if (typeof network !== "string" || ends.length < 2) return [];
      const x = ends.reduce((sum, link) => sum + link.x, 0) / ends.length;
      return [{ stack, x, y: yOf(network) }];
    });
}

/** As much of a text as has room, in characters. */
export function fit(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
