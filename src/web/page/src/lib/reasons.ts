// Why something failed, in a few lines for a short message.
import type { AppError } from "../api/types";
import { word } from "../words";

const MOST = 6;

export function reasons(error: AppError, withMessage: boolean): string {
  const lines = [
    ...(withMessage ? [error.message] : []),
    ...(error.causes ?? []),
    ...(error.details ?? []).map((detail) => detail.remark),
    ...(error.problems?.items ?? []).map((problem) => problem.message),
    ...(error.hints ?? error.hint ?? []).map((hint) => `${word("Try:")} ${hint}`),
  ];
  return lines.slice(0, MOST).join("\n");
}
