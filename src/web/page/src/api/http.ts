// One door to the server: every answer is JSON, every failure an `ApiError`.
import { session } from "../state/session";
import { word } from "../words";
import type { AppError } from "./types";

export const BASE = "/api/v1";

export class ApiError extends Error {
  constructor(
    readonly error: AppError,
    readonly status: number,
  ) {
    super(error.message);
  }

  static of(cause: unknown): ApiError {
    if (cause instanceof ApiError) return cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    return new ApiError({ kind: "failed", message }, 0);
  }
}

/** Sends a request, and returns the JSON of the answer. */
export async function call<T>(
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
): Promise<T> {
  const init: RequestInit = { method, credentials: "same-origin", cache: "no-store" };
  init.headers = { Accept: "application/json", ...headers };
  if (method !== "GET") Object.assign(init.headers, { "X-Halab": "1" });
  if (body !== undefined) {
    Object.assign(init.headers, { "Content-Type": "application/json" });
    init.body = JSON.stringify(body);
  }
  let response: Response;
  try {
    response = await fetch(BASE + path, init);
  } catch (cause) {
    const causes = [cause instanceof Error ? cause.message : String(cause)];
    throw new ApiError({ kind: "failed", message: word("the server does not answer"), causes }, 0);
  }
  if (response.ok) {
    // An answer that only confirms has no body.
    const text = await response.text();
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }
  const error = await failure(response);
  if (response.status === 401) session.lose();
  throw error;
}

/** The error of an answer that is none of success. */
export async function failure(response: Response): Promise<ApiError> {
  const text = await response.text().catch(() => "");
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && "message" in value) {
      return new ApiError(value as AppError, response.status);
    }
  } catch {
    // Not JSON: the text itself is the reason.
  }
  const reason = text.slice(0, 300) || response.statusText || "no reason was given";
  return new ApiError(
    { kind: "failed", message: `the server refused: ${response.status}`, causes: [reason] },
    response.status,
  );
}

export const get = <T>(path: string): Promise<T> => call<T>("GET", path);

/** Performs a request that only looks. */
export async function look<T>(name: string, body: object): Promise<T> {
  return (await lookWithEvents<T>(name, body)).outcome;
}

export function lookWithEvents<T>(
  name: string,
  body: object,
): Promise<{ outcome: T; events: import("./events").Event[] }> {
  return call("POST", `/requests/${name}`, body);
}

/** Begins a request that changes something, and returns the id of the operation. */
export async function change(name: string, body: object): Promise<string> {
  return (await call<{ operation: string }>("POST", `/requests/${name}`, body)).operation;
}

/** A part of a path. */
export const part = encodeURIComponent;
