import type { DatabaseSync } from "node:sqlite";
import { unitScopeSchema } from "../bridge.ts";

/** Units that have a station of their own: it judges their devices, and reports here. */
export interface Bridges {
  /** Units whose station has an account, in order. */
  units(): string[];
  /** Units for whose station this account speaks. */
  of(username: string): string[];
  /** @throws ZodError when the unit is not well formed */
  add(username: string, unit: string): void;
}

export const bridgeShape = `
  CREATE TABLE bridge (
    username TEXT NOT NULL REFERENCES account ON DELETE CASCADE, unit TEXT NOT NULL,
    PRIMARY KEY (username, unit)
  ) STRICT, WITHOUT ROWID;`;

/** Keeps bridges in the file of accounts. @param touched called after each change */
export function keepBridges(db: DatabaseSync, touched: () => void): Bridges {
  const all = db.prepare("SELECT DISTINCT unit FROM bridge ORDER BY 1");
  const own = db.prepare("SELECT unit FROM bridge WHERE username = ? ORDER BY 1");
  const insert = db.prepare("INSERT OR IGNORE INTO bridge VALUES (?, ?)");
  const unitOf = (row: Record<string, unknown>): string => String(row.unit);
  return {
    units: () => all.all().map(unitOf),
    of: (username) => own.all(username).map(unitOf),
    add(username, unit) {
      insert.run(username, unitScopeSchema.parse(unit));
      touched();
    },
  };
}
