import { useEffect, useState } from "react";
import type { Api } from "./api.ts";

/** The last answer, and whether the last attempt failed. */
export interface Polled<T> {
  readonly answer: T | null;
  readonly failed: boolean;
}

/** Asks the station for `path` at once and then every `everyMs` after each answer; `null` asks nothing. */
export function usePolled<T>(api: Api, path: (() => string) | null, everyMs: number): Polled<T> {
  const [polled, setPolled] = useState<Polled<T>>({ answer: null, failed: false });
  const key = path ? path().split("&from=")[0] : null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the path differs at each call by its time alone
  useEffect(() => {
    if (!path) return;
    const controller = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    const ask = async () => {
      try {
        const answer = await api.get<T>(path(), controller.signal);
        setPolled({ answer, failed: false });
      } catch {
        if (controller.signal.aborted) return;
        setPolled((before) => ({ ...before, failed: true }));
      }
      if (!controller.signal.aborted) timer = setTimeout(ask, everyMs);
    };
    ask();
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, [api, key, everyMs]);
  return polled;
}
