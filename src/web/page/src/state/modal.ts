// Dialogs, one above the other, and short messages.
import type { ComponentChildren } from "preact";
import { Store } from "../lib/store";

export interface Modal {
  readonly key: number;
  readonly render: (close: () => void) => ComponentChildren;
}

export interface Toast {
  readonly key: number;
  readonly tone: "good" | "bad" | "plain";
  readonly text: string;
  readonly detail?: string | undefined;
  readonly operation?: string | undefined;
  /** It stays until it is closed. */
  readonly stays?: boolean;
  /** A newer one of the same topic takes its place. */
  readonly topic?: string;
}

let next = 1;

export const modals = new Store<readonly Modal[]>([]);
export const toasts = new Store<readonly Toast[]>([]);

/** Opens a dialog; `render` gets the function that closes it. */
export function openModal(render: Modal["render"]): void {
  modals.update((all) => [...all, { key: next++, render }]);
}

export function closeAllModals(): void {
  modals.set([]);
}

export function closeModal(key: number): void {
  modals.update((all) => all.filter((one) => one.key !== key));
}

const SHOWN_MS = 6_000;

export function say(toast: Omit<Toast, "key">): void {
  const key = next++;
  // The end of an operation replaces its beginning.
  const others = (all: readonly Toast[]) =>
    all
      .filter((one) => toast.operation === undefined || one.operation !== toast.operation)
      .filter((one) => toast.topic === undefined || one.topic !== toast.topic);
  toasts.update((all) => [...others(all).slice(-3), { ...toast, key }]);
  // What failed stays until it is closed.
  if (toast.tone !== "bad" && !toast.stays) setTimeout(() => closeToast(key), SHOWN_MS);
}

export function closeToast(key: number): void {
  toasts.update((all) => all.filter((one) => one.key !== key));
}
