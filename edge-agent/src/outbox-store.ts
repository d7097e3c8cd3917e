import { randomBytes } from "node:crypto";
import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import type { Identity } from "@kenh/schemas";
import { type Damage, freeBytesWithin, openDatabase, transaction } from "@kenh/schemas/node";
import type { Draft } from "./draft.ts";
import type { Log } from "./log.ts";
import type { OutboxCounts, OutboxMessage } from "./outbox.ts";
import { recordCrc } from "./record.ts";

const migrations = [
  `CREATE TABLE state (
     id INTEGER PRIMARY KEY CHECK (id = 1), epoch TEXT NOT NULL, age_ms INTEGER NOT NULL,
     messages INTEGER NOT NULL, readings INTEGER NOT NULL, bytes INTEGER NOT NULL,
     dropped_messages INTEGER NOT NULL, dropped_readings INTEGER NOT NULL,
     lost_messages INTEGER NOT NULL, lost_readings INTEGER NOT NULL, damages INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE device (identity TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE message (
     id INTEGER PRIMARY KEY AUTOINCREMENT, device TEXT NOT NULL, epoch TEXT NOT NULL,
     seq INTEGER NOT NULL, urgent INTEGER NOT NULL, readings INTEGER NOT NULL,
     bytes INTEGER NOT NULL, begun_at INTEGER NOT NULL, begun_age INTEGER NOT NULL,
     crc INTEGER NOT NULL, samples TEXT NOT NULL
   ) STRICT;
   CREATE INDEX message_order ON message (urgent, id);
   CREATE TABLE draft (
     device TEXT PRIMARY KEY, epoch TEXT NOT NULL, seq INTEGER NOT NULL, urgent INTEGER NOT NULL,
     readings INTEGER NOT NULL, bytes INTEGER NOT NULL, begun_at INTEGER NOT NULL,
     begun_age INTEGER NOT NULL, crc INTEGER NOT NULL, samples TEXT NOT NULL
   ) STRICT;`,
];

/** What one commit changes. */
interface OutboxChange {
  /** Complete messages. */
  readonly full: readonly Draft[];
  /** Messages that still take samples, as far as they are. */
  readonly open: readonly Draft[];
  readonly acknowledged: readonly number[];
  /** Found damaged: they leave and are counted as lost. */
  readonly damaged: readonly OutboxMessage[];
  /** On their way to the broker: no bound drops them. */
  readonly sent: ReadonlySet<number>;
}

/** The file of an outbox: rows, counters and the numbers of the devices. */
export interface OutboxStore {
  readonly epoch: string;
  readonly bytes: number;
  /** Milliseconds that the outbox has been open. */
  readonly ageMs: number;
  grow(ms: number): void;
  /** The number of the device's next message; it counts as used once a commit has carried it. */
  nextSeq(device: Identity): number;
  /** Writes all of a change or, when it throws, nothing. */
  write(change: OutboxChange): void;
  /** The first message of a class between two ids; `message` is absent when it is damaged. */
  next(urgent: boolean, after: number, upTo: number): Found | undefined;
  get(id: number): Found | undefined;
  lastId(): number;
  /** As of the last commit. */
  counters(): Omit<OutboxCounts, "oldestAt" | "capacityBytes">;
  oldestAt(): number | null;
  /** What it holds and could still take in, within its bound. */
  capacityBytes(): number;
  /**
   * Leaves enough of the disk alone that what was sent can be taken out.
   * @throws Error when there is less: nothing more is to be taken in
   */
  keepRoom(): void;
  close(): void;
}

/** The file's log grows to 4 MiB before it is emptied; a tenth of a small disk. */
const reserveBytes = 32 * 1024 * 1024;

export interface Found {
  readonly row: OutboxMessage;
  /** Whether the row is as it was written. */
  readonly sound: boolean;
}

interface State {
  epoch: string;
  age_ms: number;
  messages: number;
  readings: number;
  bytes: number;
  dropped_messages: number;
  dropped_readings: number;
  lost_messages: number;
  lost_readings: number;
  damages: number;
}

const newEpoch = (): string => randomBytes(8).toString("hex");

