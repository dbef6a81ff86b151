// Texts that were written in several languages.
import type { Localized } from "../api/class";
import type { Language } from "../state/settings";

/** In a language; in English, or in any, if it lacks that one. */
export function inLanguage(text: Localized, language: Language): string {
  return text[language] ?? text.en ?? Object.values(text)[0] ?? "";
}

export const inEnglish = (text: Localized): string => inLanguage(text, "en");
