import { flags, type Sample, type Value } from "@kenh/schemas";
import type { Logger } from "pino";
import type { Message } from "./classify.ts";
import type { Judged } from "./judge.ts";
import type { Latest } from "./latest.ts";
import type { Ledger } from "./ledger.ts";
import type { Quarantine, SetAside } from "./quarantine.ts";
import { enter, type Receipt, type Spool } from "./spool.ts";
import type { Point } from "./stores/store.ts";

/** A judged message on its way to disk. */
export interface Entry {
  readonly judged: Judged;
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly receivedAt: number;
  /** The item that this is another try of: it leaves the quarantine in the same step. */
  readonly replayed?: { readonly id: number; readonly readings: number };
}

/** A row that is on disk. */
export interface Row {
  readonly id: number;
  readonly receipts: readonly Receipt[];
  readonly messages: readonly Message[];
}

export interface CommitLimits {
  /** Messages gather this long for one sync of the disk: the price is latency, the gain CPU. */
  readonly gatherMs: number;
  /** A commit is not put off beyond this many readings: a row is one batch for the store. */
  readonly maxReadings: number;
  /** Bytes that may wait for the disk; beyond, messages are refused and come again. */
  readonly maxWaitingBytes: number;
  /** How soon a disk that refused is tried again. */
  readonly retryMs: number;
}

export const commitDefaults: CommitLimits = {
  gatherMs: 3,
  maxReadings: 20_000,
  maxWaitingBytes: 64 * 1024 * 1024,
  retryMs: 500,
};

interface Waiting {
  readonly entry: Entry;
  resolve(): void;
  reject(error: Error): void;
}

/** Group commit: many messages, one sync. `append` resolves when the message is on disk. */
export interface Committer {
  append(entry: Entry): Promise<void>;
  /** Why nothing can be accepted now, or undefined. */
  fault(): string | undefined;
  /** Commits what waits and stops; what can't be committed is rejected. */
  close(): void;
}

/**
 * @param onRow called after each commit, in order
 */
export function createCommitter(
  parts: { spool: Spool; ledger: Ledger; latest: Latest; quarantine: Quarantine; log: Logger },
  limits: CommitLimits,
  onRow: (row: Row) => void,
): Committer {
  const { spool, ledger, latest, quarantine, log } = parts;
  let waiting: Waiting[] = [];
  let waitingReadings = 0;
  let waitingBytes = 0;
  let timer: NodeJS.Timeout | undefined;
  let fault: string | undefined;
  let closed = false;

  function schedule(ms: number): void {
    timer ??= setTimeout(commit, ms);
  }

  function commit(): void {
    clearTimeout(timer);
    timer = undefined;
    if (waiting.length === 0) return;
    let row: Row;
    try {
      const { freeBytes, reserveBytes } = spool.room();
      if (freeBytes < reserveBytes) {
        throw new Error(
          `the disk has ${freeBytes} bytes left, of which ${reserveBytes} are kept for deliveries`,
        );
      }
      row = write();
    } catch (error) {
      if (fault === undefined) {
        log.error({ err: error }, "the spool can't be written: nothing is accepted");
      }
      fault = `the spool can't be written: ${(error as Error).message}`;
      if (!closed) schedule(limits.retryMs);
      return;
    }
    if (fault !== undefined) log.info("the spool takes readings again");
    fault = undefined;
    const done = waiting;
    waiting = [];
    waitingReadings = 0;
    waitingBytes = 0;
    for (const { resolve } of done) resolve();
    onRow(row);
  }

  function write(): Row {
    const entries = waiting.map(({ entry }) => entry);
    const payloads = entries.map(goodPayload);
    const again = entries.map((entry, at) => hasCome(entry, entries.slice(0, at)));
    const late = entries.map(
      ({ judged, receivedAt }) =>
        judged.device !== null && latest.note(judged.device, receivedAt, judged.samples),
    );
    const { id, receipts } = spool.append(payloads, () =>
      entries.map((entry, at) => {
        const { device, epoch, seq, good } = entry.judged;
        const { kept, duplicate } = setAside(entry, again[at] === true);
        return {
          device,
          epoch,
          seq,
          good,
          quarantined: kept - (entry.replayed?.readings ?? 0),
          duplicate,
          late: late[at] === true,
          receivedAt: entry.receivedAt,
          length: payloads[at]?.length ?? 0,
        };
      }),
    );
    for (const receipt of receipts) enter(ledger.account(receipt.device, receipt.epoch), receipt);
    const messages = entries.map(({ judged }, at) => ({
      samples: judged.samples,
      late: late[at] === true,
    }));
    return { id, receipts, messages };
  }

  /** Whether a message with something to set aside was received before. */
  function hasCome({ judged }: Entry, before: readonly Entry[]): boolean {
    const { device, epoch, seq, rejects } = judged;
    if (rejects.length === 0 || seq === null) return false;
    return (
      ledger.account(device, epoch).seqs.has(seq) ||
      before.some(
        ({ judged: other }) =>
          other.device === device && other.epoch === epoch && other.seq === seq,
      )
    );
  }

  function setAside(entry: Entry, again: boolean): { kept: number; duplicate: number } {
    if (entry.replayed) quarantine.purge([entry.replayed.id]);
    let kept = 0;
    let duplicate = 0;
    for (const item of setAsideOf(entry)) {
      if (quarantine.keep(item, again)) kept += item.readings;
      else duplicate += item.readings;
    }
    return { kept, duplicate };
  }

  return {
    append(entry) {
      if (closed) return Promise.reject(new Error("the ingest is closing"));
      if (waitingBytes > limits.maxWaitingBytes) {
        return Promise.reject(new Error(fault ?? "too much waits for the disk"));
      }
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      waiting.push({ entry, resolve, reject });
      waitingReadings += entry.judged.good;
      waitingBytes += entry.payload.length;
      if (fault === undefined && waitingReadings >= limits.maxReadings) commit();
      else schedule(limits.gatherMs);
      return promise;
    },
    fault: () => fault,
    close() {
      closed = true;
      commit();
      clearTimeout(timer);
      for (const { reject } of waiting) reject(new Error(fault ?? "the ingest is closing"));
      waiting = [];
    },
  };
}

function setAsideOf({ judged, topic, payload, receivedAt }: Entry): SetAside[] {
  return judged.rejects.map(({ reason, detail, readings, part }) => ({
    reason,
    detail,
    readings,
    device: judged.device,
    epoch: judged.epoch,
    topic,
    receivedAt,
    payload: part === undefined ? payload : Buffer.from(JSON.stringify(part)),
  }));
}

const nothing = new Uint8Array(0);

/** What the spool keeps of a message: all of it as it came, or its good readings alone. */
function goodPayload({ judged, payload }: Entry): Uint8Array {
  if (judged.good === 0) return nothing;
  if (judged.rejects.length === 0) return payload;
  return Buffer.from(JSON.stringify(judged.samples.map(sampleOf)));
}

/** A point in the form in which it was sent. */
export function sampleOf({ ts, fields }: Pick<Point, "ts" | "fields">): Sample {
  const valued = fields.filter(({ value }) => value !== null);
  const flagged = fields.filter(({ flag }) => flag !== flags.notEvaluated);
  return {
    ts,
    values: Object.fromEntries(valued.map(({ name, value }) => [name, value as Value])),
    ...(flagged.length > 0 && {
      qc: Object.fromEntries(flagged.map(({ name, flag }) => [name, flag])),
    }),
  };
}
