import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "pino";
import type { Book } from "./book.ts";
import type { Fork } from "./fork.ts";

export interface SweepParts {
  readonly book: Book;
  readonly fork: Pick<Fork, "confirm">;
  readonly isMain: (name: string) => boolean;
  /** What waits on disk at most. */
  readonly maxBytes: number;
  readonly log: Pick<Logger, "warn">;
}

/** Points a second of a backfill that makes good what did not fit on disk. */
const gapPerSecond = 5000;
/** How often the disk is looked at. */
const sweepMs = 1000;

/** Frees the disk of what all have, and of what one has not had for too long, until the signal aborts. */
export async function keepSwept(parts: SweepParts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      sweep(parts);
    } catch (error) {
      parts.log.warn({ err: error }, "what waits for destinations can't be looked through now");
    }
    await pause(sweepMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

/**
 * Also while there is no second destination: what was put down for one that has retired leaves the disk, and how far
 * the main store is stays true. Else a later start would bring it again what has long been overwritten or deleted.
 */
function sweep({ book, fork, isMain, maxBytes, log }: SweepParts): void {
  const behind = book.destinations().filter(({ config }) => !isMain(config.name));
  book.forget(Math.min(fork.confirm(), ...behind.map(({ position }) => position)));
  const gap = book.shrink(maxBytes);
  if (!gap) return;
  const { upTo, ...times } = gap;
  for (const { config, position } of behind) {
    if (position >= upTo) continue;
    const why = "more had come than could wait on disk";
    book.advance(config.name, upTo);
    book.begin({ destination: config.name, ...times, perSecond: gapPerSecond, why });
    log.warn({ destination: config.name, ...times }, `${why}: it is brought from history`);
  }
}
