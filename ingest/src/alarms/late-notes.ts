import type { DatabaseSync } from "node:sqlite";
import type { Identity } from "@kenh/schemas";

/** A reading that came too late and contradicts what was then. */
export interface LateNote {
  readonly device: Identity;
  readonly rule: string;
  readonly ts: number;
  readonly value: string;
}

/** Late readings that are remembered: enough to see why, and to note none of them twice. */
const lateKept = 10_000;

/** What the book has of readings that came too late. */
export class LateNotes {
  readonly #sql;

  constructor(db: DatabaseSync) {
    this.#sql = {
      put: db.prepare("INSERT OR IGNORE INTO late (device, rule, ts, value) VALUES (?, ?, ?, ?)"),
      forget: db.prepare("DELETE FROM late WHERE id <= (SELECT max(id) FROM late) - ?"),
      has: db.prepare("SELECT 1 FROM late WHERE device = ? AND rule = ? AND ts = ?"),
    };
  }

  /** To be called within a transaction. */
  put(notes: readonly LateNote[]): void {
    for (const { device, rule, ts, value } of notes) this.#sql.put.run(device, rule, ts, value);
    if (notes.length > 0) this.#sql.forget.run(lateKept);
  }

  /** Whether a reading is noted already. */
  has({ device, rule, ts }: Pick<LateNote, "device" | "rule" | "ts">): boolean {
    return this.#sql.has.get(device, rule, ts) !== undefined;
  }
}
