// One tooltip for the page: shows `data-tip` of what the pointer or the focus is on. The same text is the
// description of the element for screen readers, so the tooltip itself is hidden from them.
import { useEffect, useRef, useState } from "preact/hooks";

interface Tip {
  readonly text: string;
  readonly left: number;
  readonly top: number;
  readonly above: boolean;
}

const DELAY_MS = 350;
const MARGIN = 8;

export function Tooltip() {
  const [tip, set] = useState<Tip>();
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const hide = () => {
      clearTimeout(timer.current);
      set(undefined);
    };
    const show = (target: EventTarget | null, delay: number) => {
      const owner = target instanceof Element ? target.closest<HTMLElement>("[data-tip]") : null;
      clearTimeout(timer.current);
      if (!owner?.dataset.tip) return set(undefined);
      timer.current = setTimeout(() => {
        const box = owner.getBoundingClientRect();
        if (!owner.isConnected || !owner.dataset.tip) return;
        const above = box.bottom + 48 > innerHeight;
        // A modal dialog covers all else, so the tooltip has to be inside of it.
        const host = owner.closest("dialog") ?? document.body;
        if (element.current) host.append(element.current);
        set({
          text: owner.dataset.tip,
          left: box.left + box.width / 2,
          top: above ? box.top - MARGIN : box.bottom + MARGIN,
          above,
        });
      }, delay);
    };
    const over = (event: PointerEvent) => event.pointerType !== "touch" && show(event.target, DELAY_MS);
    const focus = (event: FocusEvent) =>
      event.target instanceof Element && event.target.matches(":focus-visible") && show(event.target, DELAY_MS);
    const now = (event: globalThis.Event) => show(event.target, 0);
    const key = (event: KeyboardEvent) => event.key === "Escape" && hide();
    document.addEventListener("pointerover", over);
    document.addEventListener("focusin", focus);
    document.addEventListener("focusout", hide);
    document.addEventListener("pointerdown", hide);
    document.addEventListener("tip", now);
    document.addEventListener("keydown", key);
    document.addEventListener("scroll", hide, true);
    return () => {
      document.removeEventListener("pointerover", over);
      document.removeEventListener("focusin", focus);
      document.removeEventListener("focusout", hide);
      document.removeEventListener("pointerdown", hide);
      document.removeEventListener("tip", now);
      document.removeEventListener("keydown", key);
      document.removeEventListener("scroll", hide, true);
    };
  }, []);
  const width = element.current?.offsetWidth ?? 0;
  const left = tip ? Math.max(MARGIN + width / 2, Math.min(innerWidth - MARGIN - width / 2, tip.left)) : 0;
  return (
    <div
      ref={element}
      class={`tooltip ${tip ? "shown" : ""} ${tip?.above ? "above" : ""}`}
      aria-hidden="true"
      style={{ left: `${left}px`, top: `${tip?.top ?? 0}px` }}
    >
      {tip?.text}
    </div>
  );
}
