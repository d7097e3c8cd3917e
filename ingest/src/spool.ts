import { randomInt } from "node:crypto";
import { statfsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import type { Clock, Identity } from "@kenh/schemas";
import {
  type DatabaseOptions,
  freeBytesWithin,
  openDatabase,
  transaction,
} from "@kenh/schemas/node";
import { booksShape, type Marks } from "./books.ts";
import type { Arrival, Tally } from "./ledger.ts";
import { originShape, quarantineShape } from "./quarantine.ts";
import { waitingShape } from "./waiting.ts";

/** A message in the spool: what the books need of it, and the payload of its good readings. */
export interface Receipt extends Arrival {
  readonly device: Identity | null;
  readonly epoch: string | null;
  /** Whether a reading may have come before: the store is asked. */
  readonly late: boolean;
  readonly receivedAt: number;
  /** Bytes of its payload in the row's body. */
  readonly length: number;
  /** Items of the quarantine in which some of it was set aside when it came. */
  readonly items?: readonly number[];
  /** The item of the quarantine that it is another try of. */
  readonly mended?: number;
}

/** Where the delivered readings of one outbox went. */
export type Outcome = readonly [device: Identity | null, epoch: string | null, tally: Tally];

/** A row whose delivery begins, and the duplicate readings of each of its messages. */
export interface BegunRow {
  readonly id: number;
  readonly duplicates: readonly number[];
}

/** A row that can't be read: its receipts where those survived. */
export interface DamagedRow {
  readonly id: number;
  readonly receipts: readonly Receipt[] | undefined;
}

const migrations = [
  // Receipts and bodies lie on different pages: damage to one leaves the other.
  `CREATE TABLE spool (id INTEGER PRIMARY KEY, crc INTEGER NOT NULL, body BLOB NOT NULL) STRICT;
   CREATE TABLE receipt (id INTEGER PRIMARY KEY, crc INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
   CREATE TABLE begun (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
   CREATE TABLE outcome (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
   CREATE TABLE mark (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
   ${booksShape}
   ${quarantineShape}`,
  waitingShape,
  originShape,
];

/**
 * The durable middle of the ingest: what was accepted and is not yet in the store, and how each
 * delivery ended. A row is one group commit. The books and what was set aside are in the same file. An
 * account on disk is older than the rows after it, which bring it up to date: a commit writes none.
 */
export interface Spool {
  /** Made with the file, the same after a restart. */
  readonly name: string;
  readonly db: DatabaseSync;
  /** Of what was measured before, the store may hold more than the spool has seen. */
  readonly knownSince: number;
  /** Set when the file was found damaged and what could be read was saved: where the rest is kept. */
  readonly damage: string | undefined;
  /** The last row, and the last one that is delivered with all before it; 0 when there never was one. */
  readonly last: Marks;
  /**
   * Writes a row. `receiptsOf` runs inside the transaction, so what it writes beside is one step with it.
   * @throws Error when the disk refuses; then nothing is written.
   */
  append(
    payloads: readonly Uint8Array[],
    receiptsOf: () => readonly Receipt[],
  ): { id: number; receipts: readonly Receipt[] };
  /** The row's messages with their payloads, or why it can't be read. */
  read(id: number): { receipts: readonly Receipt[]; payloads: readonly Uint8Array[] } | DamagedRow;
  /** The receipts alone, or undefined where they can't be read. */
  receipts(id: number): readonly Receipt[] | undefined;
  /** Records, before anything of these rows is written to the store, how much of each message is there already. */
  begin(rows: readonly BegunRow[]): void;
  /** What `begin` recorded of a row. */
  begun(id: number): readonly number[] | undefined;
  /** Records that all rows up to `id` are delivered, and how; `alongside` runs in the same transaction. */
  settle(id: number, outcomes: readonly Outcome[], alongside: () => void): void;
  /** The rows after `id` whose receipts are on disk, in order. */
  rowsAfter(id: number): number[];
  /** How the deliveries after row `id` ended, in order. */
  outcomesAfter(id: number): { readonly id: number; readonly outcomes: readonly Outcome[] }[];
  /** Up to where every account on disk is complete. */
  complete(): Marks;
  /** Inside a transaction of the caller. */
  setComplete(marks: Marks): void;
  /** Deletes rows up to `received` and what is known of deliveries up to `delivered`, a row each step, inside transactions of the caller. */
  forget(upTo: Marks): Generator<void>;
  /** Free bytes below which nothing more is accepted, so that deliveries can still be recorded. */
  room(): { freeBytes: number; reserveBytes: number };
  close(): void;
}

/** A row is some megabytes under load, and what is set aside some kilobytes: fewer pages, fewer calls of the system. */
const pageBytes = 16_384;
/** Disk left alone: deliveries and checkpoints need room when the disk is full. A tenth of a small disk. */
const reserveBytes = 32 * 1024 * 1024;

/**
 * Opens or creates the spool below `folder`. One process at a time.
 * @param after rows are numbered after this one, so that no number is used twice where a new file took the place of a lost one
 * @throws Error when another process has it open.
 */
export function openSpool(folder: string, now: Clock, after = 0): Spool {
  const file = join(folder, "spool.db");
  let damage: string | undefined;
  const db = openAlone(file, {
    migrations,
    pageBytes,
    onDamage: ({ keptAt }) => {
      damage = keptAt;
    },
  });
  const mark = (name: string) =>
    db.prepare("SELECT value FROM mark WHERE name = ?").get(name)?.value as number | undefined;
  const setMark = db.prepare("INSERT OR REPLACE INTO mark VALUES (?, ?)");
  if (damage !== undefined || mark("knownSince") === undefined) setMark.run("knownSince", now());
  if (mark("name") === undefined) setMark.run("name", randomInt(2 ** 47));

  const insertBody = db.prepare("INSERT INTO spool VALUES (?, ?, ?)");
  const insertReceipt = db.prepare("INSERT INTO receipt VALUES (?, ?, ?)");
  const insertOutcome = db.prepare("INSERT INTO outcome VALUES (?, ?)");
  const insertBegun = db.prepare("INSERT OR IGNORE INTO begun VALUES (?, ?)");
  const selectBegun = db.prepare("SELECT body FROM begun WHERE id = ?");
  const selectBody = db.prepare("SELECT crc, body FROM spool WHERE id = ?");
  const selectReceipt = db.prepare("SELECT crc, body FROM receipt WHERE id = ?");
  const selectRows = db.prepare("SELECT id FROM receipt WHERE id > ? ORDER BY id");
  const selectOutcomes = db.prepare("SELECT id, body FROM outcome WHERE id > ? ORDER BY id");
  const greatest = (table: string) =>
    Number(db.prepare(`SELECT coalesce(max(id), 0) AS id FROM ${table}`).get()?.id);
  let deliveredId = Math.max(greatest("outcome"), mark("delivered") ?? 0);
  let lastId = Math.max(greatest("spool"), greatest("receipt"), mark("received") ?? 0, deliveredId);
  if (after > lastId) {
    for (const name of ["received", "delivered"]) setMark.run(name, after);
    deliveredId = lastId = after;
  }
  const deleteFirst = (table: string) =>
    db.prepare(`DELETE FROM ${table} WHERE id = (SELECT min(id) FROM ${table}) AND id <= ?`);
  const [deleteOutcome, deleteBegun, deleteBody, deleteReceipt] = [
    deleteFirst("outcome"),
    deleteFirst("begun"),
    deleteFirst("spool"),
    deleteFirst("receipt"),
  ];

  function readReceipts(id: number): Receipt[] | undefined {
    const row = selectReceipt.get(id);
    const text = row?.body as string | undefined;
    if (text === undefined || crc32(text) !== row?.crc) return undefined;
    return (JSON.parse(text) as PackedReceipt[]).map(unpack);
  }

  return {
    db,
    name: `kenh-ingest-${mark("name")?.toString(36)}`,
    knownSince: mark("knownSince") ?? 0,
    damage,
    get last() {
      return { received: lastId, delivered: deliveredId };
    },
    append(payloads, receiptsOf) {
      const id = lastId + 1;
      const body = Buffer.concat(payloads);
      const receipts = transaction(db, () => {
        const written = receiptsOf();
        const packed = JSON.stringify(written.map(pack));
        insertBody.run(id, crc32(body), body);
        insertReceipt.run(id, crc32(packed), packed);
        return written;
      });
      lastId = id;
      return { id, receipts };
    },
    receipts: readReceipts,
    read(id) {
      const receipts = readReceipts(id);
      const row = selectBody.get(id);
      const body = row?.body as Uint8Array | undefined;
      if (!receipts || !body || crc32(body) !== row?.crc) return { id, receipts };
      let end = 0;
      const payloads = receipts.map(({ length }) => {
        end += length;
        return body.subarray(end - length, end);
      });
      return { receipts, payloads };
    },
    begin(rows) {
      transaction(db, () => {
        for (const { id, duplicates } of rows) insertBegun.run(id, JSON.stringify(duplicates));
      });
    },
    begun(id) {
      const row = selectBegun.get(id);
      return row && (JSON.parse(String(row.body)) as number[]);
    },
    settle(id, outcomes, alongside) {
      transaction(db, () => {
        alongside();
        insertOutcome.run(id, JSON.stringify(outcomes));
      });
      deliveredId = id;
    },
    rowsAfter: (id) => selectRows.all(id).map((row) => Number(row.id)),
    outcomesAfter: (id) =>
      selectOutcomes.all(id).map((row) => ({
        id: Number(row.id),
        outcomes: JSON.parse(String(row.body)) as Outcome[],
      })),
    complete: () => ({ received: mark("received") ?? 0, delivered: mark("delivered") ?? 0 }),
    setComplete({ received, delivered }) {
      setMark.run("received", received);
      setMark.run("delivered", delivered);
    },
    *forget({ received, delivered }) {
      while (deleteOutcome.run(delivered).changes > 0) yield;
      while (deleteBegun.run(delivered).changes > 0) yield;
      while (deleteBody.run(received).changes > 0) yield;
      while (deleteReceipt.run(received).changes > 0) yield;
    },
    room() {
      const { bavail, blocks, bsize } = statfsSync(dirname(file));
      const reserve = Math.min(reserveBytes, (blocks * bsize) / 10);
      const free = bavail * bsize;
      // The file keeps the pages of what was delivered, and fills them again.
      const within = free < reserve ? freeBytesWithin(db) : 0;
      return { freeBytes: free + within, reserveBytes: reserve };
    },
    close: () => db.close(),
  };
}

/** Opens a database for this process alone: two writers would each keep books of their own. */
function openAlone(file: string, options: DatabaseOptions): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    db = openDatabase(file, options);
    db.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT");
    return db;
  } catch (error) {
    db?.close();
    if (!/locked/.test((error as Error).message)) throw error;
    throw new Error(`${file} is open in another process: stop that one first`, { cause: error });
  }
}

type PackedReceipt = [
  Identity | null,
  string | null,
  number | null,
  number,
  number,
  number,
  0 | 1,
  number,
  number,
  aside?: readonly [items: readonly number[], mended: number | null],
];
function pack(r: Receipt): PackedReceipt {
  const { device, epoch, seq, good, quarantined, duplicate, receivedAt, length } = r;
  const late = r.late ? 1 : 0;
  const { items = [], mended = null } = r;
  if (items.length === 0 && mended === null)
    return [device, epoch, seq, good, quarantined, duplicate, late, receivedAt, length];
  const aside = [items, mended] as const;
  return [device, epoch, seq, good, quarantined, duplicate, late, receivedAt, length, aside];
}
function unpack(packed: PackedReceipt): Receipt {
  const [device, epoch, seq, good, quarantined, duplicate, late, receivedAt, length, aside] =
    packed;
  const counts = { good, quarantined, duplicate };
  const receipt = { device, epoch, seq, ...counts, late: late === 1, receivedAt, length };
  if (!aside) return receipt;
  const [items, mended] = aside;
  return { ...receipt, items, ...(mended !== null && { mended }) };
}
