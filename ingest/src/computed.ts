import type { Logger } from "pino";
import type { Counter } from "prom-client";
import { steadfast, type Writer, writeAll } from "./persist.ts";
import type { Batch } from "./stores/store.ts";

export interface ComputedParts {
  readonly store: Writer;
  /** Points that were written, and points that the store will never take. */
  readonly counters: { readonly points: Counter; readonly refused: Counter };
  readonly log: Pick<Logger, "error">;
  /** What the points are, for the log: "roll-ups". */
  readonly what: string;
}

/**
 * Writes what is computed of readings, and computed anew when that failed. What the store refuses for good is
 * counted, told and passed over.
 * @throws Error from the write when the store does not answer: what failed comes first the next time
 */
export function createComputedWriter({ store, counters, log, what }: ComputedParts) {
  const writer = steadfast(store);
  return async (points: Batch): Promise<void> => {
    // Of what failed, nothing may be left to be computed: its device is gone.
    if (points.length === 0) return writer.write(points);
    const refused = await writeAll(writer, points);
    counters.points.inc(points.length - refused.points);
    if (refused.points === 0) return;
    counters.refused.inc(refused.points);
    log.error({ points: refused.points, why: refused.why }, `${what} were refused for good`);
  };
}