/** Opens the file; a damaged one opens with what can be read, under a new epoch. */
export function openOutboxStore(
  file: string,
  bounds: { readonly maxBytes: number; readonly maxAgeMs: number },
  log: Log,
): OutboxStore {
  const db = openDatabase(file, {
    migrations,
    onDamage: (damage, salvaged) => mourn(damage, salvaged, log),
  });
  const statements = prepare(db);
  let state = loadState(db);
  transaction(db, () => {
    // What the last run left open is complete: its process is gone.
    db.exec(`INSERT INTO message (${columns}) SELECT ${columns} FROM draft; DELETE FROM draft`);
    saveState(db, state);
  });
  const seqs = new Map(
    db
      .prepare("SELECT identity, seq FROM device")
      .all()
      .map((row) => [String(row.identity), Number(row.seq)]),
  );

  function put(draft: Draft, into: "addMessage" | "addDraft"): void {
    if (draft.stored) uncount(statements.dropDraft.get(draft.device));
    statements[into].run(...rowOf(draft));
    statements.saveSeq.run(draft.device, seqs.get(draft.device) ?? draft.seq);
    state.messages += 1;
    state.readings += draft.readings;
    state.bytes += draft.bytes;
  }

  function uncount(row: Row | undefined): boolean {
    if (!row) return false;
    state.messages -= 1;
    state.readings -= Number(row.readings);
    state.bytes -= Number(row.bytes);
    return true;
  }

  const remove = (id: number): boolean => uncount(statements.dropMessage.get(id));

  /** The oldest of the lowest priority go first; what is on its way to the broker stays. */
  function enforceBounds(sent: ReadonlySet<number>): number {
    const before = state.dropped_messages;
    for (const urgent of [0, 1]) {
      for (let after = 0; ; ) {
        const row = statements.oldest.get(urgent, after);
        const old = row && Number(row.begun_age) < state.age_ms - bounds.maxAgeMs;
        if (!row || (!old && state.bytes <= bounds.maxBytes)) break;
        after = Number(row.id);
        if (sent.has(after) || !remove(after)) continue;
        state.dropped_messages += 1;
        state.dropped_readings += Number(row.readings);
      }
    }
    return state.dropped_messages - before;
  }

  /** Bytes free around the file, and how many of them are left alone. */
  function disk(): { free: number; reserve: number } {
    const { bavail, blocks, bsize } = statfsSync(dirname(file));
    return { free: bavail * bsize, reserve: Math.min(reserveBytes, (blocks * bsize) / 10) };
  }

  return {
    get epoch() {
      return state.epoch;
    },
    get bytes() {
      return state.bytes;
    },
    get ageMs() {
      return state.age_ms;
    },
    grow(ms) {
      state.age_ms += ms;
    },
    nextSeq(device) {
      const seq = (seqs.get(device) ?? 0) + 1;
      seqs.set(device, seq);
      return seq;
    },
    write({ full, open, acknowledged, damaged, sent }) {
      const before = { ...state };
      try {
        const dropped = transaction(db, () => {
          for (const id of acknowledged) remove(id);
          for (const { id, readings } of damaged) {
            if (!remove(id)) continue;
            state.lost_messages += 1;
            state.lost_readings += readings;
          }
          // A device's complete message comes first: it frees the place of the next draft.
          for (const draft of full) put(draft, "addMessage");
          for (const draft of open) put(draft, "addDraft");
          const gone = enforceBounds(sent);
          saveState(db, state);
          return gone;
        });
        if (dropped > 0) {
          log.warn(
            { dropped, total: state.dropped_messages },
            "the outbox has reached its bound: the oldest messages were dropped",
          );
        }
      } catch (error) {
        state = before;
        throw error;
      }
    },
    next(urgent, after, upTo) {
      return found(statements.next.get(urgent ? 1 : 0, after, upTo));
    },
    get: (id) => found(statements.byId.get(id)),
    lastId: () => Number(statements.lastId.get()?.id),
    oldestAt: () => (statements.oldestAt.get()?.begun_at as number | undefined) ?? null,
    counters: () => ({
      messages: state.messages,
      readings: state.readings,
      bytes: state.bytes,
      droppedMessages: state.dropped_messages,
      droppedReadings: state.dropped_readings,
      lostMessages: state.lost_messages,
      lostReadings: state.lost_readings,
      damages: state.damages,
    }),
    capacityBytes() {
      const { free, reserve } = disk();
      const room = Math.max(0, free + freeBytesWithin(db) - reserve);
      return Math.min(bounds.maxBytes, state.bytes + room);
    },
    keepRoom() {
      const { free, reserve } = disk();
      if (free >= reserve) return;
      // Pages that were emptied stay with the file, and are filled again.
      const left = free + freeBytesWithin(db);
      if (left >= reserve) return;
      throw new Error(
        `the disk has ${left} bytes left, of which ${reserve} are kept for taking out what was sent`,
      );
    },
    close: () => db.close(),
  };
}

