import type { DatabaseSync } from "node:sqlite";
import type { QuotaConfig, QuotaUse } from "@kenh/schemas";
import { quotaOf } from "@kenh/schemas";
import { openDatabase, transaction } from "@kenh/schemas/node";
import type { Account } from "../ledger.ts";

const dayMs = 86_400_000;

const migrations = [
  `CREATE TABLE stored (
     place TEXT NOT NULL, day INTEGER NOT NULL, total INTEGER NOT NULL,
     PRIMARY KEY (place, day)
   ) STRICT, WITHOUT ROWID;`,
];

/**
 * How many readings of units and devices are kept: what the ledger has booked as stored, less what the
 * ledger had booked as long ago as readings are kept. What was there before a quota was first declared is
 * not counted. A line a day of each, and no reading is looked at.
 */
export class Storage {
  readonly #config: QuotaConfig;
  readonly #db: DatabaseSync;
  readonly #daysOf: (unit: string) => number;
  readonly #set;
  readonly #before;
  readonly #first;
  readonly #forget;
  #uses = new Map<string, QuotaUse>();

  /** @param daysOf how many days readings of a unit are kept; 0 is for ever */
  constructor(
    file: string,
    config: QuotaConfig,
    daysOf: (unit: string) => number,
    onDamage: (keptAt: string) => void,
  ) {
    this.#config = config;
    this.#daysOf = daysOf;
    this.#db = openDatabase(file, { migrations, onDamage: ({ keptAt }) => onDamage(keptAt) });
    this.#set = this.#db.prepare("INSERT OR IGNORE INTO stored VALUES (?, ?, ?)");
    this.#before = this.#db.prepare(
      "SELECT total, day FROM stored WHERE place = ? AND day <= ? ORDER BY day DESC LIMIT 1",
    );
    this.#first = this.#db.prepare("SELECT total FROM stored WHERE place = ? ORDER BY day LIMIT 1");
    this.#forget = this.#db.prepare("DELETE FROM stored WHERE place = ? AND day < ?");
  }

  /** Counts anew. @throws Error when it can't be written */
  count(accounts: Iterable<Pick<Account, "device" | "stored">>, now: number): void {
    const totals = this.#totals(accounts);
    const today = Math.floor(now / dayMs);
    const uses = new Map<string, QuotaUse>();
    transaction(this.#db, () => {
      for (const [place, total] of totals) {
        const limit = quotaOf(this.#config, place).storedReadings ?? 0;
        this.#set.run(place, today, total);
        const days = this.#daysOf(place.split("/", 2).join("/"));
        const gone = days > 0 ? this.#before.get(place, today - days) : undefined;
        if (gone) this.#forget.run(place, Number(gone.day));
        const base = Number((gone ?? this.#first.get(place))?.total ?? 0);
        const used = Math.max(0, total - base);
        const before = this.#uses.get(place);
        const over = used > limit;
        const excess = Math.max(before?.excess ?? 0, used - limit, 0);
        uses.set(place, { place, kind: "stored", limit, used, over, excess });
      }
    });
    this.#uses = uses;
  }

  uses(): QuotaUse[] {
    return [...this.#uses.values()];
  }

  isFull(place: string): boolean {
    return this.#uses.get(place)?.over ?? false;
  }

  /** Idempotent. */
  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }

  #totals(accounts: Iterable<Pick<Account, "device" | "stored">>): Map<string, number> {
    const { each, units, eachDevice, devices } = this.#config;
    const all = (quota: { storedReadings?: number | undefined }) =>
      quota.storedReadings !== undefined;
    const ofUnits = [each, ...Object.values(units)].some(all);
    const ofDevices = [eachDevice, ...Object.values(devices)].some(all);
    const totals = new Map<string, number>();
    if (!ofUnits && !ofDevices) return totals;
    for (const { device, stored } of accounts) {
      if (device === null) continue;
      const unit = device.split("/", 2).join("/");
      for (const place of [...(ofUnits ? [unit] : []), ...(ofDevices ? [device] : [])]) {
        if (quotaOf(this.#config, place).storedReadings === undefined) continue;
        totals.set(place, (totals.get(place) ?? 0) + stored);
      }
    }
    return totals;
  }
}
