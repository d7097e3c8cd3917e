import { setTimeout as wait } from "node:timers/promises";

/**
 * Beats at once and then at every whole interval after the start, until the signal aborts. A beat
 * that comes while the listener is busy is passed over, so that rounds neither drift nor overlap.
 */
export async function* beats(intervalMs: number, signal: AbortSignal): AsyncGenerator<void> {
  const started = performance.now();
  let next = started;
  for (;;) {
    await wait(Math.max(0, next - performance.now()), undefined, { signal }).catch(
      (error: unknown) => {
        if (!signal.aborted) throw error;
      },
    );
    if (signal.aborted) return;
    yield;
    next = started + (Math.floor((performance.now() - started) / intervalMs) + 1) * intervalMs;
  }
}