function loadState(db: DatabaseSync): State {
  const row = db.prepare("SELECT * FROM state").get() as unknown as State | undefined;
  return row
    ? { ...row }
    : {
        epoch: newEpoch(),
        age_ms: 0,
        messages: 0,
        readings: 0,
        bytes: 0,
        dropped_messages: 0,
        dropped_readings: 0,
        lost_messages: 0,
        lost_readings: 0,
        damages: 0,
      };
}

function saveState(db: DatabaseSync, s: State): void {
  db.prepare(`INSERT OR REPLACE INTO state VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`).run(
    s.epoch,
    s.age_ms,
    s.messages,
    s.readings,
    s.bytes,
    s.dropped_messages,
    s.dropped_readings,
    s.lost_messages,
    s.lost_readings,
    s.damages,
  );
}

/**
 * Counts what a damaged file has lost, and begins a new epoch so that no `seq` is used twice. Part of
 * the salvage: when it is cut short, all of it is done again.
 */
function mourn(damage: Damage, db: DatabaseSync, log: Log): void {
  const state = loadState(db);
  const found = db
    .prepare(
      `SELECT count(*) messages, coalesce(sum(readings), 0) readings, coalesce(sum(bytes), 0) bytes
       FROM (SELECT readings, bytes FROM message UNION ALL SELECT readings, bytes FROM draft)`,
    )
    .get() as Pick<State, "messages" | "readings" | "bytes">;
  const lost = Math.max(0, state.messages - found.messages);
  const lostReadings = Math.max(0, state.readings - found.readings);
  transaction(db, () => {
    db.exec("DELETE FROM device");
    saveState(db, {
      ...state,
      ...found,
      epoch: newEpoch(),
      lost_messages: state.lost_messages + lost,
      lost_readings: state.lost_readings + lostReadings,
      damages: state.damages + 1,
    });
  });
  log.error(
    { err: damage.cause, keptAt: damage.keptAt, saved: found.messages, lost },
    "the outbox was damaged on disk: what could be read was kept and a new epoch begins",
  );
}

type Row = Record<string, unknown>;

function found(row: Row | undefined): Found | undefined {
  if (!row) return undefined;
  const message: OutboxMessage = {
    id: Number(row.id),
    device: String(row.device),
    epoch: String(row.epoch),
    seq: Number(row.seq),
    urgent: Number(row.urgent) === 1,
    readings: Number(row.readings),
    samples: String(row.samples),
  };
  return { row: message, sound: recordCrc(message, message.samples) === Number(row.crc) };
}

function rowOf(draft: Draft) {
  const samples = `[${draft.parts.join(",")}]`;
  return [
    draft.device,
    draft.epoch,
    draft.seq,
    draft.urgent ? 1 : 0,
    draft.readings,
    draft.bytes,
    draft.begunAt,
    draft.begunAge,
    recordCrc(draft, samples),
    samples,
  ] as const;
}

const columns = "device, epoch, seq, urgent, readings, bytes, begun_at, begun_age, crc, samples";

function prepare(db: DatabaseSync) {
  const values = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
  return {
    saveSeq: db.prepare(
      "INSERT INTO device VALUES (?, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq",
    ),
    addMessage: db.prepare(`INSERT INTO message (${columns}) VALUES ${values}`),
    addDraft: db.prepare(`INSERT INTO draft (${columns}) VALUES ${values}`),
    dropMessage: db.prepare("DELETE FROM message WHERE id = ? RETURNING readings, bytes"),
    dropDraft: db.prepare("DELETE FROM draft WHERE device = ? RETURNING readings, bytes"),
    oldest: db.prepare(
      "SELECT id, readings, begun_age FROM message WHERE urgent = ? AND id > ? ORDER BY id LIMIT 1",
    ),
    oldestAt: db.prepare("SELECT begun_at FROM message ORDER BY id LIMIT 1"),
    next: db.prepare(
      "SELECT * FROM message WHERE urgent = ? AND id > ? AND id <= ? ORDER BY id LIMIT 1",
    ),
    byId: db.prepare("SELECT * FROM message WHERE id = ?"),
    lastId: db.prepare("SELECT coalesce(max(id), 0) AS id FROM message"),
  };
}
