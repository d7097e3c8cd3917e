import type { DatabaseSync } from "node:sqlite";
import type { LedgerCounts } from "@kenh/schemas";
import { transaction } from "@kenh/schemas/node";
import type { Month } from "./civil.ts";

const none: LedgerCounts = { received: 0, stored: 0, duplicate: 0, quarantined: 0, pending: 0 };

/** What the ledger counted of each dataset in each month, by arrival. The ledger itself knows no months. */
export class LedgerMonths {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  of(dataset: string, month: Month): LedgerCounts {
    const row = this.#db
      .prepare("SELECT counts FROM ledger WHERE dataset = ? AND month = ?")
      .get(dataset, month);
    return row ? JSON.parse(String(row.counts)) : none;
  }

  /** Adds to the month what the ledger counts now beyond what it counted the last time. */
  note(month: Month, sums: ReadonlyMap<string, LedgerCounts>): void {
    const seenOf = this.#db.prepare("SELECT counts FROM ledger_seen WHERE dataset = ?");
    const putSeen = this.#db.prepare("INSERT OR REPLACE INTO ledger_seen VALUES (?, ?)");
    const put = this.#db.prepare("INSERT OR REPLACE INTO ledger VALUES (?, ?, ?)");
    const changed = [...sums].filter(
      ([dataset, now]) => seenOf.get(dataset)?.counts !== JSON.stringify(now),
    );
    if (changed.length === 0) return;
    transaction(this.#db, () => {
      for (const [dataset, now] of changed) {
        const row = seenOf.get(dataset);
        const before: LedgerCounts = row ? JSON.parse(String(row.counts)) : none;
        const sum = { ...this.of(dataset, month) };
        for (const name of Object.keys(none) as (keyof LedgerCounts)[]) {
          sum[name] += now[name] - before[name];
        }
        put.run(dataset, month, JSON.stringify(sum));
        putSeen.run(dataset, JSON.stringify(now));
      }
    });
  }
}
