import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import {
  copyReadable,
  type Damage,
  finishSalvage,
  isDamage,
  setAside,
  shapeOf,
  silentDamage,
  unfinishedSalvage,
} from "./salvage.ts";

/** The state of a part: one SQLite file, its shape given by numbered migrations. */
export interface DatabaseOptions {
  /** SQL scripts; number n brings `user_version` from n to n + 1. Never edit one that has shipped. */
  readonly migrations: readonly string[];
  /** Of a file that is made new: larger ones for large rows. An existing file keeps its own. */
  readonly pageBytes?: number;
  /**
   * With it, the file is checked as a whole when it is opened (this reads all of it: meant for files
   * that stay small, and that one process alone opens this way), and damage does not keep it from
   * opening: the damaged file is moved aside, what can be read of it goes into a fresh one, and the
   * owner is told, so that it can count what is lost. What it writes into the fresh database then is
   * part of the salvage, which is done again from the start when it is cut short. Without it damage
   * throws.
   */
  readonly onDamage?: (damage: Damage, salvaged: DatabaseSync) => void;
}

/** What SQLite takes by itself. */
const usualPageBytes = 4096;
/** A log of so many bytes is brought into the database, as SQLite does by itself with the usual pages. */
const logBytes = 4_096_000;

type OnOpened = (file: string, db: DatabaseSync) => void;
const listeners = new Set<OnOpened>();

/** Tells of every database that this process opens from now on; returns how to stop that. */
export function onDatabaseOpened(listener: OnOpened): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/**
 * Opens a database whose commits survive a power cut: WAL with synchronous=FULL (docs/decisions/0001).
 * Creates the folder and the file, and brings the shape up to date.
 * @throws Error when the file was written by a newer version of the program.
 */
export function openDatabase(file: string, options: DatabaseOptions): DatabaseSync {
  const db = openOrSalvage(file, options);
  for (const listener of listeners) listener(file, db);
  return db;
}

function openOrSalvage(file: string, options: DatabaseOptions): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true });
  const { migrations, onDamage, pageBytes = usualPageBytes } = options;
  if (!onDamage) return openSound(file, migrations, pageBytes, false);
  const begun = unfinishedSalvage(file);
  const silent = begun
    ? new Error(`the salvage of ${file} was cut short`)
    : silentDamage(file, pageBytes);
  let cause: Error;
  try {
    if (!silent) return openSound(file, migrations, pageBytes, true);
    cause = silent;
  } catch (error) {
    if (!isDamage(error)) throw error;
    cause = error as Error;
  }
  const keptAt = setAside(file, begun, Date.now());
  const shape = shapeOf(keptAt, pageBytes);
  const known = shape && shape <= migrations.length ? shape : migrations.length;
  const db = openSound(file, migrations.slice(0, known), pageBytes, false);
  const tables = copyReadable(keptAt, pageBytes, db);
  migrate(db, file, migrations);
  onDamage({ keptAt, cause, tables }, db);
  finishSalvage(file);
  return db;
}

/** Opens the file and throws when it is found damaged on the way. */
function openSound(
  file: string,
  migrations: readonly string[],
  pageBytes: number,
  check: boolean,
): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: 5000 });
  try {
    db.exec(`PRAGMA page_size = ${pageBytes}; PRAGMA journal_mode = WAL;
      PRAGMA wal_autocheckpoint = ${Math.floor(logBytes / pageBytes)};
      PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON`);
    if (check) quickCheck(db, file);
    migrate(db, file, migrations);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function quickCheck(db: DatabaseSync, file: string): void {
  const found = db.prepare("PRAGMA quick_check(1)").get()?.quick_check;
  if (found === "ok") return;
  // The code of SQLITE_CORRUPT: the check reports as a row what a read would throw.
  throw Object.assign(new Error(`${file} is damaged: ${found}`), { errcode: 11 });
}

function migrate(db: DatabaseSync, file: string, migrations: readonly string[]): void {
  const version = () => Number(db.prepare("PRAGMA user_version").get()?.user_version);
  if (version() > migrations.length) {
    throw new Error(
      `${file} has shape ${version()} and this program knows ${migrations.length}: start the newer version of Kênh`,
    );
  }
  if (version() === migrations.length) return;
  transaction(db, () => {
    for (const sql of migrations.slice(version())) db.exec(sql);
    db.exec(`PRAGMA user_version = ${migrations.length}`);
  });
}

/** Runs `work` as one durable step: all of it or, when it throws, nothing. */
export function transaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

/** A number that differs whenever another connection has changed the file. */
export function dataVersion(db: DatabaseSync): number {
  return Number(db.prepare("PRAGMA data_version").get()?.data_version);
}

/** Bytes inside the file that hold nothing any more: they are filled before the file grows. */
export function freeBytesWithin(db: DatabaseSync): number {
  const pages = Number(db.prepare("PRAGMA freelist_count").get()?.freelist_count);
  return pages * Number(db.prepare("PRAGMA page_size").get()?.page_size);
}
