import { hash } from "node:crypto";
import type { Clock, QuarantineReason } from "@kenh/schemas";
import { openDatabase, transaction } from "@kenh/schemas/node";
import type { Ledger } from "../../ledger.ts";
import type { Quarantine, SetAside } from "../../quarantine.ts";
import type { Contract, Contracts } from "../contracts.ts";
import type { Count } from "../count.ts";
import { type JudgedRecord, judgeRecord, type RecordBody } from "./judge-record.ts";

/** Where each record of a delivery went: `received = stored + duplicate + quarantined`. */
export interface Receipt {
  readonly received: number;
  readonly stored: number;
  readonly duplicate: number;
  readonly quarantined: number;
  /** Of the quarantined: the place in the delivery, from 1, and why. The first hundred. */
  readonly faults: readonly { row: number; reason: QuarantineReason; detail: string }[];
}

/** A record that was handed over. */
export interface StoredRecord {
  readonly record: RecordBody;
  readonly ts: number;
  readonly receivedAt: number;
}

const migrations = [
  `CREATE TABLE record (
     dataset TEXT NOT NULL, key TEXT NOT NULL, ts INTEGER NOT NULL, body TEXT NOT NULL,
     received_at INTEGER NOT NULL, PRIMARY KEY (dataset, key)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX record_ts ON record (dataset, ts);
   CREATE INDEX record_received ON record (dataset, received_at);
   CREATE TABLE refused (
     dataset TEXT NOT NULL, digest BLOB NOT NULL, PRIMARY KEY (dataset, digest)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE account (
     dataset TEXT PRIMARY KEY, stored INTEGER NOT NULL, duplicate INTEGER NOT NULL,
     quarantined INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;`,
];

/** What the ledger calls the outbox of what is handed over. */
const epoch = "records";
const topicPrefix = "datasets/";
const maxFaultsTold = 100;

export interface RecordsParts {
  readonly file: string;
  readonly contracts: Contracts;
  readonly count: Count;
  readonly ledger: Pick<Ledger, "account">;
  readonly quarantine: Pick<Quarantine, "keepAll" | "whole" | "purge">;
  readonly now: Clock;
}

type Good = Exclude<JudgedRecord, { reason: string }>;

/**
 * What agencies hand over, in a file of its own. Each record is stored, duplicate or set aside in the
 * same quarantine as readings are, and the same ledger counts it, under the dataset's identity. To hand
 * the same over again changes nothing. The first record of a key stands: another one that says
 * something else is set aside.
 */
export class Records {
  readonly #db;
  readonly #parts: RecordsParts;

  constructor(parts: RecordsParts) {
    this.#parts = parts;
    this.#db = openDatabase(parts.file, { migrations });
    for (const contract of parts.contracts.datasets.values()) {
      if (!contract.records) continue;
      this.#catchUp(contract);
      this.#enter(contract);
    }
  }

