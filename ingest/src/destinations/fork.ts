import { type Persistence, persistent, type Refused, writeAll } from "../persist.ts";
import { type Batch, PermanentError, type Store } from "../stores/store.ts";
import type { Bell } from "./bell.ts";
import type { Book } from "./book.ts";
import { Turnstile } from "./turnstile.ts";

/** Where a write goes: the main store, and beside it into what the others are brought. */
export interface Fork {
  /**
   * Whoever was thrown anything but a PermanentError has to come again with the very same batch: until then it counts
   * as not in the main store, and what was put down for the others can't be let go of.
   */
  write(batch: Batch): Promise<void>;
  /** Everything up to this load is in the main store, too. */
  delivered(): number;
  /** The same, written down: what lies behind it a later run finishes. */
  confirm(): number;
  /**
   * Gives the main store what an earlier run had put down when it ended, and can't say any more whether the
   * store took it. Else a cut-over before the spool has brought it again would count it as delivered.
   * @param onRefused told of what the store will never take of it
   * @throws the signal's reason; Error when the book can't be read: called again, it goes on where it was
   */
  finish(persistence: Persistence, onRefused: (refused: Refused) => void): Promise<void>;
  /** Runs while nothing is being written. */
  alone<T>(work: () => Promise<T>): Promise<T>;
}

export interface ForkParts {
  readonly book: Pick<Book, "put" | "takeBack" | "last" | "after" | "confirmed" | "confirm">;
  readonly main: () => Pick<Store, "write" | "limits">;
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
  /** What an earlier run left: the loads behind `after`, up to `last`. */
  const left = { after: book.confirmed, last: book.last };

  function settle(batch: Batch, back: boolean): void {
    const ids = pending.get(batch);
    pending.delete(batch);
    if (!ids) return;
    if (back) book.takeBack(ids);
    bell.ring();
  }

  const delivered = () =>
    Math.min(
      left.after < left.last ? left.after : book.last,
      ...[...pending.values()].flatMap((ids) => ids.map((id) => id - 1)),
    );

  return {
    delivered,
    confirm() {
      const position = delivered();
      if (position > book.confirmed) book.confirm(position);
      return position;
    },
    async finish(persistence, onRefused) {
      const write = (batch: Batch) => turnstile.among(() => main().write(batch));
      while (left.after < left.last) {
        const load = book.after(left.after);
        if (load && load.id <= left.last) {
          const store = persistent({ limits: main().limits, write }, persistence);
          const refused = await writeAll(store, load.points);
          if (refused.points > 0) onRefused(refused);
        }
        left.after = load?.id ?? left.last;
      }
    },
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
    alone: (work) => turnstile.alone(work),
  };
}
