// A value that components can watch. Stores live outside of the component tree, so that a stream keeps its
// state while tabs come and go.
import { useEffect, useState } from "preact/hooks";

export class Store<T> {
  #value: T;
  #watchers = new Set<() => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const watcher of [...this.#watchers]) watcher();
  }

  update(change: (value: T) => T): void {
    this.set(change(this.#value));
  }

  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }
}

/** The value of a store; the component renders again when it changes. */
export function useStore<T>(store: Store<T>): T {
  const [, render] = useState(0);
  useEffect(() => {
    const seen = store.value;
    const stop = store.watch(() => render((count) => count + 1));
    // It may have changed between the first rendering and this effect.
    if (!Object.is(seen, store.value)) render((count) => count + 1);
    return stop;
  }, [store]);
  return store.value;
}
