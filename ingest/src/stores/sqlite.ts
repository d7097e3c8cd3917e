import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { setImmediate as breathe } from "node:timers/promises";
import { type FieldType, type Flag, flags, type Value } from "@kenh/schemas";
import { openDatabase, transaction } from "@kenh/schemas/node";
import { createForgetting } from "./sqlite-forget.ts";
import {
  type Field,
  PermanentError,
  rolledSuffix,
  type Series,
  type SeriesPoint,
  type Store,
  type StoreLimits,
} from "./store.ts";

export interface SqliteConfig {
  readonly file: string;
}

export const sqliteLimits: StoreLimits = {
  // About 20 ms of the process's one thread: accepting goes on in between.
  maxPoints: 5_000,
  // One file has one writer.
  maxConcurrentWrites: 1,
  unsupportedTypes: [],
  forgets: true,
};

/**
 * Points lie together by quarter of an hour, then by quantity: what is written now touches few pages
 * however many devices there are, and what is read of one quantity is a seek for each quarter.
 */
const spanMs = 15 * 60_000;
const spanOf = (ts: number): number => Math.floor(ts / spanMs);

/** Rows, and spans, that are read in one go; between two goes the process does other work. */
const chunkRows = 5_000;
const chunkSpans = 96;

/**
 * `track` is one quantity of one series. The type is kept with it and holds for ever, as in InfluxDB.
 * `value` keeps what it is given (ANY), null where a reading is missing.
 */
const migrations = [
  `CREATE TABLE track (
     id INTEGER PRIMARY KEY, measurement TEXT NOT NULL, tags TEXT NOT NULL, field TEXT NOT NULL,
     type TEXT NOT NULL, UNIQUE (measurement, tags, field)
   ) STRICT;
   CREATE TABLE point (
     span INTEGER NOT NULL, track INTEGER NOT NULL, ts INTEGER NOT NULL, value ANY,
     flag INTEGER NOT NULL, PRIMARY KEY (span, track, ts)
   ) STRICT, WITHOUT ROWID;`,
  // Roll-ups are written an hour at a time and read over years: each track lies together.
  `CREATE TABLE rolled (
     track INTEGER NOT NULL, ts INTEGER NOT NULL, value ANY, flag INTEGER NOT NULL,
     PRIMARY KEY (track, ts)
   ) STRICT, WITHOUT ROWID;`,
];

/** A quantity of a series that has been stored before. */
interface Track {
  readonly id: number;
  readonly type: FieldType;
}

/**
 * The embedded store: one SQLite file. A write is one commit, on disk when it resolves. A reading
 * written again replaces the one before, value and flag.
 * @throws Error when the file is of a newer version or can't be opened.
 */
export function openSqlite({ file }: SqliteConfig): Store {
  const db = openDatabase(file, { migrations });
  const tracks = new Tracks(db);
  const insert = db.prepare("INSERT OR REPLACE INTO point VALUES (?, ?, ?, ?, ?)");
  const nextSpan = db.prepare("SELECT min(span) AS span FROM point WHERE span >= ?");
  const insertRolled = db.prepare("INSERT OR REPLACE INTO rolled VALUES (?, ?, ?, ?)");
  const selectRolled = db.prepare(
    `SELECT ts, value, flag FROM rolled WHERE track = ? AND ts >= ? AND ts <= ? ORDER BY ts LIMIT ${chunkRows}`,
  );
  selectRolled.setReturnArrays(true);
  const select = db.prepare(
    `WITH RECURSIVE span (n) AS (SELECT ?1 UNION ALL SELECT n + 1 FROM span WHERE n < ?2)
     SELECT ts, value, flag FROM span CROSS JOIN point
     WHERE span = n AND track = ?3 AND ts >= ?4 AND ts <= ?5 ORDER BY ts`,
  );
  select.setReturnArrays(true);
  let open = true;

  /** The first quarter of an hour, from this one on, of which anything is stored. */
  function spanFrom(span: number): number | undefined {
    return (nextSpan.get(span)?.span as number | null | undefined) ?? undefined;
  }

  /** Others have their turn. */
  async function pause(): Promise<void> {
    await breathe();
    if (!open) throw new Error(`${file} was closed meanwhile`);
  }

  async function readRolled(track: Track, from: number, to: number, take: Take): Promise<void> {
    for (let first = from; ; ) {
      const rows = selectRolled.all(track.id, first, to) as unknown as Row[];
      for (const [ts, value, flag] of rows) take(ts, readValue(value, track.type), flag);
      if (rows.length < chunkRows) return;
      first = (rows.at(-1) as Row)[0] + 1;
      await pause();
    }
  }

  async function read(track: Track, from: number, to: number, take: Take): Promise<void> {
    const last = spanOf(to);
    for (let span = spanFrom(spanOf(from)); span !== undefined && span <= last; ) {
      const end = Math.min(span + chunkSpans - 1, last);
      const rows = select.all(span, end, track.id, from, to) as unknown as Row[];
      for (const [ts, value, flag] of rows) take(ts, readValue(value, track.type), flag);
      span = spanFrom(end + 1);
      if (span === undefined || span > last) return;
      await pause();
    }
  }

  const forgetting = createForgetting(db, { spanOf, spanFrom, pause });

  return {
    limits: sqliteLimits,
    async write(batch) {
      try {
        transaction(db, () => {
          for (const { series, ts, fields } of batch) {
            if (!Number.isSafeInteger(ts)) {
              throw new PermanentError(
                `ts ${ts} of ${series.measurement} is not whole milliseconds`,
              );
            }
            if (fields.length === 0) throw new PermanentError(`${series.measurement} has no field`);
            const span = spanOf(ts);
            const known = tracks.of(series);
            const rolled = rolledSuffix.test(series.measurement);
            for (const field of fields) {
              const track = known.get(field.name) ?? tracks.add(series, field);
              const value = storedValue(field, track);
              if (rolled) insertRolled.run(track.id, ts, value, field.flag);
              else insert.run(span, track.id, ts, value, field.flag);
            }
          }
        });
      } catch (error) {
        // Tracks that were added have been rolled back.
        tracks.forget();
        throw error;
      }
    },
    async query({ series, fields, from, to }) {
      const found = new Map<string, SeriesPoint[]>();
      const known = tracks.of(series);
      const readAll = rolledSuffix.test(series.measurement) ? readRolled : read;
      for (const { name } of fields) {
        const track = known.get(name) ?? tracks.find(series, name);
        const points: SeriesPoint[] = [];
        if (track) await readAll(track, from, to, (...point) => points.push(point));
        found.set(name, points);
      }
      return found;
    },
    places: forgetting.places,
    forget: forgetting.forget,
    async oldest() {
      const span = spanFrom(-Number.MAX_SAFE_INTEGER);
      return span === undefined ? undefined : span * spanMs;
    },
    async close() {
      if (open) db.close();
      open = false;
    },
  };
}

