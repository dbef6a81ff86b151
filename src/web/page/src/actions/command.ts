// The command that a button stands for, as a person would type it.

/** Quotes what a shell would not take literally. */
export function quote(word: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

type Word = string | number | false | null | undefined | readonly Word[];

/** `lab` and the words; what is empty is left out. */
export function command(...words: Word[]): string {
  return ["lab", ...flat(words)].map(quote).join(" ");
}

function flat(words: readonly Word[]): string[] {
  return words.flatMap((word) => {
    if (word === false || word === null || word === undefined || word === "") return [];
    return typeof word === "object" ? flat(word) : [String(word)];
  });
}
