import { transaction } from "@kenh/schemas/node";
import type { Logger } from "pino";
import type { Books } from "./books.ts";
import type { Follower } from "./follow.ts";
import type { Latest } from "./latest.ts";
import type { Ledger } from "./ledger.ts";
import type { Spool } from "./spool.ts";

export interface CheckpointLimits {
  /**
   * From the end of a round to the next one. A start reads again what came since; a device costs two
   * rows each time, however often it spoke.
   */
  readonly everyMs: number;
  /** A slice of a round takes no more rows after this time: whoever waits for a PUBACK waits for it too. */
  readonly sliceMs: number;
  /** Between two slices others have their turn. */
  readonly apartMs: number;
}

export const checkpointDefaults: CheckpointLimits = { everyMs: 10_000, sliceMs: 3, apartMs: 20 };

/** What is written, and where. */
export interface CheckpointParts {
  readonly spool: Spool;
  readonly books: Books;
  readonly ledger: Ledger;
  readonly latest: Latest;
  readonly follower: Follower | undefined;
}

/** Writes what changed, a slice at a time. */
export interface Rounds {
  /**
   * Goes on with the round, or begins one, until `ms` are over; false when the round is at its end.
   * @throws Error when the disk refuses: the slice is not written, and the next one begins a new round.
   */
  slice(ms: number): boolean;
}

/**
 * A round writes what changed in the ledger and the latest values and deletes the rows that are
 * delivered, followed and in the books, in slices: each is a short transaction in a turn of its own.
 * It may be cut short anywhere: an account says itself which rows are in it, and a row is deleted only
 * when it is in all.
 */
export function createRounds({ spool, books, ledger, latest, follower }: CheckpointParts): Rounds {
  let round: Iterator<void> | undefined;
  /** Written in the slice that is under way, and in the file only when it is committed. */
  let written: { dirty: boolean }[] = [];

  function* writeAll(): Generator<void> {
    const last = spool.last;
    for (const account of ledger.accounts()) {
      if (!account.dirty) continue;
      books.putAccount(account, spool.last);
      clean(account);
      yield;
    }
    for (const [device, known] of latest.entries()) {
      if (!known.dirty) continue;
      books.putLatest(device, known);
      clean(known);
      yield;
    }
    // Whatever had anything of the rows up to `last` and was not on disk has been written since.
    spool.setComplete(last);
    const followed = follower?.durablePosition ?? last.delivered;
    yield* spool.forget({ ...last, received: Math.min(last.delivered, followed) });
  }

  function clean(entry: { dirty: boolean }): void {
    entry.dirty = false;
    written.push(entry);
  }

  return {
    slice(ms) {
      round ??= writeAll();
      const steps = round;
      const end = performance.now() + ms;
      let more = true;
      try {
        transaction(spool.db, () => {
          do more = !steps.next().done;
          while (more && performance.now() < end);
        });
      } catch (error) {
        for (const entry of written) entry.dirty = true;
        more = false;
        throw error;
      } finally {
        written = [];
        if (!more) round = undefined;
      }
      return more;
    },
  };
}

/** Makes rounds again and again. */
export interface Checkpoint {
  /** Writes all that is left in one go, and stops. Call once. */
  close(): void;
}

/** Begins to write the books to disk, and what the follower knows. */
export function startCheckpoint(
  parts: CheckpointParts & { readonly log: Logger },
  limits: CheckpointLimits,
): Checkpoint {
  const { follower, log } = parts;
  const rounds = createRounds(parts);
  let timer: NodeJS.Timeout;

  /** False when there is no more to do, or it can't be done. */
  function attempt(work: () => boolean): boolean {
    try {
      return work();
    } catch (error) {
      log.error(
        { err: error },
        "the books can't be written; they are brought up from the spool at the next start",
      );
      return false;
    }
  }

  /** The follower first: the round lets go of rows that it has made durable. */
  function begin(): void {
    const more = attempt(() => follower?.checkpoint(limits.sliceMs) ?? false);
    timer = setTimeout(more ? begin : goOn, limits.apartMs);
  }

  function goOn(): void {
    const more = attempt(() => rounds.slice(limits.sliceMs));
    timer = setTimeout(more ? goOn : begin, more ? limits.apartMs : limits.everyMs);
  }

  timer = setTimeout(begin, limits.everyMs);
  return {
    close() {
      clearTimeout(timer);
      // The rest of a round that is under way, and one for what has come since it began.
      for (let i = 0; i < 2; i++) {
        attempt(() => follower?.checkpoint() ?? false);
        attempt(() => rounds.slice(Number.POSITIVE_INFINITY));
      }
    },
  };
}
