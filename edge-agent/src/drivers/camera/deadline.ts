import { setTimeout as wait } from "node:timers/promises";

/**
 * Runs `work` under a signal that aborts with `signal`, or after `ms`; leaves no timer and no listener.
 * @throws what `signal` was aborted with, or an Error saying that `what` did not answer in time.
 */
export async function within<T>(
  ms: number,
  what: string,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const own = new AbortController();
  const abort = (): void => own.abort(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  const timer = setTimeout(
    () => own.abort(new Error(`${what} did not answer within ${ms} ms`)),
    ms,
  );
  try {
    return await work(own.signal);
  } catch (error) {
    throw own.signal.aborted ? own.signal.reason : error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}

/** Waits; returns early, without an error, when the signal aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await wait(Math.max(0, ms), undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}

/** Resolves after `ms`; rejects with what ends it before, or with the signal's reason. */
export async function hold(
  ms: number,
  signal: AbortSignal,
  failure: Promise<never>,
): Promise<void> {
  const own = new AbortController();
  const abort = (): void => own.abort();
  signal.addEventListener("abort", abort, { once: true });
  try {
    await Promise.race([pause(ms, own.signal), failure]);
    signal.throwIfAborted();
  } finally {
    own.abort();
    signal.removeEventListener("abort", abort);
  }
}
