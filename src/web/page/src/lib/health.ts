// How an instance is. Not healthy is what was seen to fail: a check without an answer so far has not.
import type { CheckStatus, Status } from "../api/types";

export type Health = "healthy" | "checking" | "unhealthy";

export function healthOf(status: Status): Health {
  if (status.healthy) return "healthy";
  const runs = status.nodes.every((one) => one.state === "running" && one.configured && !one.trouble);
  return status.host && runs && worst(status.checks)?.pending ? "checking" : "unhealthy";
}

export function healthOfCheck(check: CheckStatus): Health {
  if (check.healthy) return "healthy";
  return check.pending ? "checking" : "unhealthy";
}

/** The check that matters most: one that failed, else one without an answer; none if all hold. */
export function worst(checks: readonly CheckStatus[]): CheckStatus | undefined {
  return checks.find((one) => healthOfCheck(one) === "unhealthy") ?? checks.find((one) => one.pending);
}
