// What a teacher can do with a class, and the commands that do the same. A student is named by the seat.
import type { Action } from "../actions/catalog";
import { command } from "../actions/command";

const whole = (...words: Parameters<typeof command>) => command("class", ...words);

export function say(name: string, student: string | undefined, text: string): Action {
  return {
    label: "Send",
    command: whole("say", student !== undefined && ["--to", student], text || "TEXT"),
    request: "class-say",
    body: { class: name, student: student ?? null, text },
  };
}

export function extend(name: string, student: string | undefined, minutes: number): Action {
  const by = `${minutes}m`;
  return {
    label: "Extend",
    command: whole("extend", by, student !== undefined && ["--student", student]),
    request: "class-extend",
    body: { class: name, student: student ?? null, by },
  };
}

export function freeze(name: string, student: string | undefined, end: boolean): Action {
  return {
    label: end ? "Unfreeze" : "Freeze",
    command: whole("freeze", end && "--end", student !== undefined && ["--student", student]),
    request: "class-freeze",
    body: { class: name, student: student ?? null, end },
  };
}

export function reseed(name: string, student: string): Action {
  return {
    label: "Other values",
    title: `Give ${student} other values?`,
    loses:
      "The variables of each exercise get other values for this bench from the next start on. What goes on now " +
      "stays as it is.",
    command: whole("reseed", student),
    request: "class-reseed",
    body: { class: name, student },
  };
}

export function deadline(name: string): Action {
  return {
    label: "Deadline now",
    title: "Hand in what stands?",
    loses:
      "The time of all is over now: all clusters stand still and are handed in as they are. At the planned deadline " +
      "the server does so by itself.",
    command: whole("deadline", "--now"),
    request: "class-deadline",
    body: { class: name, now: true },
  };
}

export function grade(name: string, student?: string): Action {
  return {
    label: "Grade",
    title: "Grade the hand-ins?",
    loses:
      "Each hand-in that was not graded yet is checked on copies, one after the other. For times that can be " +
      "compared, nothing else should run on the machine. Stopped, it goes on there when it is started again.",
    command: whole("grade", student !== undefined && ["--student", student]),
    request: "class-grade",
    body: { class: name, student: student ?? null },
  };
}

export function close(name: string, force: boolean): Action {
  return {
    label: "Close the class",
    title: `Close ${name}?`,
    command: whole("close", force && "--force"),
    request: "class-close",
    body: { class: name, force },
    danger: true,
  };
}

export function exportCommand(format: string, language: string, hideNames: boolean): string {
  return whole("export", "--format", format, ["--language", language], hideNames && "--hide-names");
}

export const showCommand = (seat: string): string => whole("show", seat);

export const cardsCommand = (student: string | undefined): string =>
  whole("cards", student !== undefined && ["--student", student]);

export const VERIFY = whole("verify");
export const RECORDINGS = whole("recordings");
export const OPEN = whole("open", "class.toml");
