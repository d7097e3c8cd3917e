import { useEffect, useState } from "react";
import { read } from "./calls.ts";

/** The last answer, and whether the last attempt failed. */
export interface Read<T> {
  readonly answer: T | null;
  readonly failed: boolean;
}

/**
 * Reads a path of the app's proxy, at once and then every `everyMs`; `null` reads nothing.
 * @param again read at once when this changes
 */
export function useRead<T>(path: (() => string) | null, everyMs: number, again: unknown): Read<T> {
  const [state, setState] = useState<Read<T>>({ answer: null, failed: false });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the path differs at each call by its time
  useEffect(() => {
    if (!path) return;
    let isOver = false;
    let timer: ReturnType<typeof setTimeout>;
    const ask = async () => {
      try {
        const answer = await read<T>(path());
        if (!isOver) setState({ answer, failed: false });
      } catch {
        if (!isOver) setState((before) => ({ ...before, failed: true }));
      }
      if (!isOver) timer = setTimeout(ask, everyMs);
    };
    ask();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [again, everyMs]);
  return state;
}
