// The words of the parts of the page that students see as well: in the language of a student, in English for
// all others. The English text is in the component, and is the key of the table of another language. Only the
// page of students loads that table.
import type { id } from "./id";

/** An English text that the table has, too; `{0}` stands for the first value. */
export type Word = keyof typeof id;

type Table = Readonly<Record<string, string>>;

let table: Table | undefined;

/** Chooses a table, or English. The page of students does so while it renders, before what is below it. */
export function speak(next: Table | undefined): void {
  table = next;
}

/** The table that is in use: what is kept and has words in it depends on it. */
export const spoken = (): Table | undefined => table;

/** A text with its values. */
export function word(english: Word, ...values: readonly (string | number)[]): string {
  const text = table?.[english] ?? english;
  return values.length === 0 ? text : text.replace(/\{(\d)\}/g, (_, place) => String(values[Number(place)] ?? ""));
}

/** A text of the server: in the language if the table has it, else as it is. */
export const known = (text: string): string => (table && Object.hasOwn(table, text) ? (table[text] ?? text) : text);