  /** What was stored and, in a crash, not yet counted. */
  #catchUp(contract: Contract): void {
    const { count } = this.#parts;
    const since = count.lastArrival(contract.id) ?? Number.MIN_SAFE_INTEGER;
    const rows = this.#db
      .prepare("SELECT body, received_at FROM record WHERE dataset = ? AND received_at > ?")
      .all(contract.id, since);
    for (const { body, received_at } of rows) {
      const at = Number(received_at);
      const judged = judgeRecord(contract, JSON.parse(String(body)), at);
      if (!("reason" in judged)) count.handedOver(contract.id, [judged], at);
    }
  }

  /** Brings the ledger's account up to what stands in the file, where it is durable. */
  #enter(contract: Contract): void {
    const row = this.#db.prepare("SELECT * FROM account WHERE dataset = ?").get(contract.id);
    const account = this.#parts.ledger.account(contract.identity, epoch);
    account.stored = Number(row?.stored ?? 0);
    account.duplicate = Number(row?.duplicate ?? 0);
    account.quarantined = Number(row?.quarantined ?? 0);
    account.received = account.stored + account.duplicate + account.quarantined;
    account.dirty = false;
  }

  /** Takes in what was handed over. When it answers, all of it is on disk. */
  deliver(contract: Contract, given: readonly unknown[]): Receipt {
    const { count, quarantine, now } = this.#parts;
    const at = now();
    const faults: Receipt["faults"][number][] = [];
    const good: Good[] = [];
    const aside: SetAside[] = [];
    const tally = { stored: 0, duplicate: 0, quarantined: 0 };
    transaction(this.#db, () => {
      given.forEach((one, index) => {
        const found = this.#judge(contract, one, at);
        if ("reason" in found) {
          faults.push({ row: index + 1, reason: found.reason, detail: found.detail });
          const text = JSON.stringify(one) ?? "null";
          aside.push({
            ...{ reason: found.reason, detail: found.detail, epoch, receivedAt: at, readings: 1 },
            device: contract.identity,
            topic: topicPrefix + contract.id,
            payload: Buffer.from(text),
          });
          if (this.#refuse(contract.id, text)) tally.quarantined++;
          else tally.duplicate++;
        } else if (this.#store(contract.id, found, at)) {
          tally.stored++;
          good.push(found);
        } else tally.duplicate++;
      });
      this.#book(contract.id, tally);
      // First on disk there: were it lost in a crash, it comes again and is not kept twice.
      quarantine.keepAll(aside);
    });
    this.#enter(contract);
    count.handedOver(contract.id, good, at);
    count.checkpoint();
    return { received: given.length, ...tally, faults: faults.slice(0, maxFaultsTold) };
  }

  /**
   * Tries an item of the quarantine again by today's contract.
   * @returns undefined when it is none of ours
   */
  replay(id: number): "replayed" | "refused" | undefined {
    const { contracts, count, quarantine, now } = this.#parts;
    const item = quarantine.whole(id);
    if (!item?.topic.startsWith(topicPrefix)) return undefined;
    const contract = contracts.datasets.get(item.topic.slice(topicPrefix.length));
    if (!contract?.records) return "refused";
    const text = Buffer.from(item.payload).toString();
    const found = this.#judge(contract, JSON.parse(text), now());
    if ("reason" in found) return "refused";
    transaction(this.#db, () => {
      const isNew = this.#store(contract.id, found, item.receivedAt);
      const forgotten = this.#db
        .prepare("DELETE FROM refused WHERE dataset = ? AND digest = ?")
        .run(contract.id, digestOf(text));
      // Gone already: a replay that was cut short has booked it.
      if (forgotten.changes === 0) return;
      const tally = { stored: isNew ? 1 : 0, duplicate: isNew ? 0 : 1, quarantined: -1 };
      this.#book(contract.id, tally);
    });
    quarantine.purge([id]);
    this.#enter(contract);
    count.handedOver(contract.id, [found], now());
    count.checkpoint();
    return "replayed";
  }

  /** Records of a span, oldest first; `after` is the `next` of the page before. */
  list(
    dataset: string,
    {
      start,
      end,
      limit,
      after,
    }: { start: number; end: number; limit: number; after?: string | undefined },
  ): { records: StoredRecord[]; next: string | null } {
    const [ts, key] = after === undefined ? [start, ""] : splitPlace(after);
    const rows = this.#db
      .prepare(
        `SELECT * FROM record WHERE dataset = ? AND ts >= ? AND ts < ? AND (ts, key) > (?, ?)
         ORDER BY ts, key LIMIT ?`,
      )
      .all(dataset, start, end, ts, key, limit + 1);
    const records = rows.slice(0, limit).map((row) => ({
      record: JSON.parse(String(row.body)),
      ts: Number(row.ts),
      receivedAt: Number(row.received_at),
    }));
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    return { records, next: last ? `${last.ts} ${last.key}` : null };
  }

  #judge(contract: Contract, given: unknown, at: number): JudgedRecord {
    const judged = judgeRecord(contract, given, at);
    if ("reason" in judged) return judged;
    const known = this.#db
      .prepare("SELECT body FROM record WHERE dataset = ? AND key = ?")
      .get(contract.id, judged.key)?.body;
    if (known === undefined || known === JSON.stringify(judged.body)) return judged;
    return {
      reason: "store-rejected",
      detail: `the record ${judged.key} stands already and says ${known}: the first one stands`,
    };
  }

  #store(dataset: string, { key, ts, body }: Good, at: number): boolean {
    return (
      this.#db
        .prepare("INSERT OR IGNORE INTO record VALUES (?, ?, ?, ?, ?)")
        .run(dataset, key, ts, JSON.stringify(body), at).changes > 0
    );
  }

  #refuse(dataset: string, text: string): boolean {
    return (
      this.#db.prepare("INSERT OR IGNORE INTO refused VALUES (?, ?)").run(dataset, digestOf(text))
        .changes > 0
    );
  }

  #book(dataset: string, tally: { stored: number; duplicate: number; quarantined: number }): void {
    this.#db
      .prepare(
        `INSERT INTO account VALUES (?, ?, ?, ?) ON CONFLICT (dataset) DO UPDATE SET
           stored = stored + excluded.stored, duplicate = duplicate + excluded.duplicate,
           quarantined = quarantined + excluded.quarantined`,
      )
      .run(dataset, tally.stored, tally.duplicate, tally.quarantined);
  }

  /** Idempotent. */
  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }
}

const digestOf = (text: string): Uint8Array => hash("sha256", text, "buffer");

function splitPlace(place: string): [number, string] {
  const space = place.indexOf(" ");
  return [Number(place.slice(0, space)), place.slice(space + 1)];
}
