import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "@kenh/schemas";
import { openDatabase, transaction } from "@kenh/schemas/node";
import type { Refused } from "../persist.ts";
import type { Point } from "../stores/store.ts";
import type { KnownDestination } from "./config.ts";
import { decodeLoad, encodeLoad } from "./load.ts";

const migrations = [
  `CREATE TABLE destination (
     name TEXT PRIMARY KEY, config TEXT NOT NULL, position INTEGER NOT NULL, added_at INTEGER NOT NULL,
     refused INTEGER NOT NULL DEFAULT 0, refusal TEXT
   ) STRICT;
   CREATE TABLE load (
     id INTEGER PRIMARY KEY AUTOINCREMENT, points INTEGER NOT NULL, bytes INTEGER NOT NULL,
     first_ts INTEGER NOT NULL, last_ts INTEGER NOT NULL, put_at INTEGER NOT NULL, body TEXT NOT NULL
   ) STRICT;
   CREATE TABLE backfill (
     id INTEGER PRIMARY KEY AUTOINCREMENT, destination TEXT NOT NULL, from_ts INTEGER NOT NULL,
     to_ts INTEGER NOT NULL, per_second INTEGER NOT NULL, why TEXT NOT NULL, cursor TEXT NOT NULL DEFAULT '',
     points INTEGER NOT NULL DEFAULT 0, begun_at INTEGER NOT NULL, finished_at INTEGER
   ) STRICT;
   CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;`,
];

/** A destination and how far it is. */
export interface DestinationRow {
  readonly config: KnownDestination;
  /** The last load that it has. */
  readonly position: number;
  readonly addedAt: number;
  /** Points that its store refused for ever, and the last refusal. */
  readonly refused: number;
  readonly refusal: string | null;
}

/** What waits for a destination. */
export interface Backlog {
  readonly loads: number;
  readonly points: number;
  /** When the oldest was put here; null when nothing waits. */
  readonly oldestAt: number | null;
}

/** History that a destination is being given. */
export interface Backfill {
  readonly id: number;
  readonly destination: string;
  /** Times of measurement, both inclusive, milliseconds since 1970 UTC. */
  readonly from: number;
  readonly to: number;
  /** Points a second, at most. */
  readonly perSecond: number;
  readonly why: string;
  /** The last device that it has whole. */
  readonly cursor: string;
  readonly points: number;
  readonly begunAt: number;
  readonly finishedAt: number | null;
}

/** Points of one row: what waits is read and sent in such pieces. */
const loadPoints = 5000;

/** Destinations, what waits for them, and what history they are given: durable, in one file. */
export class Book {
  readonly #db: DatabaseSync;
  readonly #now: Clock;

  constructor(file: string, now: Clock) {
    this.#db = openDatabase(file, { migrations });
    this.#now = now;
  }

  /** The store that answers questions, once it is another than the configuration's. */
  get main(): string | undefined {
    const row = this.#db.prepare("SELECT value FROM state WHERE key = 'main'").get();
    return row && String(row.value);
  }

