import { isUtf8 } from "node:buffer";
import { hash } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { Identity, QuarantineItem, QuarantineReason } from "@kenh/schemas";
import { transaction } from "@kenh/schemas/node";
import { idOf, WaitingRoom } from "./waiting.ts";

/** What is set aside: one message's readings of one reason. */
export interface SetAside {
  readonly reason: QuarantineReason;
  readonly detail: string;
  readonly device: Identity | null;
  readonly epoch: string | null;
  readonly topic: string;
  readonly receivedAt: number;
  readonly payload: Uint8Array;
  readonly readings: number;
  /** The number of its message, the same when that comes again; where it has none, anything that grows. */
  readonly place?: number;
  /** What it is called where it was set aside first, at a unit's own station; there it is judged. */
  readonly origin?: string | undefined;
}

/** Which items to list; `visible` is the scope of whoever asks. */
export interface QuarantineFilter {
  readonly reason?: QuarantineReason | undefined;
  readonly device?: Identity | undefined;
  /** Arrived from then on and before then, in milliseconds since 1970 UTC. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly limit?: number | undefined;
  readonly visible?: ((device: Identity | null) => boolean) | undefined;
}

export const quarantineShape = `
  CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY AUTOINCREMENT, reason TEXT NOT NULL, detail TEXT NOT NULL, device TEXT,
    epoch TEXT, topic TEXT NOT NULL, received_at INTEGER NOT NULL, payload BLOB NOT NULL,
    readings INTEGER NOT NULL, digest BLOB NOT NULL
  ) STRICT;
  CREATE INDEX quarantine_digest ON quarantine (digest);`;

export const originShape = `
  ALTER TABLE quarantine ADD COLUMN origin TEXT;
  CREATE UNIQUE INDEX quarantine_origin ON quarantine (origin) WHERE origin IS NOT NULL;`;

/** Enough to tell items apart; the index over it is the dearest part of keeping one. */
const digestBytes = 12;

/** What is set aside one after the other stands together in the index: else each item would dirty a page of it. */
function behind(place: number, content: Buffer): Buffer {
  const digest = Buffer.alloc(8 + content.length);
  digest.writeDoubleBE(place);
  content.copy(digest, 8);
  return digest;
}

/** What could not be stored honestly, kept whole beside the spool, in the same file and transactions. */
export class Quarantine {
  readonly #db: DatabaseSync;
  readonly #insert;
  readonly #twin;
  readonly #ofOrigin;
  /** What waits for its device to be adopted. */
  readonly waiting: WaitingRoom;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.waiting = new WaitingRoom(db);
    this.#insert = db.prepare(
      `INSERT INTO quarantine (reason, detail, device, epoch, topic, received_at, payload, readings, digest, origin)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#ofOrigin = db.prepare("SELECT id, readings FROM quarantine WHERE origin = ?");
    this.#twin = db.prepare("SELECT 1 FROM quarantine WHERE digest IN (?, ?)");
  }

  /**
   * Keeps an item, inside the transaction of the caller.
   * @param again the message has come before: an item that is there already is not kept twice
   * @returns its number; undefined when it was there
   */
  keep(item: SetAside, again = false): number | undefined {
    const head = Buffer.from(`${item.topic}\0${item.reason}\0${item.epoch ?? ""}\0`);
    const whole = hash("sha256", Buffer.concat([head, item.payload]), "buffer");
    const content = whole.subarray(0, digestBytes);
    const digest = item.place === undefined ? content : behind(item.place, content);
    const { origin = null } = item;
    // Items of an older version have their place nowhere.
    if (origin === null ? again && this.#twin.get(digest, content) : this.#ofOrigin.get(origin))
      return undefined;
    const { reason, detail, device, epoch, topic, receivedAt, payload, readings } = item;
    const { lastInsertRowid } = this.#insert.run(
      ...[reason, detail, device, epoch, topic, receivedAt, payload, readings, digest, origin],
    );
    if (reason === "unknown-device") this.waiting.add(idOf(device, topic), payload.length);
    return Number(lastInsertRowid);
  }

  /** The item of this origin. */
  ofOrigin(origin: string): { readonly id: number; readonly readings: number } | undefined {
    const row = this.#ofOrigin.get(origin);
    return row && { id: Number(row.id), readings: Number(row.readings) };
  }

  /** Keeps items in a step of their own; what is there already is not kept twice. */
  keepAll(items: readonly SetAside[]): void {
    if (items.length === 0) return;
    transaction(this.#db, () => {
      for (const item of items) this.keep(item, true);
    });
  }

  /** Newest first; `total` counts all that the filter lets through, whatever the limit. */
  list(filter: QuarantineFilter = {}): { total: number; items: QuarantineItem[] } {
    const { reason, device, from, to, limit = 100, visible = () => true } = filter;
    const asked = [reason ?? null, device ?? null, from ?? null, to ?? null];
    const where = `WHERE (?1 IS NULL OR reason = ?1) AND (?2 IS NULL OR device = ?2)
      AND (?3 IS NULL OR received_at >= ?3) AND (?4 IS NULL OR received_at < ?4)`;
    let total = 0;
    const counts = this.#db
      .prepare(`SELECT device, count(*) AS n FROM quarantine ${where} GROUP BY device`)
      .all(...asked);
    for (const row of counts) {
      if (visible(row.device as Identity | null)) total += Number(row.n);
    }
    const items: QuarantineItem[] = [];
    const rows = this.#db
      .prepare(`SELECT * FROM quarantine ${where} ORDER BY id DESC`)
      .iterate(...asked);
    for (const row of rows) {
      if (items.length >= limit) break;
      if (visible(row.device as Identity | null)) items.push(itemOf(row));
    }
    return { total, items };
  }

  countByReason(): [QuarantineReason, number][] {
    const rows = this.#db
      .prepare("SELECT reason, count(*) AS n FROM quarantine GROUP BY reason")
      .all();
    return rows.map(({ reason, n }) => [reason as QuarantineReason, Number(n)]);
  }

  get(id: number): QuarantineItem | undefined {
    const row = this.#db.prepare("SELECT * FROM quarantine WHERE id = ?").get(id);
    return row && itemOf(row);
  }

  /** An item as it was set aside, for another try. */
  whole(id: number): SetAside | undefined {
    const row = this.#db.prepare("SELECT * FROM quarantine WHERE id = ?").get(id);
    if (!row) return undefined;
    const { reason, detail, device, epoch, topic, received_at, payload, readings } = row;
    return {
      reason,
      detail,
      device,
      epoch,
      topic,
      receivedAt: received_at,
      payload,
      readings,
    } as unknown as SetAside;
  }

  /** Deletes items for good; the ledger goes on counting them as quarantined. Returns how many there were. */
  purge(ids: readonly number[]): number {
    const remove = this.#db.prepare(
      "DELETE FROM quarantine WHERE id = ? RETURNING reason, device, topic, length(payload) AS bytes",
    );
    return ids.reduce((count, id) => {
      const row = remove.get(id);
      if (row?.reason === "unknown-device") {
        this.waiting.take(idOf(row.device as string | null, String(row.topic)), Number(row.bytes));
      }
      return count + (row ? 1 : 0);
    }, 0);
  }
}

function itemOf(row: Record<string, unknown>): QuarantineItem {
  const payload = Buffer.from(row.payload as Uint8Array);
  const text = isUtf8(payload);
  return {
    id: Number(row.id),
    reason: row.reason as QuarantineReason,
    detail: String(row.detail),
    device: row.device as Identity | null,
    topic: String(row.topic),
    receivedAt: Number(row.received_at),
    payload: payload.toString(text ? "utf8" : "base64"),
    encoding: text ? "utf8" : "base64",
    readings: Number(row.readings),
  };
}
