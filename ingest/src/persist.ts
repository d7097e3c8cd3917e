import { setTimeout as pause } from "node:timers/promises";
import { PermanentError, type Point, type Store } from "./stores/store.ts";

/** How long after a failure a store is tried again: milliseconds. */
export interface RetryPolicy {
  readonly firstMs: number;
  readonly maxMs: number;
  /** 0 to 1, for jitter. */
  random(): number;
}

export const retryDefaults: RetryPolicy = { firstMs: 200, maxMs: 5000, random: Math.random };

/** What a store would not take. */
export interface Refused {
  readonly points: number;
  readonly why: string | undefined;
}

/**
 * Tries until it is done, or aborted.
 * @throws PermanentError as it comes; the signal's reason
 */
export async function persist<T>(
  attempt: () => Promise<T>,
  { policy, signal, note }: Persistence,
): Promise<T> {
  for (let waitMs = policy.firstMs; ; waitMs = Math.min(waitMs * 2, policy.maxMs)) {
    signal.throwIfAborted();
    try {
      const result = await attempt();
      note(undefined);
      return result;
    } catch (error) {
      if (error instanceof PermanentError) throw error;
      note(error as Error);
      await pause(waitMs * (0.5 + policy.random() / 2), undefined, { signal });
    }
  }
}

export interface Persistence {
  readonly policy: RetryPolicy;
  readonly signal: AbortSignal;
  /** Told of each failure, and with undefined of each success. */
  note(fault: Error | undefined): void;
}

/** Writes points whatever it takes; what is refused for ever is found by halving, counted and passed over. */
export async function writeAll(
  store: Pick<Store, "write" | "limits">,
  points: readonly Point[],
  persistence: Persistence,
): Promise<Refused> {
  if (points.length === 0) return { points: 0, why: undefined };
  const { maxPoints } = store.limits;
  const whole = points.length <= maxPoints;
  try {
    if (whole) {
      await persist(() => store.write(points), persistence);
      return { points: 0, why: undefined };
    }
  } catch (error) {
    if (!(error instanceof PermanentError)) throw error;
    if (points.length === 1) return { points: 1, why: error.message };
  }
  const middle = points.length >>> 1;
  const first = await writeAll(store, points.slice(0, middle), persistence);
  const second = await writeAll(store, points.slice(middle), persistence);
  return { points: first.points + second.points, why: second.why ?? first.why };
}
