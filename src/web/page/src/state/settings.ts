// How the page looks, kept in this browser.
import { Store } from "../lib/store";

export type Theme = "system" | "light" | "dark";

/** The languages of the page of students. */
export type Language = "en" | "id";

export interface Settings {
  theme: Theme;
  large: boolean;
  history: boolean;
  language: Language;
  /** Whether names of students are shown; not on a projector. */
  names: boolean;
  /** The share of the width that the task of a student has, in percent. */
  taskWidth: number;
}

const KEY = "halab.settings";
const USUAL: Settings = {
  theme: "system",
  large: false,
  history: true,
  language: navigator.language.toLowerCase().startsWith("id") ? "id" : "en",
  names: true,
  taskWidth: 38,
};

function stored(): Settings {
  try {
    // A phone has no room for both.
    const usual = { ...USUAL, history: !matchMedia("(max-width: 800px)").matches };
    return { ...usual, ...(JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Settings>) };
  } catch {
    return USUAL;
  }
}

export const settings = new Store<Settings>(stored());

export function change(part: Partial<Settings>): void {
  settings.update((value) => ({ ...value, ...part }));
}

const dark = matchMedia("(prefers-color-scheme: dark)");

function apply(): void {
  const { theme, large } = settings.value;
  const root = document.documentElement;
  root.setAttribute("data-theme", theme === "system" ? (dark.matches ? "dark" : "light") : theme);
  root.toggleAttribute("data-large", large);
  try {
    localStorage.setItem(KEY, JSON.stringify(settings.value));
  } catch {
    // A browser that keeps nothing still shows the page.
  }
}

settings.watch(apply);
dark.addEventListener("change", apply);
apply();
