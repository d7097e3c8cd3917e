import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { setImmediate as breathe } from "node:timers/promises";
import { type FieldType, type Flag, flags, type Value } from "@kenh/schemas";
import { openDatabase, transaction } from "@kenh/schemas/node";
import { gatherIntervals } from "./intervals.ts";
import {
  type Field,
  PermanentError,
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
};

/** Rows that are read or deleted in one go; between two goes the process does other work. */
const chunkRows = 5_000;

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
  const insert = db.prepare("INSERT OR REPLACE INTO point VALUES (?, ?, ?, ?)");
  const page = db.prepare(
    "SELECT ts, value, flag FROM point WHERE track = ? AND ts >= ? AND ts <= ? ORDER BY ts LIMIT ?",
  );
  page.setReturnArrays(true);
  const edge = db.prepare(
    "SELECT ts FROM point WHERE track = ? AND ts < ? ORDER BY ts LIMIT 1 OFFSET ?",
  );
  const remove = db.prepare("DELETE FROM point WHERE track = ? AND ts < ?");
  let open = true;

  async function* read(track: Track, from: number, to: number): AsyncGenerator<SeriesPoint[]> {
    for (let next = from; ; ) {
      const rows = page.all(track.id, next, to, chunkRows) as unknown as Row[];
      yield rows.map(([ts, value, flag]) => [ts, readValue(value, track.type), flag]);
      const newest = rows.at(-1)?.[0];
      if (rows.length < chunkRows || newest === undefined) return;
      next = newest + 1;
      await breathe();
      if (!open) throw new Error(`${file} was closed during a query`);
    }
  }

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
            const known = tracks.of(series);
            for (const field of fields) {
              const track = known.get(field.name) ?? tracks.add(series, field);
              insert.run(track.id, ts, storedValue(field, track), field.flag);
            }
          }
        });
      } catch (error) {
        // Tracks that were added have been rolled back.
        tracks.forget();
        throw error;
      }
    },
    async query({ series, fields, from, to, everyMs }) {
      const found = new Map<string, SeriesPoint[]>();
      const known = tracks.of(series);
      for (const { name, type } of fields) {
        const track = known.get(name) ?? tracks.find(series, name);
        const points: SeriesPoint[] = [];
        const intervals = everyMs === undefined ? undefined : gatherIntervals(everyMs, type);
        if (track) {
          for await (const rows of read(track, from, to)) {
            if (intervals) for (const row of rows) intervals.add(...row);
            else for (const row of rows) points.push(row);
          }
        }
        found.set(name, intervals?.points() ?? points);
      }
      return found;
    },
    async forget(before) {
      for (const id of tracks.ids()) {
        for (;;) {
          const until = edge.get(id, before, chunkRows)?.ts as number | undefined;
          remove.run(id, until ?? before);
          await breathe();
          if (!open) return;
          if (until === undefined) break;
        }
      }
    },
    async close() {
      if (open) db.close();
      open = false;
    },
  };
}

type Row = [ts: number, value: number | string | null, flag: Flag];

/** The tracks of the file, remembered by the series that the pipeline shares by reference. */
class Tracks {
  #bySeries = new WeakMap<Series, Map<string, Track>>();
  readonly #find: StatementSync;
  readonly #add: StatementSync;
  readonly #ids: StatementSync;

  constructor(db: DatabaseSync) {
    const key = "measurement = ? AND tags = ? AND field = ?";
    this.#find = db.prepare(`SELECT id, type FROM track WHERE ${key}`);
    this.#add = db.prepare(
      "INSERT INTO track (measurement, tags, field, type) VALUES (?, ?, ?, ?) RETURNING id",
    );
    this.#ids = db.prepare("SELECT id FROM track ORDER BY id");
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

  ids(): number[] {
    return this.#ids.all().map((row) => row.id as number);
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
