import type { DatabaseSync } from "node:sqlite";
import type { Identity } from "@kenh/schemas";

/** Readings of one instant of what has no periods, that came after the time that their contract gives them. */
export interface Tardy {
  readonly device: Identity;
  readonly ts: number;
  readonly arrivedAt: number;
  readonly readings: number;
}

/** The late ones one by one, beside their count: as many of a dataset between two writings as are worth reading. */
export class TardyBook {
  readonly #db: DatabaseSync;
  #fresh: [dataset: string, tardy: Tardy][] = [];

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** To be written with the next flush of the book. */
  note(dataset: string, tardy: Tardy): void {
    this.#fresh.push([dataset, tardy]);
  }

  /** Within the transaction of the book. */
  write(): void {
    const put = this.#db.prepare("INSERT OR IGNORE INTO tardy VALUES (?, ?, ?, ?, ?)");
    for (const [dataset, { ts, device, arrivedAt, readings }] of this.#fresh) {
      put.run(dataset, ts, device, arrivedAt, readings);
    }
    this.#fresh = [];
  }

  /** Those of a span, in order of time. Flush the book first. */
  in(dataset: string, start: number, end: number, limit: number): Tardy[] {
    return this.#db
      .prepare(
        `SELECT device, ts, arrived_at AS arrivedAt, readings FROM tardy
         WHERE dataset = ? AND ts >= ? AND ts < ? ORDER BY ts LIMIT ?`,
      )
      .all(dataset, start, end, limit) as unknown as Tardy[];
  }

  /** Lets go of what was measured before `ts`. */
  forget(ts: number): void {
    this.#db.prepare("DELETE FROM tardy WHERE ts < ?").run(ts);
  }
}
