import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** The state of a part: one SQLite file, its shape given by numbered migrations. */
export interface DatabaseOptions {
  /** SQL scripts; number n brings `user_version` from n to n + 1. Never edit one that has shipped. */
  readonly migrations: readonly string[];
}

/**
 * Opens a database whose commits survive a power cut: WAL with synchronous=FULL (docs/decisions/0001).
 * Creates the folder and the file, and brings the shape up to date.
 * @throws Error when the file was written by a newer version of the program.
 */
export function openDatabase(file: string, { migrations }: DatabaseOptions): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true });
  const db = new DatabaseSync(file, { timeout: 5000 });
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
  migrate(db, file, migrations);
  return db;
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
