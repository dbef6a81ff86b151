// The request behind a fault in force: the status of a fault names neither its keys nor its proof.
import type { FaultStatus, Operation } from "../api/types";

/** The operation is begun before the fault is in force, and may wait for the lock of the instance. */
const SLACK_MS = 60_000;

/** The operation that injected the fault; none if a drill did, or it is too long ago. */
export function injectionOf(fault: FaultStatus, operations: readonly Operation[]): Operation | undefined {
  const since = Date.parse(fault.since);
  return operations.find((one) => {
    const request = one.request as { node?: unknown; fault?: unknown } | null;
    const began = Date.parse(one.started);
    return (
      one.what === "fault inject" &&
      request?.node === fault.node &&
      request.fault === fault.fault &&
      began <= since &&
      since - began < SLACK_MS
    );
  });
}

/** The keys of a fault: of its status, else of the request that injected it. */
export function keysOf(fault: FaultStatus, operations: readonly Operation[]): Record<string, unknown> | undefined {
  return (
    fault.keys ?? (injectionOf(fault, operations)?.request as { keys?: Record<string, unknown> } | undefined)?.keys
  );
}
