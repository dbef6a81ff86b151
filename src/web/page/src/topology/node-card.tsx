// A node of the drawing: its state, its addresses, its roles, its checks, and the faults in force on it.
import type { Status } from "../api/types";
import { worst } from "../lib/health";
import { plain } from "../lib/plain-text";
import { nodeState, type Tone } from "../ui/marks";
import { word } from "../words";
import { CARD, fit, nics, type NodePlace } from "./layout";
import { Roles, rolesOf, roleText } from "./roles";

export interface NodeCardProps {
  readonly place: NodePlace;
  readonly status: Status | undefined;
  readonly href: string | undefined;
}

export function NodeCard({ place, status, href }: NodeCardProps) {
  const { node, x, y, height, stacks } = place;
  const known = status?.nodes.find((one) => one.node === node.name);
  const state = known && nodeState(known.state);
  const holds = (status?.addresses ?? []).filter((one) => one.holders?.includes(node.name));
  const faults = (status?.faults ?? []).filter((one) => one.node === node.name);
  const roles = rolesOf(node.name, status);
  const foot = footOf(node.name, status);
  const words = [
    node.name,
    state?.word,
    holds.length > 0 && word("holds {0}", holds.map((one) => one.address).join(", ")),
    roles.length > 0 && word("told by the node: {0}", roles.map(roleText).join("; ")),
    foot?.text,
    faults.length > 0 && word("faults in force: {0}", faults.map((one) => one.fault).join(", ")),
  ];
  const tone = faults.length > 0 ? "bad" : (state?.tone ?? "plain");
  const body = (
    <>
      <rect
        class={`t-card tone-${tone} ${holds.length > 0 ? "holds" : ""} ${state && state.tone !== "good" ? "dim" : ""}`}
        x={x}
        y={y}
        width={CARD.width}
        height={height}
        rx="8"
      />
      {state && <NodeShape shape={state.shape} tone={state.tone} x={x + 20} y={y + 22} />}
      <text class="t-name" x={x + (state ? 34 : 14)} y={y + 27}>
        {fit(node.name, 14)}
      </text>
      {state && (
        <text class={`t-word tone-${state.tone}`} x={x + CARD.width - 14} y={y + 27} text-anchor="end">
          {known?.configured === false && state.tone === "good" ? word("not set up") : state.word}
        </text>
      )}
      <text class="t-muted" x={x + 14} y={y + 46}>
        {fit(stacks.join(" · "), 32)}
      </text>
      {nics(node).map((nic, row) => (
        <text class="t-mono" key={nic.device} x={x + 14} y={y + CARD.head + 12 + row * CARD.row}>
          <tspan class="t-muted">{nic.device}</tspan>
          <tspan x={x + 58}>{nic.ip}</tspan>
        </text>
      ))}
      <Roles roles={roles} x={x + 14} y={place.roles} />
      {foot && faults.length === 0 && (
        <text class={`t-foot tone-${foot.tone}`} x={x + 14} y={y + height - 12}>
          {foot.sign}
          {fit(foot.text, 27)}
        </text>
      )}
      {faults.length > 0 && (
        <FaultBadge x={x + 10} y={y + height - 30} text={faults.map((one) => one.fault).join(", ")} />
      )}
    </>
  );
  const label = words.filter(Boolean).join(", ");
  return href ? (
    <a href={href} class="t-node" aria-label={label}>
      {body}
    </a>
  ) : (
    <g class="t-node" role="img" aria-label={label}>
      {body}
    </g>
  );
}

function footOf(node: string, status: Status | undefined): { text: string; tone: Tone; sign: string } | undefined {
  const checks = (status?.checks ?? []).filter((one) => one.node === node);
  const bad = (text: string) => ({ text: plain(text), tone: "bad" as const, sign: "▲ " });
  const trouble = status?.nodes.find((one) => one.node === node)?.trouble;
  if (trouble) return bad(trouble);
  if (checks.length === 0) return undefined;
  const known = worst(checks);
  if (known?.pending) {
    const answered = checks.filter((one) => !one.pending).length;
    return { text: word("checking, {0} of {1} answered", answered, checks.length), tone: "plain", sign: "… " };
  }
  if (known) return bad(known.trouble ?? known.check);
  return { text: word("{0} of {1} checks healthy", checks.length, checks.length), tone: "good", sign: "✓ " };
}

function FaultBadge({ x, y, text }: { x: number; y: number; text: string }) {
  const shown = fit(text, 25);
  return (
    <g class="t-fault">
      <rect x={x} y={y} width={26 + shown.length * 7.4} height="22" rx="11" />
      <path d={`M${x + 13} ${y + 4} l-4 7 h3 l-1 7 l4.5 -8 h-3.2 z`} />
      <text x={x + 20} y={y + 15}>
        {shown}
      </text>
    </g>
  );
}

/** The shapes of `marks.tsx`, at a place in a drawing. */
export function NodeShape({ shape, tone, x, y }: { shape: string; tone: Tone; x: number; y: number }) {
  const common = { class: `t-shape tone-${tone}`, transform: `translate(${x} ${y})` };
  switch (shape) {
    case "disc":
      return <circle {...common} r="6" fill="currentColor" stroke="none" />;
    case "ring":
      return <circle {...common} r="5" />;
    case "dashed":
      return <circle {...common} r="5" stroke-dasharray="2.4 2.2" />;
    case "pause":
      return <path {...common} d="M-3-5v10M3-5v10" />;
    case "square":
      return <rect {...common} x="-5" y="-5" width="10" height="10" fill="currentColor" />;
    case "cross":
      return <path {...common} d="M-5-5 5 5M5-5-5 5" />;
    default:
      return <path {...common} d="M0-6 6 5H-6z" />;
  }
}
