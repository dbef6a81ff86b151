// Two parts side by side, with a border between them that can be moved: with the pointer, or with arrow keys.
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { useStore } from "../lib/store";
import { change, settings } from "../state/settings";

const [LEAST, MOST, STEP] = [20, 70, 2];

interface SplitProps {
  readonly label: string;
  readonly children: readonly [ComponentChildren, ComponentChildren];
}

export function Split({ label, children }: SplitProps) {
  const frame = useRef<HTMLDivElement>(null);
  const { taskWidth } = useStore(settings);
  const set = (width: number) => change({ taskWidth: Math.round(Math.min(MOST, Math.max(LEAST, width))) });
  const key = (event: KeyboardEvent) => {
    const next = { ArrowLeft: taskWidth - STEP, ArrowRight: taskWidth + STEP, Home: LEAST, End: MOST }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    set(next);
  };
  const down = (event: PointerEvent) => {
    event.preventDefault();
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
  };
  const move = (event: PointerEvent) => {
    const box = frame.current?.getBoundingClientRect();
    if (!box || !(event.currentTarget as HTMLElement).hasPointerCapture(event.pointerId)) return;
    set(((event.clientX - box.left) / box.width) * 100);
  };
  return (
    <div class="student-split" ref={frame} style={{ "--task": `${taskWidth}%` }}>
      {children[0]}
      <div
        class="splitter"
        role="separator"
        aria-orientation="vertical"
        aria-label={label}
        aria-valuenow={taskWidth}
        aria-valuemin={LEAST}
        aria-valuemax={MOST}
        tabIndex={0}
        onKeyDown={key}
        onPointerDown={down}
        onPointerMove={move}
      />
      {children[1]}
    </div>
  );
}
