// Keys that work everywhere: `/` searches, F6 goes to the next region.
import { useEffect } from "preact/hooks";
import { openPalette } from "./palette";

const REGIONS = [
  "#tree [tabindex='0']",
  ".tabs [tabindex='0'], #work",
  "#work",
  "#history [tabindex='0'], #history button",
];

function typing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

function next(back: boolean): void {
  const places = ["#tree", "#tabs", "#work", "#history"];
  const at = places.findIndex((place) => document.activeElement?.closest(place));
  for (let step = 1; step <= REGIONS.length; step += 1) {
    const place = (at + (back ? -step : step) + 2 * REGIONS.length) % REGIONS.length;
    const element = document.querySelector<HTMLElement>(REGIONS[place] ?? "#work");
    if (element && element.offsetParent !== null && element !== document.activeElement) return element.focus();
  }
}

export function useRegions(): void {
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      if (document.querySelector("dialog[open]")) return;
      if (event.key === "F6") {
        event.preventDefault();
        next(event.shiftKey);
      } else if (event.key === "/" && !typing(event.target) && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        openPalette();
      } else if (event.key === "k" && (event.ctrlKey || event.metaKey) && !typing(event.target)) {
        event.preventDefault();
        openPalette();
      }
    };
    document.addEventListener("keydown", key);
    return () => document.removeEventListener("keydown", key);
  }, []);
}
