import { randomBytes } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type Clock, type Identity, messageLimits, type Sample } from "@kenh/schemas";
import { type Damage, isDamage, openDatabase, transaction } from "@kenh/schemas/node";
import type { Log } from "./log.ts";
import { type MessageKey, recordCrc } from "./record.ts";

/** Bounds and rhythm of an outbox; `defaults.ts` gives the usual ones and their reasons. */
export interface OutboxOptions {
  /** Of samples kept on disk; above it the oldest of the lowest priority go first. */
  readonly maxBytes: number;
  /** Of a message, in time that the outbox has been open: a clock that jumps expires nothing. */
  readonly maxAgeMs: number;
  /** A sample is on disk at the latest this long after it was accepted. */
  readonly commitMs: number;
  /** Samples in one message. */
  readonly maxSamples: number;
  /** How long a message waits for more samples. */
  readonly maxWaitMs: number;
  /** Bytes of one message as it is sent. */
  readonly maxMessageBytes?: number;
  readonly now: Clock;
  readonly log: Log;
}

/** One message of one device, on disk until the broker has acknowledged it. */
export interface OutboxMessage extends MessageKey {
  /** Grows with each message; the order of sending within a class. */
  readonly id: number;
  readonly readings: number;
  /** The JSON array of its samples. */
  readonly samples: string;
}

/** What an outbox holds and what it has lost since it was made. */
export interface OutboxCounts {
  readonly messages: number;
  readonly readings: number;
  readonly bytes: number;
  /** When the oldest message that is still here was begun; null when there is none. */
  readonly oldestAt: number | null;
  /** Left out because a bound was reached. */
  readonly droppedMessages: number;
  readonly droppedReadings: number;
  /** Found damaged on disk. */
  readonly lostMessages: number;
  readonly lostReadings: number;
  /** Times that the file was found damaged; after each the epoch is a new one. */
  readonly damages: number;
}

export interface Outbox {
  /** Identity of this outbox; a new one after the file was damaged, so that no `seq` comes twice. */
  readonly epoch: string;
  /** Starts the timer that commits and closes messages. */
  start(): void;
  /**
   * Takes a sample; it is on disk within `commitMs`. Waits while the disk refuses, and, with
   * `patient`, while the outbox is more than half full.
   * @throws RangeError when the sample alone is larger than a message may be.
   */
  accept(
    device: Identity,
    sample: Sample,
    how?: { urgent?: boolean; patient?: boolean },
  ): Promise<void>;
  /** Puts all that was accepted on disk; with `close`, messages that wait for more samples too. */
  commit(close?: boolean): void;
  /** A new connection: everything not acknowledged is due again, and what is here now is backlog. */
  rewind(): void;
  /** The next message to send: urgent, then of this connection, then (if asked for) older. */
  next(backlog: boolean, passOver: (id: number) => boolean): OutboxMessage | undefined;
  /** Whether older messages wait behind the live ones. */
  hasBacklog(): boolean;
  /** Whether a message is older than this connection. */
  isBacklog(message: OutboxMessage): boolean;
  get(id: number): OutboxMessage | undefined;
  /** The broker has it: it may go. */
  acknowledge(id: number): void;
  /** Takes no more: whoever waits for room is turned away, so that drivers can end. */
  refuse(): void;
  /** Called when there may be something new to send. */
  onReady(listener: () => void): void;
  counts(): OutboxCounts;
  /** Commits and closes the file; a second call does nothing. */
  close(): void;
}

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

/** Room in a message for the envelope around the samples. */
const envelopeBytes = 1024;
/** A row beside its samples: keys, counters and the index. */
const rowBytes = 160;
/** Samples accepted between two commits before the next accept commits by itself. */
const maxUnwritten = 1000;
/** A step of the clock that is longer than this is a jump or a stopped process, not time lived. */
const maxStepMs = 60_000;