type Take = (ts: number, value: Value | null, flag: Flag) => void;
type Row = [ts: number, value: number | string | null, flag: Flag];

/** The tracks of the file, remembered by the series that the pipeline shares by reference. */
class Tracks {
  #bySeries = new WeakMap<Series, Map<string, Track>>();
  readonly #find: StatementSync;
  readonly #add: StatementSync;

  constructor(db: DatabaseSync) {
    const key = "measurement = ? AND tags = ? AND field = ?";
    this.#find = db.prepare(`SELECT id, type FROM track WHERE ${key}`);
    this.#add = db.prepare(
      "INSERT INTO track (measurement, tags, field, type) VALUES (?, ?, ?, ?) RETURNING id",
    );
  }

  of(series: Series): Map<string, Track> {
    let known = this.#bySeries.get(series);
    if (!known) {
      known = new Map();
      this.#bySeries.set(series, known);
    }
    return known;
  }

  find(series: Series, name: string): Track | undefined {
    const row = this.#find.get(series.measurement, JSON.stringify(series.tags), name);
    return row && { id: row.id as number, type: row.type as FieldType };
  }

  add(series: Series, { name, type }: Field): Track {
    for (const text of [series.measurement, name, ...series.tags.flat()]) {
      if (text !== "" && text.isWellFormed()) continue;
      throw new PermanentError(`${JSON.stringify(text)} can't name a part of a series`);
    }
    let track = this.find(series, name);
    if (!track) {
      const row = this.#add.get(series.measurement, JSON.stringify(series.tags), name, type);
      track = { id: row?.id as number, type };
    }
    this.of(series).set(name, track);
    return track;
  }

  forget(): void {
    this.#bySeries = new WeakMap();
  }
}

function storedValue({ name, type, value, flag }: Field, track: Track): SQLInputValue {
  if (type !== track.type) {
    throw new PermanentError(`${name} is ${type} here and stored as ${track.type}: rename it`);
  }
  if (value === null) {
    if (flag === flags.pass) throw new PermanentError(`${name} has neither a value nor a flag`);
    return null;
  }
  switch (type) {
    case "float":
      if (typeof value === "number" && Number.isFinite(value)) return value;
      break;
    case "integer":
      if (Number.isSafeInteger(value)) return value as number;
      break;
    case "boolean":
      if (typeof value === "boolean") return value ? 1 : 0;
      break;
    case "string":
      if (typeof value === "string" && value.isWellFormed()) return value;
  }
  throw new PermanentError(`${name} is ${JSON.stringify(value)}; its type is ${type}`);
}

function readValue(stored: number | string | null, type: FieldType): Value | null {
  return type === "boolean" && stored !== null ? stored !== 0 : stored;
}
