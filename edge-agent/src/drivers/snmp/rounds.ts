/** Something that asks for a round before its time. */
export interface Hints {
  /** Calls back at each hint until the function that it gives is called. */
  subscribe(onHint: () => void): () => void;
}

/** Hints never make rounds come faster than this: anybody may send a trap. */
const leastMs = 1000;

/**
 * Rounds at once and then at every whole interval after the start, until the signal aborts; a hint
 * brings a round forward. Rounds neither drift nor overlap.
 */
export async function* rounds(
  intervalMs: number,
  hints: Hints | undefined,
  signal: AbortSignal,
): AsyncGenerator<void> {
  const started = performance.now();
  let next = started;
  let hinted = false;
  let wake = (): void => {};
  const unsubscribe = hints?.subscribe(() => {
    hinted = true;
    wake();
  });
  const abort = (): void => wake();
  signal.addEventListener("abort", abort, { once: true });
  let last = Number.NEGATIVE_INFINITY;
  try {
    for (;;) {
      for (;;) {
        const due = hinted ? Math.min(next, last + leastMs) : next;
        const left = due - performance.now();
        if (signal.aborted || left <= 0) break;
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, left);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      if (signal.aborted) return;
      hinted = false;
      last = performance.now();
      yield;
      next = started + (Math.floor((performance.now() - started) / intervalMs) + 1) * intervalMs;
    }
  } finally {
    unsubscribe?.();
    signal.removeEventListener("abort", abort);
    wake();
  }
}
