import type { DatabaseSync } from "node:sqlite";
import type { Identity } from "@kenh/schemas";
import { openDatabase, transaction } from "@kenh/schemas/node";
import { type Step, steps } from "./spans.ts";

/** Something to be derived: a step of a device, at the start of its hour or day. */
export interface Mark {
  readonly device: Identity;
  readonly step: Step;
  readonly start: number;
  /** When the last reading came that it is about: it may not be the last. */
  touchedAt: number;
  /** The row of the spool with that reading: to be in the store before anything is derived. */
  position: number;
}

const migrations = [
  `CREATE TABLE mark (
     device TEXT NOT NULL, step TEXT NOT NULL, start INTEGER NOT NULL,
     PRIMARY KEY (device, step, start)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE position (only INTEGER PRIMARY KEY CHECK (only = 1), position INTEGER NOT NULL) STRICT;`,
];

/** Starts are whole hours: there is room for the step in them, and a number is made and found quickly. */
const keyOf = (step: Step, start: number): number => start + steps.indexOf(step);

/**
 * What is still to be derived, in one small file: a row for each device and hour, written once and
 * deleted once. What is marked is durable after `checkpoint`, and so is that it is done.
 */
export class Marks {
  readonly #db: DatabaseSync;
  readonly #byDevice = new Map<Identity, Map<number, Mark>>();
  readonly #added = new Set<Mark>();
  #done: Mark[] = [];
  #size = 0;
  #durablePosition: number;

  /**
   * @param position where a new file begins
   * @param now what was marked before a restart is as if it had just been touched
   */
  constructor(file: string, position: number, now: number, onDamage: (keptAt: string) => void) {
    this.#db = openDatabase(file, { migrations, onDamage: ({ keptAt }) => onDamage(keptAt) });
    const known = this.#db.prepare("SELECT position FROM position").get()?.position;
    this.#durablePosition = known === undefined ? position : Number(known);
    for (const row of this.#db.prepare("SELECT * FROM mark").all()) {
      const { device, step, start } = row as Pick<Mark, "device" | "step" | "start">;
      this.#put({ device, step, start, touchedAt: now, position: this.#durablePosition });
    }
  }

  /** Up to this row everything is marked durably. */
  get durablePosition(): number {
    return this.#durablePosition;
  }

  get size(): number {
    return this.#size;
  }

  has(device: Identity, step: Step, start: number): boolean {
    return this.#byDevice.get(device)?.has(keyOf(step, start)) ?? false;
  }

  /** Marks something, or that there is news of it. */
  touch(device: Identity, step: Step, start: number, touchedAt: number, position: number): Mark {
    const known = this.#byDevice.get(device)?.get(keyOf(step, start));
    if (known) {
      known.touchedAt = Math.max(known.touchedAt, touchedAt);
      known.position = Math.max(known.position, position);
      return known;
    }
    const mark = { device, step, start, touchedAt, position };
    this.#put(mark);
    this.#added.add(mark);
    return mark;
  }

  #put(mark: Mark): void {
    let ofDevice = this.#byDevice.get(mark.device);
    if (!ofDevice) {
      ofDevice = new Map();
      this.#byDevice.set(mark.device, ofDevice);
    }
    ofDevice.set(keyOf(mark.step, mark.start), mark);
    this.#size += 1;
  }

  *all(): Generator<Mark> {
    for (const ofDevice of this.#byDevice.values()) yield* ofDevice.values();
  }

  /** It is derived. */
  finish(mark: Mark): void {
    const ofDevice = this.#byDevice.get(mark.device);
    if (!ofDevice?.delete(keyOf(mark.step, mark.start))) return;
    if (ofDevice.size === 0) this.#byDevice.delete(mark.device);
    this.#size -= 1;
    if (!this.#added.delete(mark)) this.#done.push(mark);
  }

  /** Makes durable what is marked and what is done, and that all rows up to `position` are in it. */
  checkpoint(position: number): void {
    if (position === this.#durablePosition && this.#added.size + this.#done.length === 0) return;
    transaction(this.#db, () => {
      // First what is done: it may have been marked anew since.
      const remove = this.#db.prepare(
        "DELETE FROM mark WHERE device = ? AND step = ? AND start = ?",
      );
      for (const { device, step, start } of this.#done) remove.run(device, step, start);
      const add = this.#db.prepare("INSERT OR IGNORE INTO mark VALUES (?, ?, ?)");
      for (const { device, step, start } of this.#added) add.run(device, step, start);
      this.#db.prepare("INSERT OR REPLACE INTO position VALUES (1, ?)").run(position);
    });
    this.#durablePosition = position;
    this.#added.clear();
    this.#done = [];
  }

  /** Idempotent. */
  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }
}
