import type { DatabaseSync } from "node:sqlite";
import * as z from "zod";
import type { Clock } from "../clock.ts";
import type { Identity } from "../identity.ts";

/** `province/unit/site`: all that stands at one place. */
export const siteSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,31}(\/[a-z0-9][a-z0-9_-]{0,31}){2}$/, {
    error:
      "must be province/unit/site, each 1 to 32 of a-z 0-9 - _ and beginning with a letter or digit, such as 82/29869/cau-cao-lanh",
  });

/** Who brings devices that nobody has registered: the first account that does is the one that may. */
export interface Joins {
  /** Whether this account, or any, was given the device for its own, by registration or by adoption. */
  isOwned(identity: Identity, by?: string): boolean;
  /**
   * Notes that `username` brings an unknown device, unless another has before.
   * @param most devices that one account may bring before some of them are adopted
   * @returns whether it is this account that brings it
   */
  bring(username: string, identity: Identity, most: number): boolean;
  bringerOf(identity: Identity): string | undefined;
  /** Forgets who brought a device: it has an account of its own. */
  release(identity: Identity): void;
  /** Makes a device that was brought the account's own. */
  grant(username: string, identity: Identity): void;
  /** Sites of an account, in place of those that it had; inside a transaction of the caller. */
  set(username: string, sites: readonly string[]): void;
  add(username: string, sites: readonly string[]): void;
}

export const joinShape = `
  CREATE TABLE joins (
    username TEXT NOT NULL REFERENCES account ON DELETE CASCADE, site TEXT NOT NULL,
    PRIMARY KEY (username, site)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE brought (
    identity TEXT PRIMARY KEY, username TEXT NOT NULL REFERENCES account ON DELETE CASCADE,
    at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX brought_by ON brought (username);
  CREATE INDEX publishes_identity ON publishes (identity);`;

/** Keeps joins in the file of accounts. @param touched called after each change */
export function keepJoins(db: DatabaseSync, now: Clock, touched: () => void): Joins {
  const owner = db.prepare(
    "SELECT 1 FROM publishes WHERE identity = ?1 AND (?2 IS NULL OR username = ?2)",
  );
  const bringer = db.prepare("SELECT username FROM brought WHERE identity = ?");
  const count = db.prepare("SELECT count(*) AS n FROM brought WHERE username = ?");
  const insertSite = db.prepare("INSERT OR IGNORE INTO joins VALUES (?, ?)");
  const bringerOf = (identity: Identity): string | undefined =>
    bringer.get(identity)?.username as string | undefined;
  function add(username: string, sites: readonly string[]): void {
    for (const site of sites) insertSite.run(username, site);
  }
  function release(identity: Identity): void {
    db.prepare("DELETE FROM brought WHERE identity = ?").run(identity);
  }
  return {
    isOwned: (identity, by) => owner.get(identity, by ?? null) !== undefined,
    bringerOf,
    bring(username, identity, most) {
      const known = bringerOf(identity);
      if (known !== undefined) return known === username;
      if (Number(count.get(username)?.n) >= most) return false;
      db.prepare("INSERT OR IGNORE INTO brought VALUES (?, ?, ?)").run(identity, username, now());
      return bringerOf(identity) === username;
    },
    release,
    grant(username, identity) {
      db.prepare("INSERT OR IGNORE INTO publishes VALUES (?, ?)").run(username, identity);
      release(identity);
      touched();
    },
    set(username, sites) {
      db.prepare("DELETE FROM joins WHERE username = ?").run(username);
      add(username, sites);
    },
    add,
  };
}
