import {
  copyFileSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../../test/support/folder.ts";
import { openDatabase, transaction } from "./database.ts";
import type { Damage } from "./salvage.ts";

const migrations = [
  `CREATE TABLE entry (id INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER NOT NULL, body TEXT NOT NULL,
     crc INTEGER NOT NULL) STRICT;
   CREATE INDEX entry_kind ON entry (kind, id);
   CREATE TABLE counter (name TEXT PRIMARY KEY, n INTEGER NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE note (at REAL NOT NULL, text TEXT) STRICT;`,
];
const pageSize = 4096;
const rows = 1200;

const bodyOf = (id: number): string =>
  `${id}:`.padEnd(id % 97 === 0 ? 9000 : 60 + (id % 150), String.fromCharCode(97 + (id % 26)));
const crcOf = (id: number, body: string): number => crc32(`${id}/${body}`);

function fill(file: string, from = 1, to = rows, pageBytes = pageSize): DatabaseSync {
  const db = openDatabase(file, { migrations, pageBytes });
  const add = db.prepare("INSERT INTO entry VALUES (?, ?, ?, ?)");
  transaction(db, () => {
    for (let id = from; id <= to; id++) add.run(id, id % 3, bodyOf(id), crcOf(id, bodyOf(id)));
    db.prepare("INSERT OR REPLACE INTO counter VALUES ('n', ?)").run(to);
    db.prepare("INSERT INTO note VALUES (?, ?)").run(from, `ghi chú ${to}`);
  });
  return db;
}

interface Salvaged {
  readonly ids: Set<number>;
  /** Rows whose own checksum does not fit. */
  readonly refused: number;
  readonly damages: Damage[];
  readonly notes: number;
}

/** Opens a file that may be damaged and reads all of it; every row that is believed must be as written. */
function salvage(file: string, pageBytes = pageSize): Salvaged {
  const damages: Damage[] = [];
  const onDamage = (damage: Damage) => damages.push(damage);
  const db = openDatabase(file, { migrations, pageBytes, onDamage });
  const ids = new Set<number>();
  let refused = 0;
  for (const row of db.prepare("SELECT * FROM entry").iterate()) {
    const id = Number(row.id);
    // Bytes changed inside a sound page show in the row's own checksum alone: its owner refuses it.
    if (row.crc !== crcOf(id, String(row.body))) refused += 1;
    else if (row.body !== bodyOf(id) || row.kind !== id % 3) throw new Error(`row ${id} is false`);
    else ids.add(id);
  }
  const notes = Number(db.prepare("SELECT count(*) AS n FROM note").get()?.n);
  expect(db.prepare("PRAGMA integrity_check").get()?.integrity_check).toBe("ok");
  // It takes new rows as if nothing had happened.
  db.prepare("INSERT INTO entry (kind, body, crc) VALUES (0, 'new', 0)").run();
  db.close();
  return { ids, refused, damages, notes };
}

/** The page on which each row stands, with the pages that it runs over to. */
function pagesOfRows(file: string): Map<number, number[]> {
  const db = new DatabaseSync(file);
  const found = new Map<number, number[]>();
  const image = readFileSync(file);
  const starts = new Map<string, number>();
  for (let page = 1; page * pageSize <= image.length; page++) {
    const text = image.subarray((page - 1) * pageSize, page * pageSize).toString("latin1");
    for (const match of text.matchAll(/(\d+):[a-z]{20}/g)) starts.set(match[1] ?? "", page);
  }
  db.close();
  for (let id = 1; id <= rows; id++) {
    const page = [...Array(3).keys()]
      .map((cut) => starts.get(String(id).padStart(cut)))
      .find((p) => p !== undefined);
    if (page) found.set(id, [page]);
  }
  return found;
}

function wipe(file: string, page: number, fill: (at: number) => number): void {
  const image = readFileSync(file);
  for (let at = 0; at < pageSize; at++) image[(page - 1) * pageSize + at] = fill(at);
  writeFileSync(file, image);
}

/** A repeatable row of bytes. */
function bytes(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

describe("a database that opens with onDamage", () => {
  test("a sound file is left alone and nothing is announced", () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "a.db");
    fill(file).close();
    const { ids, damages } = salvage(file);
    expect(ids.size).toBe(rows);
    expect(damages).toEqual([]);
  });

  test("without onDamage damage still throws", () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "a.db");
    fill(file).close();
    writeFileSync(file, "not a database at all".repeat(500));
    expect(() => openDatabase(file, { migrations })).toThrow(/not a database/);
  });

  test.each([
    ["the first 100 bytes", 100],
    ["the whole first page", pageSize],
  ])("a damaged header (%s) costs no row of another page", (_what, length) => {
    using folder = temporaryFolder();
    const file = join(folder.path, "a.db");
    fill(file).close();
    const image = readFileSync(file);
    image.fill(0xa5, 0, length);
    writeFileSync(file, image);
    const { ids, damages, notes } = salvage(file);
    expect(damages).toHaveLength(1);
    expect(ids.size).toBe(rows);
    expect(notes).toBe(1);
    expect(damages[0]?.tables.entry).toEqual({ saved: rows });
    expect(readFileSync(damages[0]?.keptAt ?? "")).toEqual(image);
  });

  test("a file of larger pages is read as such, though its header is gone and with it their size", () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "a.db");
    const pageBytes = 16_384;
    fill(file, 1, rows, pageBytes).close();
    const image = readFileSync(file).fill(0xa5, 0, pageBytes);
    writeFileSync(file, image);
    const { ids, damages } = salvage(file, pageBytes);
    expect(damages).toHaveLength(1);
    expect(ids.size).toBe(rows);
  });

  test("an empty file is announced, for it may have been full", () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "a.db");
    writeFileSync(file, "");
    expect(salvage(file).damages).toHaveLength(1);
  });

  test("a truncated tail costs the rows on it and no others", () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "a.db");
    fill(file).close();
    const whole = readFileSync(file).length;
    truncateSync(file, whole - 20 * pageSize - 100);
    const { ids, damages } = salvage(file);
    expect(damages).toHaveLength(1);
    expect(ids.size).toBeGreaterThan(rows / 2);
    expect(ids.size).toBeLessThan(rows);
  });

  test("what a crash leaves at the tail of the log is no damage", () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "a.db");
    const db = fill(file);
    const torn = join(folder.path, "b.db");
    copyFileSync(file, torn);
    copyFileSync(`${file}-wal`, `${torn}-wal`);
    db.close();
    truncateSync(`${torn}-wal`, readFileSync(`${torn}-wal`).length - 1000);
    const { damages } = salvage(torn);
    expect(damages).toEqual([]);
  });

  test.each([
    ["a part of the log", (wal: string) => truncateSync(wal, Math.floor(statSync(wal).size / 2))],
    ["one byte of the log", (wal: string) => truncateSync(wal, statSync(wal).size - 1)],
    ["all of the log", (wal: string) => truncateSync(wal, 0)],
    ["the log itself", (wal: string) => rmSync(wal)],
  ])(
    "finished commits that are lost with %s are announced, though the rest is sound",
    (_, tear) => {
      using folder = temporaryFolder();
      const file = join(folder.path, "a.db");
      const db = fill(file, 1, 600);
      fill(file, 601, rows);
      const torn = join(folder.path, "b.db");
      for (const part of ["", "-wal", "-shm"]) copyFileSync(file + part, torn + part);
      db.close();
      const whole = join(folder.path, "c.db");
      for (const part of ["", "-wal", "-shm"]) copyFileSync(torn + part, whole + part);
      expect(salvage(whole).damages).toEqual([]);
      tear(`${torn}-wal`);
      const damages: Damage[] = [];
      openDatabase(torn, { migrations, onDamage: (damage) => damages.push(damage) }).close();
      expect(damages).toHaveLength(1);
      expect(damages[0]?.cause.message).toMatch(/has lost \d+ frames of finished commits/);
    },
  );

  test("a log whose commits are all in the database is not missed", () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "a.db");
    const db = fill(file);
    db.exec("PRAGMA wal_checkpoint(PASSIVE)");
    const moved = join(folder.path, "b.db");
    for (const part of ["", "-shm"]) copyFileSync(file + part, moved + part);
    db.close();
    expect(salvage(moved)).toMatchObject({ damages: [], ids: { size: rows } });
  });

  test.each([
    ["a frame in the middle", 32 + 40 * (pageSize + 24) + 500],
    ["the header", 5],
  ])("a log damaged in %s, before later commits, is announced and read past it", (_what, at) => {
    using folder = temporaryFolder();
    const file = join(folder.path, "a.db");
    const db = fill(file, 1, 1000);
    fill(file, 1001, 1500).close();
    const torn = join(folder.path, "b.db");
    copyFileSync(file, torn);
    const wal = readFileSync(`${file}-wal`);
    db.close();
    wal[at] = (wal[at] ?? 0) ^ 0xff;
    writeFileSync(`${torn}-wal`, wal);
    const { ids, damages } = salvage(torn);
    expect(damages).toHaveLength(1);
    expect(ids.size).toBeGreaterThan(1400);
  });

  test("a salvage that was cut short is done again", () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "a.db");
    fill(file).close();
    const keptAt = `${file}.damaged-1`;
    renameSync(file, keptAt);
    writeFileSync(`${file}.salvage`, keptAt);
    openDatabase(file, { migrations }).close();
    const { ids, damages } = salvage(file);
    expect(ids.size).toBe(rows);
    expect(damages[0]?.keptAt).toBe(keptAt);
    expect(existsSync(`${file}.salvage`)).toBe(false);
  });

  test("100 files with random damaged pages: no false row, and rows on sound pages survive", () => {
    using folder = temporaryFolder();
    const sound = join(folder.path, "sound.db");
    fill(sound).close();
    const homes = pagesOfRows(sound);
    expect(homes.size).toBeGreaterThan(rows * 0.9);
    const pages = readFileSync(sound).length / pageSize;
    for (let trial = 0; trial < 100; trial++) {
      const random = bytes(trial + 1);
      const file = join(folder.path, `${trial}.db`);
      copyFileSync(sound, file);
      const hit = new Set<number>();
      for (let n = 1 + random(5); n > 0; n--) {
        const page = 1 + random(pages);
        hit.add(page);
        wipe(file, page, trial % 2 === 0 ? () => 0 : () => random(256));
      }
      const { ids, refused, damages } = salvage(file);
      for (const [id, [home]] of homes) {
        // Long rows run over to pages that may have been hit; the others stand on one page.
        if (home !== undefined && !hit.has(home) && id % 97 !== 0 && !ids.has(id)) {
          throw new Error(
            `trial ${trial}: row ${id} of page ${home} is gone, hit were ${[...hit]}`,
          );
        }
      }
      if (ids.size + refused < rows)
        expect(damages, `trial ${trial} lost rows in silence`).toHaveLength(1);
    }
  });
});
