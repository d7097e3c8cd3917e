import type { FieldType, Flag, Value } from "@kenh/schemas";

/** Where points of one device (or of its alarms) belong: a measurement and its tags. Shared by reference, so that a store may cache by it. */
export interface Series {
  readonly measurement: string;
  /** In the order in which they are written. */
  readonly tags: readonly (readonly [key: string, value: string])[];
}

/** One quantity of a point. */
export interface Field {
  readonly name: string;
  readonly type: FieldType;
  /** Null where a reading is missing: then only its flag is stored. */
  readonly value: Value | null;
  /** Stored beside the value where it is not 1. */
  readonly flag: Flag;
}

/** One instant of one series: a line of line protocol. */
export interface Point {
  readonly series: Series;
  /** Milliseconds since 1970 UTC. */
  readonly ts: number;
  readonly fields: readonly Field[];
}

export type Batch = readonly Point[];

export interface SeriesQuery {
  readonly series: Series;
  readonly fields: readonly Pick<Field, "name" | "type">[];
  /** Inclusive, milliseconds since 1970 UTC. */
  readonly from: number;
  /** Inclusive. */
  readonly to: number;
  /** Mean of the numbers and worst flag of each interval of this length, aligned to 1970, in place of every point. */
  readonly everyMs?: number;
}

/** `[ts, value, flag]` in order of time. */
export type SeriesPoint = readonly [ts: number, value: Value | null, flag: Flag];

export interface StoreLimits {
  /** Points that one `write` may carry. */
  readonly maxPoints: number;
  /** Writes that gain from being under way at once: large loads, as many. */
  readonly maxConcurrentWrites: number;
  /** Types that the store can't hold; a reading of one is set aside as `store-rejected`. */
  readonly unsupportedTypes: readonly FieldType[];
}

/** The store will refuse this batch for ever: trying again is no use, looking for the bad line is. */
export class PermanentError extends Error {
  override readonly name = "PermanentError";
}

/**
 * A thin adapter: it neither retries nor buffers nor batches. Delivery is at least once, so a point
 * written again with the same series and `ts` is one point.
 */
export interface Store {
  /**
   * Resolves when the whole batch is durable in the store and `query` can see it.
   * @throws PermanentError when these points will always be refused; anything else means: try again.
   */
  write(batch: Batch): Promise<void>;
  /** The points of one series by field name; a field without points has an empty list. */
  query(query: SeriesQuery): Promise<ReadonlyMap<string, readonly SeriesPoint[]>>;
  /** Deletes what is older than `before`; stores that keep their own retention do nothing. */
  forget(before: number): Promise<void>;
  readonly limits: StoreLimits;
  /** Idempotent. */
  close(): Promise<void>;
}
