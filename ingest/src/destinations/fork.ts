import { type Batch, PermanentError, type Store } from "../stores/store.ts";
import type { Bell } from "./bell.ts";
import type { Book } from "./book.ts";
import { Turnstile } from "./turnstile.ts";

/** Where a write goes: the main store, and beside it into what the others are brought. */
export interface Fork {
  write(batch: Batch): Promise<void>;
  /** Everything up to this load is in the main store, too. */
  delivered(): number;
  /** Runs while nothing is being written. */
  alone<T>(work: () => Promise<T>): Promise<T>;
}

export interface ForkParts {
  readonly book: Pick<Book, "put" | "takeBack" | "last">;
  readonly main: () => Pick<Store, "write">;
  /** Whether there is anybody else to be brought it. */
  readonly hasOthers: () => boolean;
  /** Rung when there is something new for the others. */
  readonly bell: Bell;
}

/**
 * Puts a batch down for the others first, durably, and then writes it to the main store: what that has,
 * nobody can miss. Once for a batch, however often it is tried.
 */
export function createFork({ book, main, hasOthers, bell }: ForkParts): Fork {
  const turnstile = new Turnstile();
  /** Batches that were put down and are not yet in the main store. */
  const pending = new Map<Batch, readonly number[]>();

  function settle(batch: Batch, back: boolean): void {
    const ids = pending.get(batch);
    pending.delete(batch);
    if (!ids) return;
    if (back) book.takeBack(ids);
    bell.ring();
  }

  return {
    write: (batch) =>
      turnstile.among(async () => {
        if (hasOthers() && !pending.has(batch)) pending.set(batch, book.put(batch));
        try {
          await main().write(batch);
        } catch (error) {
          // It comes again in parts, without what is refused.
          if (error instanceof PermanentError) settle(batch, true);
          throw error;
        }
        settle(batch, false);
      }),
    delivered: () =>
      Math.min(book.last, ...[...pending.values()].flatMap((ids) => ids.map((id) => id - 1))),
    alone: (work) => turnstile.alone(work),
  };
}
