import type { DatabaseSync } from "node:sqlite";
import { openDatabase, transaction } from "@kenh/schemas/node";
import type { Outgoing } from "./messages.ts";

/** A row that waits for the line. */
export interface WaitingRow {
  /** Its number in the spool. */
  readonly id: number;
  readonly messages: readonly Outgoing[];
}

/** What waits in all, and what the bounds have taken. */
export interface Waiting {
  readonly messages: number;
  readonly bytes: number;
  /** When the oldest was written; null when none waits. */
  readonly oldestAt: number | null;
  readonly dropped: number;
}

export interface BookBounds {
  readonly maxBytes: number;
  readonly maxAgeMs: number;
}

const migrations = [
  `CREATE TABLE waiting (
     id INTEGER PRIMARY KEY, at INTEGER NOT NULL, messages INTEGER NOT NULL, bytes INTEGER NOT NULL,
     body TEXT NOT NULL
   ) STRICT;
   CREATE TABLE mark (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;`,
];

/** What the province has not got yet, on disk, and up to where the spool was read. */
export class Book {
  readonly #db: DatabaseSync;
  readonly #sql;
  readonly #bounds: BookBounds;
  #position: number;
  #waiting: { messages: number; bytes: number; dropped: number };

  /** @param after where a new book begins */
  constructor(file: string, after: number, bounds: BookBounds, onDamage: (keptAt: string) => void) {
    const db = openDatabase(file, { migrations, onDamage: ({ keptAt }) => onDamage(keptAt) });
    this.#db = db;
    this.#bounds = bounds;
    this.#sql = {
      setMark: db.prepare("INSERT OR REPLACE INTO mark VALUES (?, ?)"),
      add: db.prepare("INSERT OR IGNORE INTO waiting VALUES (?, ?, ?, ?, ?)"),
      take: db.prepare("DELETE FROM waiting WHERE id = ? RETURNING messages, bytes"),
      oldest: db.prepare("SELECT id, at FROM waiting ORDER BY id LIMIT 1"),
      between: db.prepare(
        "SELECT id, body FROM waiting WHERE id > ? AND id <= ? ORDER BY id LIMIT ?",
      ),
    };
    const mark = (name: string) =>
      db.prepare("SELECT value FROM mark WHERE name = ?").get(name)?.value as number | undefined;
    const sums = db
      .prepare(
        `SELECT coalesce(sum(messages), 0) AS messages, coalesce(sum(bytes), 0) AS bytes FROM waiting`,
      )
      .get() as { messages: number; bytes: number };
    this.#position = mark("position") ?? after;
    this.#waiting = { ...sums, dropped: mark("dropped") ?? 0 };
  }

  /** Rows of the spool up to this one were sent or are here. */
  get position(): number {
    return this.#position;
  }

  get waiting(): Waiting {
    return { ...this.#waiting, oldestAt: this.#oldest?.at ?? null };
  }

  /** Writes rows that the province has not got, forgets those that it has by now, and the position. One step. */
  put(rows: readonly WaitingRow[], got: Iterable<number>, position: number, now: number): void {
    const before = { ...this.#waiting };
    try {
      transaction(this.#db, () => {
        for (const id of got) this.#take(id);
        for (const { id, messages } of rows) this.#add(id, messages, now);
        while (this.#isBeyond(now)) this.#waiting.dropped += this.#take(this.#oldest?.id ?? 0);
        this.#sql.setMark.run("position", position);
        this.#sql.setMark.run("dropped", this.#waiting.dropped);
      });
    } catch (error) {
      this.#waiting = before;
      throw error;
    }
    this.#position = position;
  }

  #add(id: number, messages: readonly Outgoing[], now: number): void {
    const body = JSON.stringify(messages);
    const bytes = Buffer.byteLength(body);
    if (this.#sql.add.run(id, now, messages.length, bytes, body).changes === 0) return;
    this.#waiting.messages += messages.length;
    this.#waiting.bytes += bytes;
  }

  /** Gives how many messages it was. */
  #take(id: number): number {
    const row = this.#sql.take.get(id);
    if (!row) return 0;
    this.#waiting.messages -= Number(row.messages);
    this.#waiting.bytes -= Number(row.bytes);
    return Number(row.messages);
  }

  get #oldest(): { readonly id: number; readonly at: number } | undefined {
    const row = this.#sql.oldest.get();
    return row && { id: Number(row.id), at: Number(row.at) };
  }

  #isBeyond(now: number): boolean {
    const { maxBytes, maxAgeMs } = this.#bounds;
    const oldest = this.#oldest;
    return oldest !== undefined && (this.#waiting.bytes > maxBytes || oldest.at < now - maxAgeMs);
  }

  /** Rows that wait behind `after` and not behind `upTo`, the oldest first. */
  between(after: number, upTo: number, most: number): WaitingRow[] {
    return this.#sql.between.all(after, upTo, most).map((row) => ({
      id: Number(row.id),
      messages: JSON.parse(String(row.body)) as Outgoing[],
    }));
  }

  /** Idempotent. */
  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }
}
