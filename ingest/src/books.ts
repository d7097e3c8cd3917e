import type { DatabaseSync } from "node:sqlite";
import type { Identity } from "@kenh/schemas";
import type { Latest, LatestOfDevice } from "./latest.ts";
import type { Account, Ledger } from "./ledger.ts";
import { Ranges } from "./ranges.ts";

/** Rows of the spool up to which something is complete: those that came, and those whose delivery is booked. */
export interface Marks {
  readonly received: number;
  readonly delivered: number;
}

export const booksShape = `
  CREATE TABLE account (
    device TEXT NOT NULL, epoch TEXT NOT NULL, received INTEGER NOT NULL, stored INTEGER NOT NULL,
    duplicate INTEGER NOT NULL, quarantined INTEGER NOT NULL, seqs TEXT NOT NULL,
    received_to INTEGER NOT NULL, delivered_to INTEGER NOT NULL, PRIMARY KEY (device, epoch)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE latest (
    device TEXT PRIMARY KEY, last_seen_at INTEGER NOT NULL, body TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;`;

/**
 * Ledger and latest values on disk, in the file of the spool. Each account has marks of its own, so
 * that accounts may be written at different times and no row is booked twice. A latest value needs
 * none: to take note of a row again changes nothing.
 */
export class Books {
  readonly #db: DatabaseSync;
  readonly #putAccount;
  readonly #putLatest;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#putAccount = db.prepare(
      "INSERT OR REPLACE INTO account VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    );
    this.#putLatest = db.prepare("INSERT OR REPLACE INTO latest VALUES (?, ?, ?)");
  }

  /** Writes an account that is complete up to `marks`, inside a transaction of the caller. */
  putAccount(account: Account, { received, delivered }: Marks): void {
    this.#putAccount.run(
      account.device ?? "",
      account.epoch ?? "",
      account.received,
      account.stored,
      account.duplicate,
      account.quarantined,
      JSON.stringify(account.seqs),
      received,
      delivered,
    );
  }

  /** Writes what a device said last, inside a transaction of the caller. */
  putLatest(device: Identity, { lastSeenAt, values }: LatestOfDevice): void {
    this.#putLatest.run(device, lastSeenAt, JSON.stringify([...values]));
  }

  /** Fills ledger and latest values with what is on disk; gives the marks of each account. */
  read(ledger: Ledger, latest: Latest): ReadonlyMap<Account, Marks> {
    const marks = new Map<Account, Marks>();
    for (const row of this.#db.prepare("SELECT * FROM account").all()) {
      const { received, stored, duplicate, quarantined } = row as unknown as Account;
      const account: Account = {
        device: String(row.device) || null,
        epoch: String(row.epoch) || null,
        received,
        stored,
        duplicate,
        quarantined,
        pending: received - stored - duplicate - quarantined,
        seqs: new Ranges(JSON.parse(String(row.seqs))),
        dirty: false,
      };
      ledger.restore(account);
      marks.set(account, {
        received: Number(row.received_to),
        delivered: Number(row.delivered_to),
      });
    }
    for (const row of this.#db.prepare("SELECT * FROM latest").all()) {
      latest.restore(String(row.device), {
        lastSeenAt: Number(row.last_seen_at),
        values: new Map(JSON.parse(String(row.body))),
        dirty: false,
      });
    }
    return marks;
  }
}
