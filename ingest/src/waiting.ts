import type { DatabaseSync } from "node:sqlite";
import { type Identity, NoRoom } from "@kenh/schemas";

/** What waits of one device that nobody has registered, or of one topic that names none. */
export interface Waiting {
  /** The identity, or where the topic names no device, the topic. */
  readonly id: string;
  readonly device: Identity | null;
  readonly topic: string;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly messages: number;
  readonly readings: number;
  readonly bytes: number;
}

/** How much of what nobody has registered may wait. */
export interface WaitingLimits {
  /** Of one device. */
  readonly messages: number;
  readonly bytes: number;
  /** Devices and topics in all. */
  readonly devices: number;
}

const MiB = 1024 * 1024;
const waitingDefaults: WaitingLimits = {
  /** Three days at one message a minute: a weekend until somebody looks. */
  messages: 5000,
  /** The same at eight hundred bytes. */
  bytes: 4 * MiB,
  /** With all of them full, four gigabytes: the least disk that a station is put on has more. */
  devices: 1000,
};

/** Found by device without the payloads being read. */
export const waitingShape = `
  CREATE INDEX quarantine_waiting ON quarantine (device, topic, received_at, readings, length(payload))
    WHERE reason = 'unknown-device';
  CREATE TABLE ignored (id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;`;

interface Count {
  messages: number;
  bytes: number;
}

/**
 * Keeps count of what waits in quarantine for a device to be adopted, so that one that is noisy fills its
 * own place and no other's. What is asked at each message is in memory; the quarantine is the truth.
 */
export class WaitingRoom {
  readonly #db: DatabaseSync;
  readonly #limits: WaitingLimits;
  readonly #counts = new Map<string, Count>();
  readonly #refused = new Map<string, number>();
  /** Messages refused since the start. */
  refusedMessages = 0;

  constructor(db: DatabaseSync, limits: WaitingLimits = waitingDefaults) {
    this.#db = db;
    this.#limits = limits;
    this.recount();
  }

  get limits(): WaitingLimits {
    return this.#limits;
  }

  get devices(): number {
    return this.#counts.size;
  }

  /** Why one more message of this device or topic finds no room; undefined where it does. Counts it. */
  refusal(id: string, bytes: number): NoRoom | undefined {
    const count = this.#counts.get(id);
    const { messages, bytes: most, devices } = this.#limits;
    if (count ? count.messages < messages && count.bytes + bytes <= most : this.devices < devices) {
      return undefined;
    }
    this.refusedMessages++;
    if (!count) {
      // Of a stranger that found no room nothing is kept, not even a count.
      return new NoRoom(`${devices} devices that nobody has registered wait: kenh discovered`);
    }
    this.#refused.set(id, this.refusedOf(id) + 1);
    return new NoRoom(
      `nobody has registered ${id}, and as much of it waits as may wait (${messages} messages, ${most} bytes): kenh adopt ${id}`,
    );
  }

  refusedOf(id: string): number {
    return this.#refused.get(id) ?? 0;
  }

  add(id: string, bytes: number): void {
    const count = this.#counts.get(id) ?? { messages: 0, bytes: 0 };
    this.#counts.set(id, { messages: count.messages + 1, bytes: count.bytes + bytes });
  }

  take(id: string, bytes: number): void {
    const count = this.#counts.get(id);
    if (!count) return;
    count.messages--;
    count.bytes -= bytes;
    if (count.messages > 0) return;
    this.#counts.delete(id);
    this.#refused.delete(id);
  }

  /** Counts anew: after a transaction that came to nothing. */
  recount(): void {
    this.#counts.clear();
    for (const { id, messages, bytes } of this.list()) this.#counts.set(id, { messages, bytes });
  }

  /** What waits, the newest first. */
  list(): Waiting[] {
    return this.#db
      .prepare(
        `SELECT device, topic, min(received_at) AS firstAt, max(received_at) AS lastAt,
           count(*) AS messages, sum(readings) AS readings, sum(length(payload)) AS bytes
         FROM quarantine WHERE reason = 'unknown-device' GROUP BY device, topic ORDER BY lastAt DESC, device, topic`,
      )
      .all()
      .map(
        (row) => ({ ...row, id: idOf(row.device as string | null, String(row.topic)) }) as Waiting,
      );
  }

  /** The newest payloads of one. */
  payloads({ device, topic }: Pick<Waiting, "device" | "topic">, most: number) {
    return this.#db
      .prepare(
        `SELECT payload, received_at AS receivedAt FROM quarantine
         WHERE reason = 'unknown-device' AND device IS ? AND topic = ?
         ORDER BY received_at DESC, id DESC LIMIT ?`,
      )
      .all(device, topic, most)
      .map(({ payload, receivedAt }) => ({
        payload: Buffer.from(payload as Uint8Array),
        receivedAt: Number(receivedAt),
      }));
  }

  /** Items of one after item `after`, in the order in which they came. */
  ids({ device, topic }: Pick<Waiting, "device" | "topic">, after: number, most: number): number[] {
    return this.#db
      .prepare(
        `SELECT id FROM quarantine WHERE reason = 'unknown-device' AND device IS ? AND topic = ?
           AND id > ? ORDER BY id LIMIT ?`,
      )
      .all(device, topic, after, most)
      .map(({ id }) => Number(id));
  }

  isIgnored(id: string): boolean {
    return this.#db.prepare("SELECT 1 FROM ignored WHERE id = ?").get(id) !== undefined;
  }

  /** What is ignored goes on waiting within its bound, and is not shown. */
  ignore(id: string, ignored: boolean): void {
    const sql = ignored
      ? "INSERT OR IGNORE INTO ignored VALUES (?)"
      : "DELETE FROM ignored WHERE id = ?";
    this.#db.prepare(sql).run(id);
  }
}

/** By what something that waits is called. */
export const idOf = (device: Identity | null, topic: string): string => device ?? topic;
