// Which links of a node a fault affects, and how.
import type { FaultStatus, Operation } from "../api/types";
import { keysOf } from "../faults/injection";

export type LinkState = "cut" | "impaired";

export interface LinkFault {
  readonly state: LinkState;
  readonly fault: string;
}

const CUTS = new Set(["link-down", "silent-cut", "partition"]);
const IMPAIRS = new Set(["one-way", "path-cut", "loss", "rate", "delay", "reorder"]);

/** The fault on the link of a node to a network; a fault without a known network affects all of them. */
export function linkFault(
  node: string,
  network: string,
  faults: readonly FaultStatus[],
  operations: readonly Operation[],
): LinkFault | undefined {
  const here = faults.filter((fault) => {
    if (fault.node !== node || !(CUTS.has(fault.fault) || IMPAIRS.has(fault.fault))) return false;
    const named = keysOf(fault, operations)?.network;
    return typeof named !== "string" || named === network;
  });
  const worst = here.find((fault) => CUTS.has(fault.fault)) ?? here[0];
  return worst && { state: CUTS.has(worst.fault) ? "cut" : "impaired", fault: worst.fault };
}
