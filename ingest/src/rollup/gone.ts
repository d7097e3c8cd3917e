import type { DatabaseSync } from "node:sqlite";
import type { Place, Series } from "../stores/store.ts";

/** The table that it keeps in the file of the marks. */
export const goneShape = `CREATE TABLE gone (
     measurement TEXT NOT NULL, province TEXT NOT NULL, unit TEXT NOT NULL, claimed INTEGER NOT NULL,
     deleted INTEGER, PRIMARY KEY (measurement, province, unit)
   ) STRICT, WITHOUT ROWID;`;

/** Where points of a series belong as far as retention goes. */
export function placeOf({ measurement, tags }: Series): Place {
  const of = (name: string): string => tags.find(([key]) => key === name)?.[1] ?? "";
  return { measurement, province: of("province"), unit: of("unit") };
}

/**
 * What retention has deleted of each measurement of each unit. Durable before anything is deleted: of
 * what is gone nothing is ever computed anew, even when the file of retention says later that more is to be kept.
 */
export class Gone {
  readonly #db: DatabaseSync;
  readonly #known = new Map<string, { claimed: number; deleted: number | null }>();

  constructor(db: DatabaseSync) {
    this.#db = db;
    for (const { measurement, province, unit, claimed, deleted } of db
      .prepare("SELECT * FROM gone")
      .all()) {
      const place = {
        measurement: String(measurement),
        province: String(province),
        unit: String(unit),
      };
      const deletedTo = deleted === null ? null : Number(deleted);
      this.#known.set(keyOf(place), { claimed: Number(claimed), deleted: deletedTo });
    }
  }

  /** Points before this instant may be gone. */
  before(place: Place): number {
    return this.#known.get(keyOf(place))?.claimed ?? Number.NEGATIVE_INFINITY;
  }

  /** Points before this instant are gone for certain. */
  deleted(place: Place): number {
    return this.#known.get(keyOf(place))?.deleted ?? Number.NEGATIVE_INFINITY;
  }

  /** From now on points before an instant are gone, whether or not they are deleted yet. */
  claim(place: Place, before: number): void {
    this.#put(place, Math.max(before, this.before(place)), this.#known.get(keyOf(place))?.deleted);
  }

  /** They are deleted. */
  finish(place: Place, before: number): void {
    this.#put(place, this.before(place), before);
  }

  #put(place: Place, claimed: number, deleted: number | null = null): void {
    const { measurement, province, unit } = place;
    this.#db
      .prepare("INSERT OR REPLACE INTO gone VALUES (?, ?, ?, ?, ?)")
      .run(measurement, province, unit, claimed, deleted);
    this.#known.set(keyOf(place), { claimed, deleted });
  }
}

const keyOf = ({ measurement, province, unit }: Place): string =>
  `${measurement} ${province}/${unit}`;