  /** Makes another store the main one; the one that was has everything up to `position`. */
  change(main: string, before: KnownDestination | undefined, position: number): void {
    transaction(this.#db, () => {
      this.#db.prepare("INSERT OR REPLACE INTO state VALUES ('main', ?)").run(main);
      if (before) this.add(before, position);
    });
  }

  add(config: KnownDestination, position: number): void {
    this.#db
      .prepare(
        `INSERT INTO destination (name, config, position, added_at) VALUES (?, ?, ?, ?)
         ON CONFLICT (name) DO UPDATE SET config = excluded.config, position = excluded.position`,
      )
      .run(config.name, JSON.stringify(config), position, this.#now());
  }

  remove(name: string): void {
    transaction(this.#db, () => {
      this.#db.prepare("DELETE FROM destination WHERE name = ?").run(name);
      this.#db.prepare("DELETE FROM backfill WHERE destination = ?").run(name);
    });
  }

  destinations(): DestinationRow[] {
    return this.#db
      .prepare("SELECT * FROM destination ORDER BY name")
      .all()
      .map((row) => ({
        config: JSON.parse(String(row.config)) as KnownDestination,
        position: Number(row.position),
        addedAt: Number(row.added_at),
        refused: Number(row.refused),
        refusal: row.refusal === null ? null : String(row.refusal),
      }));
  }

  /** The last load that there ever was. */
  get last(): number {
    const row = this.#db.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'load'").get();
    return Number(row?.seq ?? 0);
  }

  /** Up to this load the main store has everything, as was written down last. */
  get confirmed(): number {
    const row = this.#db.prepare("SELECT value FROM state WHERE key = 'confirmed'").get();
    return Number(row?.value ?? 0);
  }

  confirm(position: number): void {
    this.#db.prepare("INSERT OR REPLACE INTO state VALUES ('confirmed', ?)").run(String(position));
  }

  /** Durable on return. Gives the loads that the points became. */
  put(points: readonly Point[]): number[] {
    const insert = this.#db.prepare(
      "INSERT INTO load (points, bytes, first_ts, last_ts, put_at, body) VALUES (?, ?, ?, ?, ?, ?)",
    );
    return transaction(this.#db, () => {
      const ids: number[] = [];
      for (let at = 0; at < points.length; at += loadPoints) {
        const piece = points.slice(at, at + loadPoints);
        const body = encodeLoad(piece);
        let [first, last] = [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
        for (const { ts } of piece) [first, last] = [Math.min(first, ts), Math.max(last, ts)];
        const put = insert.run(piece.length, body.length, first, last, this.#now(), body);
        ids.push(Number(put.lastInsertRowid));
      }
      return ids;
    });
  }

  takeBack(ids: readonly number[]): void {
    const remove = this.#db.prepare("DELETE FROM load WHERE id = ?");
    transaction(this.#db, () => {
      for (const id of ids) remove.run(id);
    });
  }

  /** The load after a position. */
  after(position: number): { id: number; points: Point[] } | undefined {
    const row = this.#db
      .prepare("SELECT id, body FROM load WHERE id > ? ORDER BY id LIMIT 1")
      .get(position);
    return row && { id: Number(row.id), points: decodeLoad(String(row.body)) };
  }

  /** A destination has everything up to a load, but for what its store refused for ever. */
  advance(name: string, position: number, refused?: Refused): void {
    transaction(this.#db, () => {
      this.#db.prepare("UPDATE destination SET position = ? WHERE name = ?").run(position, name);
      if (refused) this.refuse(name, refused);
    });
  }

  /** The store of a destination will never take some points. */
  refuse(name: string, { points, why }: Refused): void {
    this.#db
      .prepare(
        "UPDATE destination SET refused = refused + ?, refusal = coalesce(?, refusal) WHERE name = ?",
      )
      .run(points, why ?? null, name);
  }

  backlog(position: number): Backlog {
    const row = this.#db
      .prepare(
        "SELECT count(*) AS loads, total(points) AS points, min(put_at) AS at FROM load WHERE id > ?",
      )
      .get(position);
    const oldestAt = row?.at === null || row?.at === undefined ? null : Number(row.at);
    return { loads: Number(row?.loads ?? 0), points: Number(row?.points ?? 0), oldestAt };
  }

  /** Deletes what every destination has. */
  forget(upTo: number): void {
    this.#db.prepare("DELETE FROM load WHERE id <= ?").run(upTo);
  }

  /**
   * Deletes the oldest loads until no more than `maxBytes` are left; gives the last load that is no more,
   * and what times of measurement were in them.
   */
  shrink(maxBytes: number): { upTo: number; from: number; to: number } | undefined {
    const row = this.#db.prepare("SELECT total(bytes) AS bytes FROM load").get();
    let over = Number(row?.bytes ?? 0) - maxBytes;
    if (over <= 0) return undefined;
    let [upTo, from, to] = [0, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
    const all = this.#db.prepare("SELECT id, bytes, first_ts, last_ts FROM load ORDER BY id");
    for (const { id, bytes, first_ts, last_ts } of all.iterate()) {
      if (over <= 0) break;
      over -= Number(bytes);
      upTo = Number(id);
      from = Math.min(from, Number(first_ts));
      to = Math.max(to, Number(last_ts));
    }
    this.forget(upTo);
    return { upTo, from, to };
  }

  begin(given: Pick<Backfill, "destination" | "from" | "to" | "perSecond" | "why">): number {
    const { destination, from, to, perSecond, why } = given;
    const put = this.#db
      .prepare(
        `INSERT INTO backfill (destination, from_ts, to_ts, per_second, why, begun_at)
         VALUES (?, ?, ?, ?, ?, ?)`,
      )
      .run(destination, from, to, perSecond, why, this.#now());
    return Number(put.lastInsertRowid);
  }

  /** A backfill has a device whole, or, with null, everything. */
  filled(id: number, cursor: string | null, points: number): void {
    this.#db
      .prepare(
        `UPDATE backfill SET points = points + ?, cursor = coalesce(?, cursor), finished_at = ? WHERE id = ?`,
      )
      .run(points, cursor, cursor === null ? this.#now() : null, id);
  }

  backfills(destination: string): Backfill[] {
    return this.#db
      .prepare("SELECT * FROM backfill WHERE destination = ? ORDER BY id")
      .all(destination)
      .map((row) => ({
        id: Number(row.id),
        destination,
        from: Number(row.from_ts),
        to: Number(row.to_ts),
        perSecond: Number(row.per_second),
        why: String(row.why),
        cursor: String(row.cursor),
        points: Number(row.points),
        begunAt: Number(row.begun_at),
        finishedAt: row.finished_at === null ? null : Number(row.finished_at),
      }));
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }
}
