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
}

/** Measurements that end so hold roll-ups: a point for each minute, hour or day that has readings. */
export const rolledSuffix = /_(1m|1h|1d)$/;

/** A measurement of a unit: what is kept and forgotten together. */
export interface Place {
  readonly measurement: string;
  readonly province: string;
  readonly unit: string;
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
  /** Whether it can delete a part of what it has; one that can't keeps all of it for the same time. */
  readonly forgets: boolean;
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
  /** Of whom it has something, and what, as far as it is of a unit; nothing where it can't forget. */
  places(): Promise<readonly Place[]>;
  /**
   * Deletes what a place has of before an instant. Nothing of before `from` is left there; without it that is not known.
   * Where the store can't do so, nothing is done.
   */
  forget(place: Place, before: number, from?: number): Promise<void>;
  /** An instant before which it has no reading; undefined when it has none at all. */
  oldest(): Promise<number | undefined>;
  readonly limits: StoreLimits;
  /** Idempotent. */
  close(): Promise<void>;
}
