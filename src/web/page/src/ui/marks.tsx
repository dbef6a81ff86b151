// States, each by a shape, a word and a colour: none is shown by its colour alone.
import type { ComponentChildren, JSX } from "preact";
import type { Standing, Verdict } from "../api/types";
import type { Health } from "../lib/health";
import { word } from "../words";
import { Icon, type IconName, Svg } from "./icons";

export type Tone = "good" | "bad" | "warn" | "off" | "busy" | "plain";

const shapes: Record<string, JSX.Element> = {
  disc: <circle cx="8" cy="8" r="5" fill="currentColor" stroke="none" />,
  ring: <circle cx="8" cy="8" r="4.2" />,
  dashed: <circle cx="8" cy="8" r="4.5" stroke-dasharray="2.4 2.2" />,
  pause: <path d="M5.5 3.5v9M10.5 3.5v9" stroke-width="2.6" />,
  square: <rect x="3.5" y="3.5" width="9" height="9" rx="1" fill="currentColor" stroke="none" />,
  cross: <path d="m4 4 8 8m0-8-8 8" stroke-width="2.4" />,
  triangle: <path d="M8 2.5 14 13H2z" fill="currentColor" stroke="currentColor" stroke-linejoin="round" />,
  check: <path d="m3 8.5 3.2 3.2L13 4.8" stroke-width="2.2" />,
  half: <path d="M8 3a5 5 0 0 1 0 10z M8 3a5 5 0 0 0 0 10" fill="none" stroke-width="1.8" />,
  spin: <path d="M8 3a5 5 0 1 1-5 5" stroke-width="2.2" />,
  bolt: <path d="M9 1.8 3.8 9H8l-1 5.2L12.2 7H8z" fill="currentColor" stroke="none" />,
  dots: <path d="M3.5 8h.01M8 8h.01M12.5 8h.01" stroke-width="3" />,
  question: <path d="M5.5 6a2.5 2.5 0 1 1 3.4 2.4c-.6.3-.9.7-.9 1.4M8 12.4h.01" stroke-width="1.8" />,
};

export interface State {
  readonly shape: string;
  readonly word: string;
  readonly tone: Tone;
}

export const nodeState = (state: string): State =>
  ({
    running: { shape: "disc", word: word("running"), tone: "good" as const },
    paused: { shape: "pause", word: word("paused"), tone: "warn" as const },
    frozen: { shape: "square", word: word("frozen"), tone: "warn" as const },
    off: { shape: "ring", word: word("off"), tone: "off" as const },
    crashed: { shape: "cross", word: word("crashed"), tone: "bad" as const },
    absent: { shape: "dashed", word: word("absent"), tone: "off" as const },
  })[state] ?? { shape: "question", word: state, tone: "plain" };

export const standing = (value: Standing): State =>
  ({
    running: { shape: "spin", word: word("running"), tone: "busy" as const },
    done: { shape: "check", word: word("done"), tone: "good" as const },
    failed: { shape: "cross", word: word("failed"), tone: "bad" as const },
    stopped: { shape: "square", word: word("stopped"), tone: "warn" as const },
    killed: { shape: "triangle", word: word("killed"), tone: "bad" as const },
  })[value] ?? { shape: "question", word: value, tone: "plain" };

export const verdict = (value: Verdict | null | undefined): State =>
  value === null || value === undefined
    ? { shape: "ring", word: word("no verdict"), tone: "off" }
    : ({
        pass: { shape: "check", word: word("pass"), tone: "good" as const },
        inconclusive: { shape: "question", word: word("inconclusive"), tone: "warn" as const },
        fail: { shape: "cross", word: word("fail"), tone: "bad" as const },
        error: { shape: "triangle", word: word("error"), tone: "bad" as const },
      }[value] ?? { shape: "question", word: value, tone: "plain" });

export const health = (value: Health): State =>
  ({
    healthy: { shape: "check", word: word("healthy"), tone: "good" as const },
    checking: { shape: "dots", word: word("checking"), tone: "plain" as const },
    unhealthy: { shape: "triangle", word: word("not healthy"), tone: "bad" as const },
  })[value];

/** The shape alone; its word must stand beside it, or be its label. */
export function Shape({ state, label }: { state: State; label?: boolean }) {
  return (
    <span class={`shape tone-${state.tone}`} {...(label ? { role: "img", "aria-label": state.word } : {})}>
      <Svg class={state.shape === "spin" ? "spin" : ""}>{shapes[state.shape]}</Svg>
    </span>
  );
}

/** Shape and word. */
export function Mark({ state }: { state: State }) {
  return (
    <span class={`mark tone-${state.tone}`}>
      <Shape state={state} />
      {state.word}
    </span>
  );
}

interface TagProps {
  readonly tone?: Tone;
  readonly icon?: IconName | undefined;
  readonly children: ComponentChildren;
  readonly tip?: string;
}

/** A short remark with a border: `power-cut`, `drill run`. */
export function Tag({ tone = "plain", icon, children, tip }: TagProps) {
  return (
    <span class={`tag tone-${tone}`} {...(tip ? { "data-tip": tip } : {})}>
      {icon && <Icon name={icon} />}
      {children}
    </span>
  );
}
