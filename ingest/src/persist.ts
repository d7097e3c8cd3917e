import { setTimeout as pause } from "node:timers/promises";
import { type Batch, PermanentError, type Store } from "./stores/store.ts";

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

/** What takes points. */
export type Writer = Pick<Store, "write" | "limits">;

/** A writer that tries until it is done, or aborted. @throws PermanentError as it comes; the signal's reason */
export function persistent(store: Writer, persistence: Persistence): Writer {
  return {
    write: (points) => persist(() => store.write(points), persistence),
    get limits() {
      return store.limits;
    },
  };
}

/**
 * A writer for those who make their points anew each time: what failed is written as it was, before what
 * comes next. A batch that was put down for other destinations has to reach the main store as the same batch.
 * One write after the other; with no points it writes what failed, and nothing else.
 */
export function steadfast(store: Writer): Writer {
  let failed: Batch | undefined;

  async function attempt(points: Batch): Promise<void> {
    try {
      await store.write(points);
      failed = undefined;
    } catch (error) {
      failed = error instanceof PermanentError ? undefined : points;
      throw error;
    }
  }

  return {
    async write(points) {
      if (failed) {
        await attempt(failed).catch((error: unknown) => {
          // It was of before: whoever still wants it in the store has it among these points.
          if (!(error instanceof PermanentError)) throw error;
        });
      }
      if (points.length > 0) await attempt(points);
    },
    get limits() {
      return store.limits;
    },
  };
}

/**
 * Writes points of which the store may refuse some for ever: those are found by halving, counted and passed over.
 * @throws Error when the store does not answer
 */
export async function writeAll(store: Writer, points: Batch): Promise<Refused> {
  if (points.length === 0) return { points: 0, why: undefined };
  if (points.length <= store.limits.maxPoints) {
    try {
      await store.write(points);
      return { points: 0, why: undefined };
    } catch (error) {
      if (!(error instanceof PermanentError)) throw error;
      if (points.length === 1) return { points: 1, why: error.message };
    }
  }
  const middle = points.length >>> 1;
  const first = await writeAll(store, points.slice(0, middle));
  const second = await writeAll(store, points.slice(middle));
  return { points: first.points + second.points, why: second.why ?? first.why };
}
