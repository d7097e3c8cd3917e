import { setImmediate as nextTurn } from "node:timers/promises";
import { type Clock, type Identity, messageLimits, type Sample } from "@kenh/schemas";
import { isDamage } from "@kenh/schemas/node";
import {
  addToDraft,
  beginDraft,
  type Draft,
  type OpenDrafts,
  readingsOf,
  rowBytes,
} from "./draft.ts";
import type { Log } from "./log.ts";
import { type Found, type OutboxStore, openOutboxStore } from "./outbox-store.ts";
import type { MessageKey } from "./record.ts";

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
  /** Bytes that it could hold: its bound, or less where the disk has no room for that. */
  readonly capacityBytes: number;
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

/** Room in a message for the envelope around the samples. */
const envelopeBytes = 1024;
/** Samples accepted between two commits before the next accept commits by itself. */
const maxUnwritten = 1000;
/** A step of the clock that is longer than this is a jump or a stopped process, not time lived. */
const maxStepMs = 60_000;

/**
 * Opens the outbox in `file`, or makes a new one with a new epoch. A damaged file does not keep it
 * from opening: what can be read is kept, what can't is counted as lost and announced.
 */
export function openOutbox(file: string, options: OutboxOptions): Outbox {
  const { now, log } = options;
  const maxSamplesBytes = (options.maxMessageBytes ?? messageLimits.maxBytes) - envelopeBytes;
  const listeners: (() => void)[] = [];
  const sent = new Set<number>();
  const drafts: OpenDrafts = new Map();
  let full: Draft[] = [];
  let acknowledged: number[] = [];
  let damaged: OutboxMessage[] = [];
  let waiting: (() => void)[] = [];
  /** Accepted since the last commit. */
  let unwritten = { samples: 0, bytes: 0 };
  let refusedByDisk = false;
  /** The file was damaged and could not be reopened yet. */
  let broken = false;
  let refusing = false;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let lastNow = now();
  let store: OutboxStore = openOutboxStore(file, options, log);
  let cursors = { urgent: 0, live: 0, backlog: 0, boundary: 0 };
  resetCursors();

  function resetCursors(): void {
    sent.clear();
    const last = store.lastId();
    cursors = { urgent: 0, live: last, backlog: 0, boundary: last };
  }

  function begin(device: Identity, urgent: boolean): Draft {
    const key = { device, epoch: store.epoch, seq: store.nextSeq(device), urgent };
    unwritten.bytes += rowBytes;
    return beginDraft(key, now(), store.ageMs);
  }

  function add(draft: Draft, text: string, readings: number): void {
    unwritten.bytes += addToDraft(draft, text, readings);
    unwritten.samples += 1;
  }

  function finish(draft: Draft): void {
    drafts.delete(draft.device);
    full.push(draft);
  }

  function live(): void {
    const at = now();
    store.grow(Math.min(Math.max(at - lastNow, 0), maxStepMs));
    lastNow = at;
    for (const draft of drafts.values()) {
      const waited = at - draft.begunAt;
      if (waited >= options.maxWaitMs || waited < 0) finish(draft);
    }
  }

  function write(): void {
    const open = [...drafts.values()].filter((draft) => draft.dirty);
    if (full.length + open.length + acknowledged.length + damaged.length === 0) return;
    store.write({ full, open, acknowledged, damaged, sent });
    for (const draft of open) Object.assign(draft, { stored: true, dirty: false });
    for (const id of acknowledged) sent.delete(id);
    const fresh = full.length > 0;
    full = [];
    acknowledged = [];
    damaged = [];
    unwritten = { samples: 0, bytes: 0 };
    if (fresh) for (const listener of listeners) listener();
  }

  function commit(close = false): void {
    if (broken && !reopen()) return;
    live();
    if (close) for (const draft of [...drafts.values()]) finish(draft);
    try {
      write();
      // What was sent must be able to leave: taking it out needs room in the file's log.
      store.keepRoom();
    } catch (error) {
      if (isDamage(error)) abandon(error);
      else refuse(error);
      return;
    }
    if (refusedByDisk) log.info({ file }, "the outbox can be written again");
    refusedByDisk = false;
    const woken = waiting;
    waiting = [];
    for (const wake of woken) wake();
  }

  /** The file turned out damaged while in use. */
  function abandon(error: unknown): void {
    log.error({ err: error, file }, "the outbox can't be read any more: reopening");
    broken = true;
    try {
      store.close();
    } catch {
      // It is beyond use already; the new one is what counts.
    }
    reopen();
  }

  /** Begins again on what can be read of it; false while even that is impossible. */
  function reopen(): boolean {
    try {
      store = openOutboxStore(file, options, log);
    } catch (error) {
      refuse(error);
      return false;
    }
    broken = false;
    // What memory holds and the file does not yet gets a number of the new epoch.
    const unsaved = [...full, ...drafts.values()].filter((draft) => draft.dirty);
    full = [];
    drafts.clear();
    acknowledged = [];
    damaged = [];
    resetCursors();
    for (const { device, urgent, parts, readings, bytes } of unsaved) {
      full.push(Object.assign(begin(device, urgent), { parts, readings, bytes }));
    }
    return true;
  }

  function refuse(error: unknown): void {
    if (!refusedByDisk) {
      log.error(
        { err: error, file },
        "the outbox can't be used: drivers wait until the disk takes data again",
      );
    }
    refusedByDisk = true;
  }

  /** Reads from the file; `otherwise` while it can't be read. */
  function reading<T>(work: () => T, otherwise: T): T {
    if (broken) return otherwise;
    try {
      return work();
    } catch (error) {
      if (isDamage(error)) abandon(error);
      else refuse(error);
      return otherwise;
    }
  }

  function believe(found: Found): OutboxMessage | undefined {
    if (found.sound) return found.row;
    const { device, seq } = found.row;
    log.error({ device, seq }, "a message in the outbox is damaged: it is counted as lost");
    damaged.push(found.row);
    return undefined;
  }

  /** Moves a cursor to the next sound message of its class. */
  function advance(
    cursor: "urgent" | "live" | "backlog",
    passOver: (id: number) => boolean,
  ): OutboxMessage | undefined {
    const upTo = cursor === "backlog" ? cursors.boundary : Number.MAX_SAFE_INTEGER;
    for (;;) {
      const found = store.next(cursor === "urgent", cursors[cursor], upTo);
      if (!found) return undefined;
      cursors[cursor] = found.row.id;
      const message = passOver(found.row.id) ? undefined : believe(found);
      if (message) return message;
    }
  }

  return {
    get epoch() {
      return store.epoch;
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
        if (unwritten.samples >= maxUnwritten) {
          commit();
          await nextTurn();
        }
        const crowded = patient && store.bytes + unwritten.bytes > options.maxBytes / 2;
        if (unwritten.samples < maxUnwritten && !crowded && !refusedByDisk) break;
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
      const readings = readingsOf(sample);
      if (urgent) {
        const alone = begin(device, true);
        add(alone, text, readings);
        full.push(alone);
        commit();
        return;
      }
      let draft = drafts.get(device);
      if (draft && draft.bytes - rowBytes + bytes > maxSamplesBytes) {
        finish(draft);
        draft = undefined;
      }
      draft ??= begin(device, false);
      drafts.set(device, draft);
      add(draft, text, readings);
      if (draft.parts.length >= options.maxSamples) finish(draft);
    },
    commit,
    rewind() {
      commit();
      reading(resetCursors, undefined);
    },
    next: (backlog, passOver) =>
      reading(() => {
        const message =
          advance("urgent", passOver) ??
          advance("live", passOver) ??
          (backlog ? advance("backlog", passOver) : undefined);
        if (message) sent.add(message.id);
        return message;
      }, undefined),
    hasBacklog: () =>
      reading(() => store.next(false, cursors.backlog, cursors.boundary) !== undefined, false),
    isBacklog: ({ id, urgent }) => !urgent && id <= cursors.boundary,
    get: (id) =>
      reading(() => {
        const found = store.get(id);
        return found && believe(found);
      }, undefined),
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
    counts: () => ({
      ...store.counters(),
      oldestAt: reading(() => store.oldestAt(), null),
      capacityBytes: reading(() => store.capacityBytes(), options.maxBytes),
    }),
    close() {
      if (closed) return;
      closed = true;
      clearInterval(timer);
      this.refuse();
      commit(true);
      if (!broken) store.close();
    },
  };
}
