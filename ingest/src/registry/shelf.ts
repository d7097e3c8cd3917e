import type { DatabaseSync } from "node:sqlite";
import type { RegistryKind } from "@kenh/schemas";
import type { Edit } from "./change.ts";

/** The records as they stand now, in the file of the registry. */
export class Shelf {
  readonly #db: DatabaseSync;
  readonly #find;
  readonly #set;
  readonly #remove;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#find = db.prepare("SELECT body FROM record WHERE kind = ? AND key = ?");
    this.#set = db.prepare("INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?)");
    this.#remove = db.prepare("DELETE FROM record WHERE kind = ? AND key = ?");
  }

  /** JSON of a record. */
  body(kind: RegistryKind, key: string): string | null {
    const row = this.#find.get(kind, key);
    return row ? String(row.body) : null;
  }

  /** JSON of all of a kind, in the order of their keys; with `path` of those that begin with it. */
  *bodies(kind: RegistryKind, path = ""): Iterable<{ key: string; body: string }> {
    const rows = this.#db
      .prepare(
        `SELECT key, body FROM record WHERE kind = ?1 AND key >= ?2 AND key < ?2 || char(0x10ffff) ORDER BY key`,
      )
      .iterate(kind, path);
    for (const { key, body } of rows) yield { key: String(key), body: String(body) };
  }

  /** The last key of a kind that begins with this. */
  lastKey(kind: RegistryKind, path: string): string | undefined {
    const row = this.#db
      .prepare(
        "SELECT max(key) AS key FROM record WHERE kind = ?1 AND key >= ?2 AND key < ?2 || char(0x10ffff)",
      )
      .get(kind, path);
    return row?.key === null || row?.key === undefined ? undefined : String(row.key);
  }

  /** Carries edits out, inside the transaction of the caller. */
  write(edits: readonly Edit[], at: number): void {
    for (const { kind, key, after } of edits) {
      if (after === null) this.#remove.run(kind, key);
      else this.#set.run(kind, key, after, at);
    }
  }
}
