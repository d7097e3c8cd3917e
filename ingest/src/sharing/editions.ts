import type { DatabaseSync } from "node:sqlite";
import type { Month } from "./civil.ts";

/** An edition of a month's report. */
export interface Edition {
  /** From 1. */
  readonly edition: number;
  readonly issuedAt: number;
  /** Why there is another; null of the first. */
  readonly note: string | null;
}

/** The reports of closed months, word for word, for ever. */
export class Editions {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** Of a month, oldest first. */
  of(month: Month): Edition[] {
    const select = "SELECT edition, issued_at AS issuedAt, note FROM edition WHERE month = ?";
    return this.#db.prepare(`${select} ORDER BY edition`).all(month) as unknown as Edition[];
  }

  /** The text of one. */
  text(month: Month, edition: number): string | undefined {
    const row = this.#db
      .prepare("SELECT body FROM edition WHERE month = ? AND edition = ?")
      .get(month, edition);
    return row && String(row.body);
  }

  /** @throws Error when there is one of that number */
  put(month: Month, { edition, issuedAt, note }: Edition, body: string): void {
    this.#db
      .prepare("INSERT INTO edition VALUES (?, ?, ?, ?, ?)")
      .run(month, edition, issuedAt, note, body);
  }
}
