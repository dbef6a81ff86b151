// The options of faults, as `lab fault inject --help` describes them.
import type { Word } from "../words";

export type KeyKind =
  "time" | "size" | "number" | "flag" | "choice" | "network" | "service" | "path" | "disk" | "folder";

export interface KeyInfo {
  readonly kind: KeyKind;
  readonly about: string;
  readonly example: string;
  readonly choices?: readonly (readonly [word: string, about: Word])[];
}

export const KEYS: Record<string, KeyInfo & { readonly about: Word }> = {
  off: { kind: "time", about: "How long the power is off", example: "3s" },
  clock: {
    kind: "choice",
    about: "What the clock of the node does during the pause",
    example: "frozen",
    choices: [
      ["frozen", "frozen: the resumed machine believes that no time has passed"],
      ["running", "running: the resumed machine finds itself late"],
    ],
  },
  share: { kind: "number", about: "The remaining share of a processor, in percent", example: "10" },
  by: { kind: "time", about: "How far the clock is off", example: "60s" },
  backward: { kind: "flag", about: "Set the clock into the past", example: "true" },
  service: { kind: "service", about: "The service, by its name in the stack", example: "web" },
  restart: { kind: "flag", about: "The service manager may start it again", example: "true" },
  network: { kind: "network", about: "The network; all of them if none is chosen", example: "public" },
  direction: {
    kind: "choice",
    about: "Which direction is lost, seen from the node",
    example: "out",
    choices: [
      ["out", "out: what the node sends"],
      ["in", "in: what is sent to the node"],
    ],
  },
  path: { kind: "path", about: "The path, by its name in the stack, or `client`", example: "heartbeat" },
  percent: { kind: "number", about: "Percent of all frames", example: "20" },
  limit: { kind: "size", about: "Bytes in a second", example: "1MiB" },
  latency: { kind: "time", about: "The delay of frames", example: "50ms" },
  variation: { kind: "time", about: "More or less by up to this, at random", example: "10ms" },
  disk: { kind: "disk", about: "The secondary disk", example: "data" },
  io: {
    kind: "choice",
    about: "What fails",
    example: "all",
    choices: [
      ["all", "all: reading and writing"],
      ["reads", "reads"],
      ["writes", "writes"],
    ],
  },
  operations: { kind: "number", about: "Operations in a second", example: "20" },
  folder: { kind: "folder", about: "A folder of the file system, which is not the system's own", example: "/srv/data" },
};

/** A key that this page does not know is a text. */
export const keyInfo = (key: string): KeyInfo => KEYS[key] ?? { kind: "folder", about: key, example: "" };

/** The groups of the catalogue; what is in none of them comes last. */
export const GROUPS: readonly (readonly [title: Word, faults: readonly string[]])[] = [
  [
    "Power and machine",
    ["power-cut", "power-cycle", "graceful-stop", "kernel-panic", "pause", "cpu-starvation", "clock-jump"],
  ],
  ["Network", ["link-down", "silent-cut", "partition", "one-way", "path-cut", "loss", "rate", "delay", "reorder"]],
  ["Services", ["service-kill", "service-hang", "service-stop", "cluster-kill", "cluster-hang"]],
  ["Disks", ["disk-error", "slow-disk", "full-disk", "split-brain"]],
];
