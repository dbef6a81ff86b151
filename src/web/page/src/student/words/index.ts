// The words of the student's page in the language that was chosen.
import type { Localized } from "../../api/class";
import { inLanguage } from "../../lib/localized";
import { plain } from "../../lib/plain-text";
import { useStore } from "../../lib/store";
import { type Language, settings } from "../../state/settings";
import { en, type Words } from "./en";
import { id } from "./id";

export type { Words } from "./en";

const TABLES: Record<Language, Words> = { en, id };

export const words = (): Words => TABLES[settings.value.language];

export const useWords = (): Words => TABLES[useStore(settings).language];

/** A text of a teacher or an author in the language that was chosen. */
export function useText(): (text: Localized) => string {
  const { language } = useStore(settings);
  return (text) => plain(inLanguage(text, language));
}

/** The time of a moment, with its day if it is another one. */
export function clockOf(text: string, seconds = false): string {
  const at = new Date(text);
  const same = at.toDateString() === new Date().toDateString();
  return at.toLocaleString(settings.value.language === "id" ? "id-ID" : "en-GB", {
    ...(same ? {} : { day: "numeric", month: "short" }),
    hour: "2-digit",
    minute: "2-digit",
    ...(seconds ? { second: "2-digit" } : {}),
  });
}