/** A message that still takes samples, or waits to be written. */
interface Draft extends MessageKey {
  readonly parts: string[];
  readonly begunAt: number;
  readonly begunAge: number;
  readings: number;
  bytes: number;
  /** A row of it stands in the table `draft`. */
  stored: boolean;
  dirty: boolean;
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

/** Readings of a sample: its values, and the quantities that are flagged without one. */
function readingsOf({ values, qc = {} }: Sample): number {
  const named = Object.keys(values).length;
  return Object.keys(qc).reduce((sum, name) => (name in values ? sum : sum + 1), named);
}

/**
 * Opens the outbox in `file`, or makes a new one with a new epoch. A damaged file does not keep it
 * from opening: what can be read is kept, what can't is counted as lost and announced.
 */
export function openOutbox(file: string, options: OutboxOptions): Outbox {
  const { now, log } = options;
  const maxSamplesBytes = (options.maxMessageBytes ?? messageLimits.maxBytes) - envelopeBytes;
  const listeners: (() => void)[] = [];
  const drafts = new Map<Identity, Draft>();
  let full: Draft[] = [];
  let acknowledged: number[] = [];
  const sent = new Set<number>();
  let unwritten = 0;
  let unwrittenBytes = 0;
  let damagedRecords: OutboxMessage[] = [];
  let waiting: (() => void)[] = [];
  let refusedByDisk = false;
  let timer: NodeJS.Timeout | undefined;
  let refusing = false;
  let closed = false;
  let lastNow = now();

  let db: DatabaseSync;
  let state: State;
  let seqs: Map<Identity, number>;
  let cursors = { urgent: 0, live: 0, backlog: 0, boundary: 0 };
  let statements: ReturnType<typeof prepare>;
  open();

  function open(): void {
    const damages: Damage[] = [];
    db = openDatabase(file, { migrations, onDamage: (damage) => damages.push(damage) });
    statements = prepare(db);
    const row = db.prepare("SELECT * FROM state").get() as unknown as State | undefined;
    state = row ?? {
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
    for (const damage of damages) mourn(damage);
    seqs = new Map(
      db
        .prepare("SELECT identity, seq FROM device")
        .all()
        .map((d) => [String(d.identity), Number(d.seq)]),
    );
    transaction(db, () => {
      // What the last run left open is complete: its process is gone.
      db.exec(`INSERT INTO message (device, epoch, seq, urgent, readings, bytes, begun_at, begun_age, crc, samples)
               SELECT device, epoch, seq, urgent, readings, bytes, begun_at, begun_age, crc, samples FROM draft;
               DELETE FROM draft`);
      saveState();
    });
    rewind();
  }

  /** Counts what a damaged file has lost, and begins a new epoch so that no `seq` is used twice. */
  function mourn(damage: Damage): void {
    const before = { messages: state.messages, readings: state.readings };
    const found = db
      .prepare(
        `SELECT count(*) messages, coalesce(sum(readings), 0) readings, coalesce(sum(bytes), 0) bytes
         FROM (SELECT readings, bytes FROM message UNION ALL SELECT readings, bytes FROM draft)`,
      )
      .get() as { messages: number; readings: number; bytes: number };
    Object.assign(state, found);
    state.lost_messages += Math.max(0, before.messages - found.messages);
    state.lost_readings += Math.max(0, before.readings - found.readings);
    state.damages += 1;
    state.epoch = newEpoch();
    db.exec("DELETE FROM device");
    log.error(
      {
        keptAt: damage.keptAt,
        saved: found.messages,
        lost: Math.max(0, before.messages - found.messages),
      },
      "the outbox was damaged on disk: what could be read was kept and a new epoch begins",
    );
  }

  function saveState(): void {
    const s = state;
    statements.saveState.run(
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

  function begin(device: Identity, urgent: boolean): Draft {
    const seq = (seqs.get(device) ?? 0) + 1;
    seqs.set(device, seq);
    return {
      device,
      epoch: state.epoch,
      seq,
      urgent,
      parts: [],
      readings: 0,
      bytes: rowBytes,
      begunAt: now(),
      begunAge: state.age_ms,
      stored: false,
      dirty: true,
    };
  }

  function add(draft: Draft, text: string, readings: number): void {
    draft.parts.push(text);
    draft.readings += readings;
    draft.bytes += Buffer.byteLength(text) + 1;
    draft.dirty = true;
    unwritten += 1;
    unwrittenBytes += Buffer.byteLength(text) + (draft.parts.length === 1 ? rowBytes : 1);
  }

  function finish(draft: Draft): void {
    if (drafts.get(draft.device) === draft) drafts.delete(draft.device);
    full.push(draft);
  }

  function live(): void {
    const at = now();
    state.age_ms += Math.min(Math.max(at - lastNow, 0), maxStepMs);
    lastNow = at;
    for (const draft of drafts.values()) {
      const waited = at - draft.begunAt;
      if (waited >= options.maxWaitMs || waited < 0) finish(draft);
    }
  }

  function write(): void {
    const touched = [...drafts.values()].filter((draft) => draft.dirty);
    if (full.length + touched.length + acknowledged.length + damagedRecords.length === 0) return;
    const before = { ...state };
    try {
      transaction(db, () => {
        for (const id of acknowledged) remove(id);
        for (const record of damagedRecords) {
          if (!remove(record.id)) continue;
          state.lost_messages += 1;
          state.lost_readings += record.readings;
        }
        for (const draft of full) {
          if (draft.stored) uncount(statements.dropDraft.get(draft.device));
          statements.addMessage.run(...rowOf(draft));
          counted(draft);
        }
        for (const draft of touched) {
          if (draft.stored) uncount(statements.dropDraft.get(draft.device));
          statements.addDraft.run(...rowOf(draft));
          counted(draft);
        }
        for (const { device } of [...full, ...touched]) {
          statements.saveSeq.run(device, seqs.get(device) ?? 0);
        }
        enforceBounds();
        saveState();
      });
    } catch (error) {
      state = before;
      throw error;
    }
    for (const draft of touched) Object.assign(draft, { stored: true, dirty: false });
    for (const id of acknowledged) sent.delete(id);
    acknowledged = [];
    damagedRecords = [];
    const fresh = full.length > 0;
    full = [];
    unwritten = 0;
    unwrittenBytes = 0;
    if (fresh) for (const listener of listeners) listener();
  }

  function counted(draft: Draft): void {
    state.messages += 1;
    state.readings += draft.readings;
    state.bytes += draft.bytes;
  }

  function uncount(row: Record<string, unknown> | undefined): boolean {
    if (!row) return false;
    state.messages -= 1;
    state.readings -= Number(row.readings);
    state.bytes -= Number(row.bytes);
    return true;
  }

  function remove(id: number): boolean {
    return uncount(statements.dropMessage.get(id));
  }

  /** The oldest of the lowest priority go first; what is on its way to the broker stays. */
  function enforceBounds(): void {
    let dropped = 0;
    const drop = (row: Record<string, unknown>): void => {
      if (!remove(Number(row.id))) return;
      dropped += 1;
      state.dropped_messages += 1;
      state.dropped_readings += Number(row.readings);
    };
    for (const urgent of [0, 1]) {
      for (let after = 0; ; ) {
        const row = statements.oldest.get(urgent, after);
        const old = row && Number(row.begun_age) < state.age_ms - options.maxAgeMs;
        if (!row || (!old && state.bytes <= options.maxBytes)) break;
        after = Number(row.id);
        if (!sent.has(after)) drop(row);
      }
    }
    if (dropped > 0)
      log.warn(
        { dropped, total: state.dropped_messages },
        "the outbox has reached its bound: the oldest messages were dropped",
      );
  }

  /** Begins again on what can be read of a file that turned out damaged while in use. */
  function recover(error: unknown): void {
    log.error({ err: error }, "the outbox can't be read any more: reopening");
    try {
      db.close();
    } catch {
      // It is beyond use already; the new handle below is the one that counts.
    }
    // What memory holds and the file does not yet is given a number in the new epoch.
    const unsaved = [...full, ...drafts.values()].filter((draft) => draft.dirty);
    full = [];
    drafts.clear();
    acknowledged = [];
    damagedRecords = [];
    sent.clear();
    open();
    for (const draft of unsaved) {
      const again = begin(draft.device, draft.urgent);
      Object.assign(again, { parts: draft.parts, readings: draft.readings, bytes: draft.bytes });
      full.push(again);
    }
  }

  function commit(close = false): void {
    live();
    if (close) for (const draft of [...drafts.values()]) finish(draft);
    try {
      write();
    } catch (error) {
      if (isDamage(error)) {
        recover(error);
        return;
      }
      if (!refusedByDisk)
        log.error(
          { err: error, file },
          "the outbox can't be written: drivers wait until the disk takes data again",
        );
      refusedByDisk = true;
      return;
    }
    if (refusedByDisk) log.info({ file }, "the outbox can be written again");
    refusedByDisk = false;
    const woken = waiting;
    waiting = [];
    for (const wake of woken) wake();
  }

  function rewind(): void {
    sent.clear();
    const last = Number(db.prepare("SELECT coalesce(max(id), 0) AS id FROM message").get()?.id);
    cursors = { urgent: 0, live: last, backlog: 0, boundary: last };
  }

  function messageOf(row: Record<string, unknown>): OutboxMessage | undefined {
    const message: OutboxMessage = {
      id: Number(row.id),
      device: String(row.device),
      epoch: String(row.epoch),
      seq: Number(row.seq),
      urgent: Number(row.urgent) === 1,
      readings: Number(row.readings),
      samples: String(row.samples),
    };
    if (recordCrc(message, message.samples) === Number(row.crc)) return message;
    log.error(
      { device: message.device, seq: message.seq },
      "a message in the outbox is damaged: it is counted as lost",
    );
    damagedRecords.push(message);
    return undefined;
  }

  /** The first sound message of a class between two ids. */
  function scan(
    urgent: boolean,
    after: number,
    upTo: number,
    passOver: (id: number) => boolean,
  ): { message?: OutboxMessage; cursor: number } {
    let cursor = after;
    for (;;) {
      const row = statements.next.get(urgent ? 1 : 0, cursor, upTo);
      if (!row) return { cursor };
      cursor = Number(row.id);
      if (passOver(cursor)) continue;
      const message = messageOf(row);
      if (message) return { message, cursor };
    }
  }

  function next(backlog: boolean, passOver: (id: number) => boolean): OutboxMessage | undefined {
    const classes = [
      ["urgent", true, Number.MAX_SAFE_INTEGER],
      ["live", false, Number.MAX_SAFE_INTEGER],
      ...(backlog ? [["backlog", false, cursors.boundary] as const] : []),
    ] as const;
    try {
      for (const [name, urgent, upTo] of classes) {
        const found = scan(urgent, cursors[name], upTo, passOver);
        cursors[name] = found.cursor;
        if (!found.message) continue;
        sent.add(found.message.id);
        return found.message;
      }
    } catch (error) {
      if (!isDamage(error)) throw error;
      recover(error);
    }
    return undefined;
  }

  return {
    get epoch() {
      return state.epoch;
    },
    start() {
      timer ??= setInterval(() => commit(), options.commitMs);
    },
    async accept(device, sample, { urgent = false, patient = false } = {}) {
      const text = JSON.stringify(sample);
      const bytes = Buffer.byteLength(text) + 2;
      if (bytes > maxSamplesBytes) {
        throw new RangeError(
          `a sample of ${device} has ${bytes} bytes and a message holds ${maxSamplesBytes}: split it into samples of fewer quantities`,
        );
      }
      for (;;) {
        if (refusing) throw new Error(`the outbox ${file} takes no more: the agent is stopping`);
        if (unwritten >= maxUnwritten) {
          commit();
          await nextTurn();
        }
        const crowded = patient && state.bytes + unwrittenBytes > options.maxBytes / 2;
        if (unwritten < maxUnwritten && !crowded) break;
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
      const readings = readingsOf(sample);
      if (urgent) {
        const alone = begin(device, true);
        add(alone, text, readings);
        finish(alone);
        commit();
        return;
      }
      let draft = drafts.get(device);
      if (draft && draft.bytes - rowBytes + bytes > maxSamplesBytes) {
        finish(draft);
        draft = undefined;
      }
      if (!draft) {
        draft = begin(device, false);
        drafts.set(device, draft);
      }
      add(draft, text, readings);
      if (draft.parts.length >= options.maxSamples) finish(draft);
    },
    commit,
    rewind() {
      commit();
      rewind();
    },
    next,
    hasBacklog: () => statements.next.get(0, cursors.backlog, cursors.boundary) !== undefined,
    isBacklog: ({ id, urgent }) => !urgent && id <= cursors.boundary,
    get(id) {
      const row = statements.byId.get(id);
      return row && messageOf(row);
    },
    acknowledge(id) {
      acknowledged.push(id);
    },
    refuse() {
      refusing = true;
      for (const wake of waiting) wake();
    },
    onReady(listener) {
      listeners.push(listener);
    },
    counts() {
      const oldest = db
        .prepare(
          "SELECT min(begun_at) AS at FROM (SELECT begun_at FROM message ORDER BY id LIMIT 1)",
        )
        .get();
      return {
        messages: state.messages,
        readings: state.readings,
        bytes: state.bytes,
        oldestAt: oldest?.at == null ? null : Number(oldest.at),
        droppedMessages: state.dropped_messages,
        droppedReadings: state.dropped_readings,
        lostMessages: state.lost_messages,
        lostReadings: state.lost_readings,
        damages: state.damages,
      };
    },
    close() {
      if (closed) return;
      clearInterval(timer);
      this.refuse();
      commit(true);
      closed = true;
      db.close();
    },
  };
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

function prepare(db: DatabaseSync) {
  const columns = "device, epoch, seq, urgent, readings, bytes, begun_at, begun_age, crc, samples";
  const values = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
  return {
    saveState: db.prepare(
      `INSERT OR REPLACE INTO state VALUES (1, ${Array(10).fill("?").join(", ")})`,
    ),
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
    next: db.prepare(
      "SELECT * FROM message WHERE urgent = ? AND id > ? AND id <= ? ORDER BY id LIMIT 1",
    ),
    byId: db.prepare("SELECT * FROM message WHERE id = ?"),
  };
}
