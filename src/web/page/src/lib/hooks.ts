// Small hooks that several components share.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError, look } from "../api/http";

/** The present time in milliseconds, renewed while `on`. */
export function useNow(on: boolean, every = 1000): number {
  const [now, set] = useState(Date.now());
  useEffect(() => {
    if (!on) return;
    set(Date.now());
    const timer = setInterval(() => set(Date.now()), every);
    return () => clearInterval(timer);
  }, [on, every]);
  return now;
}

export interface Loaded<T> {
  readonly value: T | undefined;
  readonly error: ApiError | undefined;
  readonly loading: boolean;
  readonly again: () => void;
}

/** The outcome of a request that only looks; asked again when one of `keys` changes. */
export function useLook<T>(name: string, body: object | undefined, keys: readonly unknown[] = []): Loaded<T> {
  return useLoad<T>(body ? () => look<T>(name, body) : undefined, [name, JSON.stringify(body), ...keys]);
}

/** The result of a promise; an answer that was overtaken by a newer question is ignored. */
export function useLoad<T>(load: (() => Promise<T>) | undefined, keys: readonly unknown[]): Loaded<T> {
  const [state, set] = useState<{ value?: T | undefined; error?: ApiError | undefined; loading: boolean }>({
    loading: load !== undefined,
  });
  const turn = useRef(0);
  const [count, setCount] = useState(0);
  useEffect(() => {
    const mine = ++turn.current;
    if (!load) {
      set({ loading: false });
      return;
    }
    set((before) => ({ ...before, loading: true }));
    load().then(
      (value) => mine === turn.current && set({ value, loading: false }),
      (error: unknown) => mine === turn.current && set({ error: ApiError.of(error), loading: false }),
    );
  }, [...keys, count]);
  const again = useCallback(() => setCount((value) => value + 1), []);
  return { value: state.value, error: state.error, loading: state.loading, again };
}

/** Whether a media query matches. */
export function useMedia(query: string): boolean {
  const [matches, set] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const change = () => set(list.matches);
    change();
    list.addEventListener("change", change);
    return () => list.removeEventListener("change", change);
  }, [query]);
  return matches;
}
