import type { DatabaseSync } from "node:sqlite";
import type { Identity } from "@kenh/schemas";
import { openDatabase, transaction } from "@kenh/schemas/node";
import { goneShape } from "./gone.ts";
import { type Bits, dayBit, endedParts } from "./parts.ts";

/** What is to be rolled up of a day of a device. */
export interface Mark {
  readonly device: Identity;
  /** 00:00 in Vietnam. */
  readonly day: number;
  /** Parts of which there is news, and the row of the spool with the latest of it. */
  fresh: Bits;
  freshAt: number;
  /** Parts that are being computed, and the row that has to be in the store before. */
  taken: Bits;
  takenAt: number;
  /** The parts that the file says. */
  stored: Bits;
}

const migrations = [
  `CREATE TABLE mark (
     device TEXT NOT NULL, day INTEGER NOT NULL, parts INTEGER NOT NULL, PRIMARY KEY (device, day)
   ) STRICT, WITHOUT ROWID;
   ${goneShape}
   CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;`,
];

/** Marks that are written before the clock is looked at. */
const sliceMarks = 100;

/**
 * What is still to be rolled up, in one small file: a row for each device and day with news, whatever
 * their number. What is marked is durable after `checkpoint`, and so is that it is done.
 */
export class Marks {
  /** Also what retention has deleted stands in it. */
  readonly db: DatabaseSync;
  readonly #byDevice = new Map<Identity, Map<number, Mark>>();
  readonly #changed = new Set<Mark>();
  #size = 0;
  #durablePosition: number;

  /** @param position where a new file begins */
  constructor(file: string, position: number, onDamage: (keptAt: string) => void) {
    this.db = openDatabase(file, { migrations, onDamage: ({ keptAt }) => onDamage(keptAt) });
    this.#durablePosition = Number(this.state("position") ?? position);
    for (const row of this.db.prepare("SELECT * FROM mark").all()) {
      const [device, day, parts] = [String(row.device), Number(row.day), Number(row.parts)];
      const mark = this.#put(device as Identity, day);
      [mark.fresh, mark.freshAt, mark.stored] = [parts, this.#durablePosition, parts];
    }
  }

  /** Up to this row everything is marked durably. */
  get durablePosition(): number {
    return this.#durablePosition;
  }

  /** Days of devices. */
  get size(): number {
    return this.#size;
  }

  state(key: string): string | undefined {
    const row = this.db.prepare("SELECT value FROM state WHERE key = ?").get(key);
    return row && String(row.value);
  }

  setState(key: string, value: string): void {
    this.db.prepare("INSERT OR REPLACE INTO state VALUES (?, ?)").run(key, value);
  }

  clearState(...keys: readonly string[]): void {
    for (const key of keys) this.db.prepare("DELETE FROM state WHERE key = ?").run(key);
  }

  get(device: Identity, day: number): Mark | undefined {
    return this.#byDevice.get(device)?.get(day);
  }

  /** Marks parts of a day, or that there is news of them. */
  touch(device: Identity, day: number, parts: Bits, position: number): Mark {
    const mark = this.get(device, day) ?? this.#put(device, day);
    mark.fresh |= parts;
    if (position > mark.freshAt) mark.freshAt = position;
    this.#note(mark);
    return mark;
  }

  #put(device: Identity, day: number): Mark {
    let ofDevice = this.#byDevice.get(device);
    if (!ofDevice) {
      ofDevice = new Map();
      this.#byDevice.set(device, ofDevice);
    }
    const mark = { device, day, fresh: 0, freshAt: 0, taken: 0, takenAt: 0, stored: 0 };
    ofDevice.set(day, mark);
    this.#size += 1;
    return mark;
  }

  *all(): Generator<Mark> {
    for (const ofDevice of this.#byDevice.values()) yield* ofDevice.values();
  }

  /**
   * Takes the parts of a mark that are over by `endedBy`: its hours, or, when none of them waits, the day.
   * False when there is nothing to be computed.
   */
  take(mark: Mark, endedBy: number): boolean {
    if (mark.taken === 0) {
      const ended = mark.fresh & endedParts(mark.day, endedBy);
      const hours = ended & ~dayBit;
      mark.taken = hours > 0 ? hours : mark.fresh === dayBit ? ended : 0;
      mark.takenAt = mark.freshAt;
      mark.fresh &= ~mark.taken;
    }
    return mark.taken > 0;
  }

  /** What was taken is in the store. Hours make their day necessary. */
  finish(mark: Mark): void {
    if (mark.taken !== dayBit) mark.fresh |= dayBit;
    mark.taken = 0;
    this.#note(mark);
    if (mark.fresh > 0) return;
    const ofDevice = this.#byDevice.get(mark.device);
    if (!ofDevice?.delete(mark.day)) return;
    if (ofDevice.size === 0) this.#byDevice.delete(mark.device);
    this.#size -= 1;
  }

  /** Nothing is to be computed of it any more: its device is gone. */
  drop(mark: Mark): void {
    mark.fresh = 0;
    mark.taken = dayBit;
    this.finish(mark);
  }

  /** The parts of a day that are not, or not with their latest readings, in the roll-ups. */
  waiting(device: Identity, day: number): Bits {
    const mark = this.get(device, day);
    return mark ? mark.fresh | mark.taken : 0;
  }

  #note(mark: Mark): void {
    if ((mark.fresh | mark.taken) === mark.stored) this.#changed.delete(mark);
    else this.#changed.add(mark);
  }

  /**
   * Makes durable what is marked and what is done, for about `ms`, and, when there is no more, that all
   * rows up to `position` are in it. True when there is more.
   */
  checkpoint(position: number, ms = Number.POSITIVE_INFINITY): boolean {
    if (position === this.#durablePosition && this.#changed.size === 0) return false;
    const end = performance.now() + ms;
    const written: Mark[] = [];
    transaction(this.db, () => {
      const put = this.db.prepare("INSERT OR REPLACE INTO mark VALUES (?, ?, ?)");
      const remove = this.db.prepare("DELETE FROM mark WHERE device = ? AND day = ?");
      for (const mark of this.#changed) {
        // A day that was finished may have been marked anew since.
        const parts = this.waiting(mark.device, mark.day);
        if (parts > 0) put.run(mark.device, mark.day, parts);
        else remove.run(mark.device, mark.day);
        written.push(mark);
        if (written.length % sliceMarks === 0 && performance.now() >= end) break;
      }
      if (written.length === this.#changed.size) this.setState("position", String(position));
    });
    for (const mark of written) {
      mark.stored = mark.fresh | mark.taken;
      this.#changed.delete(mark);
    }
    if (this.#changed.size > 0) return true;
    this.#durablePosition = position;
    return false;
  }

  /** The earliest day of each device that waits. */
  earliest(): Map<Identity, number> {
    return new Map([...this.#byDevice].map(([device, days]) => [device, Math.min(...days.keys())]));
  }

  /** Idempotent. */
  close(): void {
    if (this.db.isOpen) this.db.close();
  }
}
