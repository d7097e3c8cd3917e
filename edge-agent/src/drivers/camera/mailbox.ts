/** What several producers leave for one reader. */
export interface Mailbox<T> {
  /** Leaves a letter; beyond the bound the oldest is thrown away, and counted. */
  put(letter: T): void;
  /** Ends the reading with an error. */
  fail(error: unknown): void;
  /** Thrown away so far. */
  readonly dropped: number;
  /** The letters in their order until the signal aborts. */
  letters(signal: AbortSignal): AsyncGenerator<T>;
}

/** @param bound letters that wait at most */
export function mailbox<T>(bound: number): Mailbox<T> {
  const waiting: T[] = [];
  let dropped = 0;
  let failure: { error: unknown } | undefined;
  let wake = (): void => {};
  return {
    get dropped() {
      return dropped;
    },
    put(letter) {
      waiting.push(letter);
      if (waiting.length > bound) {
        waiting.shift();
        dropped += 1;
      }
      wake();
    },
    fail(error) {
      failure ??= { error };
      wake();
    },
    async *letters(signal) {
      const abort = (): void => wake();
      signal.addEventListener("abort", abort);
      try {
        while (!signal.aborted) {
          const letter = waiting.shift();
          if (letter !== undefined) yield letter;
          else if (failure) throw failure.error;
          else
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
        }
      } finally {
        signal.removeEventListener("abort", abort);
      }
    },
  };
}
