// The shapes of the API, as `lab … --format json` prints them. Only the fields that the page uses.

export interface Detail {
  remark: string;
  lines: string;
}

export interface AppError {
  kind: string;
  message: string;
  causes?: string[];
  details?: Detail[];
  hints?: string[];
  hint?: string[];
  problems?: { items?: { message: string; severity?: string; help?: string | null }[] } | null;
}

export interface Session {
  name: string;
  role: "administrator" | "operator" | "viewer" | "student";
  scope: string;
  until: string;
  version: string;
  simulated: boolean;
  /** The port at which students reach the server with SSH; none if there is no such port. */
  ssh?: number | null;
  /** The seat of a student; none for others. */
  seat?: string;
}

export interface Listed {
  instance: string;
  lab: string | null;
  title: string | null;
  nodes: string[];
  running: number | null;
  created: string | null;
  damage?: string;
  /** The checkpoint on which its disks stand; none if they were made new. */
  from?: string;
  /** Faults in force; none if there is no fault. */
  faults?: number;
  /** What was last seen of its health while it was looked at; none if it never was. */
  health?: { healthy: boolean; "as-of": string | null };
}

export interface BundledLab {
  lab: string;
  title: string;
  installed?: boolean;
}

export type Standing = "running" | "done" | "failed" | "stopped" | "killed";

export interface Operation {
  id: string;
  who: string;
  what: string;
  subject: string[];
  request: unknown;
  started: string;
  ended?: { at: string; error?: AppError };
  standing: Standing;
}

export interface Overview {
  instances: Listed[];
  operations: Operation[];
}

export type NodeState = "running" | "paused" | "frozen" | "off" | "crashed" | "absent";

/** What a node says of its part in a stack. The text comes from the guest: it is not trusted. */
export interface Role {
  stack: string;
  title: string;
  text: string;
}

export interface NodeStatus {
  node: string;
  state: NodeState;
  configured: boolean;
  addresses: string[];
  trouble?: string;
  dropped?: { forged: number; flood: number };
  roles?: Role[];
}

export interface AddressStatus {
  address: string;
  ip: string;
  holders: string[] | null;
}

export interface CheckStatus {
  check: string;
  node: string | null;
  healthy: boolean;
  trouble: string | null;
  /** It was not answered yet: it is neither healthy nor has it failed. */
  pending?: true;
}

export interface FaultStatus {
  id: string;
  fault: string;
  node: string;
  by: string;
  since: string;
  keys?: Record<string, unknown>;
}

export interface Status {
  instance: string;
  lab: string;
  title: string;
  settings: string[];
  host: boolean;
  healthy: boolean;
  memory?: number;
  nodes: NodeStatus[];
  addresses: AddressStatus[];
  checks: CheckStatus[];
  faults: FaultStatus[];
  at_work: string | null;
}

export interface Nic {
  network: string;
  device: string;
  ip: string;
  prefix: number;
  mac: string;
}

export interface LabNode {
  name: string;
  image: string;
  memory: string;
  cpus: number;
  nics: Nic[];
  disks: { name: string; size: string; device: string }[];
  internet: boolean;
}

export interface Stack {
  name: string;
  uses: string;
  on: string[];
  params: Record<string, { type: string; value: unknown }>;
  duties?: string[];
  services?: Record<string, { unit: string }>;
  paths?: Record<string, { protocol: string; port: number }>;
}

export interface Lab {
  name: string;
  title: string;
  networks: { name: string; subnet: string; host: string; join: string | null }[];
  nodes: LabNode[];
  addresses: { name: string; network: string; ip: string }[];
  stacks: Stack[];
}

export type Verdict = "pass" | "inconclusive" | "fail" | "error";

export interface DrillRow {
  drill: string;
  title: string;
  broken: boolean;
  last: { verdict: Verdict; started: string; runs: number; record: string } | null;
}

export interface RecordRow {
  record: string;
  drill: string;
  kind?: "run" | "series" | "sweep";
  verdict: Verdict | null;
  started: string;
  runs?: number;
}

export interface FaultKind {
  fault: string;
  about: string;
  takes: { key: string; default: string | null }[];
}

export interface ActiveFault extends FaultStatus {
  instance: string;
  mechanism: string | null;
}

export interface Checkpoint {
  checkpoint: string;
  lab: string;
  name: string;
  kind: string;
  note: string;
  created: string;
  running: string[];
  nodes: string[];
  bytes: number;
  used_by: string[];
  damage: string | null;
}

export interface Rendered {
  node: string;
  packages: string[];
  files: { path: string; mode: number; owner: string; content: string }[];
  steps: { stack: string; step: string; script: { title: string; text: string } }[];
}
