// Keys that work everywhere: `/` searches, F6 goes to the next region, with Shift to the one before. The page
// of a student has no search.
import { useEffect } from "preact/hooks";
import { openPalette } from "./palette";

interface Region {
  /** The element that contains it. */
  readonly within: string;
  /** What gets the focus; the first that is there. */
  readonly focus: readonly string[];
}

const REGIONS: readonly Region[] = [
  { within: "#tree", focus: ["#tree [tabindex='0']"] },
  { within: "#task", focus: ["#task"] },
  { within: "#tabs", focus: ["#tabs [tabindex='0']"] },
  { within: "#work", focus: ["#panel", "#work"] },
  { within: "#history", focus: ["#history button"] },
];

function typing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

function next(back: boolean): void {
  const at = REGIONS.findIndex((region) => document.activeElement?.closest(region.within));
  for (let step = 1; step <= REGIONS.length; step += 1) {
    const region = REGIONS[(at + (back ? -step : step) + 2 * REGIONS.length) % REGIONS.length];
    const found = region?.focus.map((one) => document.querySelector<HTMLElement>(one)).find((one) => one !== null);
    // A region that is not shown, such as the closed drawer, has no place.
    if (found && found.getClientRects().length > 0) return found.focus();
  }
}

export function useRegions(search = true): void {
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      if (document.querySelector("dialog[open]")) return;
      const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
      if (event.key === "F6") {
        event.preventDefault();
        next(event.shiftKey);
      } else if (
        search &&
        !typing(event.target) &&
        ((event.key === "/" && plain) || (event.key === "k" && (event.ctrlKey || event.metaKey)))
      ) {
        event.preventDefault();
        openPalette();
      }
    };
    document.addEventListener("keydown", key);
    return () => document.removeEventListener("keydown", key);
  }, []);
}
