import type { Role } from "@kenh/schemas";
import { useCallback, useEffect, useRef, useState } from "react";
import { type Api, ApiError } from "../api.ts";

/** Why there is no answer: the status, 0 where none came, and what the station said. */
export interface Failure {
  readonly status: number;
  readonly detail: string;
}

export function failureOf(error: unknown): Failure {
  if (error instanceof ApiError) return { status: error.status, detail: error.message };
  return { status: 0, detail: error instanceof Error ? error.message : String(error) };
}

/** The last answer, when it came, why the last attempt failed, and another attempt. */
export interface Asked<T> {
  readonly answer: T | null;
  readonly at: number | null;
  readonly failure: Failure | null;
  readonly again: () => void;
}

/**
 * Asks for a path at once, and every `everyMs` after each answer where that is given; null asks nothing.
 * @param key what the answer is of, where the path has more than that in it, such as the time
 */
export function useAsked<T>(
  api: Api,
  path: string | null,
  everyMs?: number,
  key: string | null = path,
): Asked<T> {
  const nothing = { key, answer: null, at: null, failure: null };
  const [asked, setAsked] = useState<Omit<Asked<T>, "again"> & { key: string | null }>(nothing);
  const [turn, setTurn] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another turn asks the same again
  useEffect(() => {
    if (path === null) return;
    const controller = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async () => {
      try {
        const answer = await api.get<T>(path, controller.signal);
        setAsked({ key, answer, at: Date.now(), failure: null });
      } catch (error) {
        if (controller.signal.aborted) return;
        setAsked((before) => ({
          ...(before.key === key ? before : { key, answer: null, at: null }),
          failure: failureOf(error),
        }));
      }
      if (everyMs !== undefined && !controller.signal.aborted) timer = setTimeout(ask, everyMs);
    };
    ask();
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, [api, path, key, everyMs, turn]);
  const again = useCallback(() => setTurn((before) => before + 1), []);
  // What was asked of something else says nothing of this.
  return { ...(asked.key === key ? asked : nothing), again };
}

/** Sends JSON and reads JSON. Rejects as `Api` does. */
export async function post<T>(
  api: Api,
  path: string,
  body: unknown,
  signal?: AbortSignal,
): Promise<T> {
  const response = await api.open(path, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json" },
    signal: signal ?? null,
  });
  return (await response.json()) as T;
}

/** What somebody does with a button: whether it is under way, and what came of it. */
export interface Deed<T> {
  readonly isBusy: boolean;
  readonly done: T | null;
  readonly failure: Failure | null;
  /** Starts it; a second one while the first is under way is ignored. */
  readonly run: (work: () => Promise<T>) => void;
  readonly forget: () => void;
}

export function useDeed<T>(onDone?: (answer: T) => void): Deed<T> {
  const [state, setState] = useState<Pick<Deed<T>, "isBusy" | "done" | "failure">>(idle);
  const busy = useRef(false);
  const run = (work: () => Promise<T>) => {
    if (busy.current) return;
    busy.current = true;
    setState({ ...idle, isBusy: true });
    work()
      .then(
        (done) => {
          setState({ isBusy: false, done, failure: null });
          onDone?.(done);
        },
        (error) => setState({ isBusy: false, done: null, failure: failureOf(error) }),
      )
      .finally(() => {
        busy.current = false;
      });
  };
  return { ...state, run, forget: () => setState(idle) };
}
const idle = { isBusy: false, done: null, failure: null };

/** Whether a role may change things here; the station holds every call against it again. */
export const maintains = (role: Role): boolean => role === "engineer" || role === "admin";
