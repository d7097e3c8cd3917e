import { flags, type Sample, type Value } from "@kenh/schemas";
import type { Logger } from "pino";
import type { Message } from "./classify.ts";
import type { Judged } from "./judge.ts";
import type { Latest } from "./latest.ts";
import { type Account, enter, type Ledger } from "./ledger.ts";
import type { Quarantine, SetAside } from "./quarantine.ts";
import type { Receipt, Spool } from "./spool.ts";
import type { Point } from "./stores/store.ts";

/** A judged message on its way to disk. */
export interface Entry {
  readonly judged: Judged;
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly receivedAt: number;
  /** The item that this is another try of: it leaves the quarantine in the same step. */
  readonly replayed?: { readonly id: number; readonly readings: number };
  /** What its one reject is called at the unit's own station that set it aside. */
  readonly origin?: string;
}

/** A row that is on disk. */
export interface Row {
  readonly id: number;
  readonly receipts: readonly Receipt[];
  readonly messages: readonly Message[];
}

export interface CommitLimits {
  /** Messages gather so long at least for one sync of the disk: the price is latency, the gain CPU. */
  readonly gatherMs: number;
  /** They gather so many times as long as the last commit took: a disk that is slow, or busy, is asked less often. */
  readonly gatherTimes: number;
  /** But no longer than this. */
  readonly mostGatherMs: number;
  /** A commit is not put off beyond this many readings: a row is one batch for the store. */
  readonly maxReadings: number;
  /** Bytes that may wait for the disk; beyond, messages are refused and come again. */
  readonly maxWaitingBytes: number;
  /** How soon a disk that refused is tried again. */
  readonly retryMs: number;
}

export const commitDefaults: CommitLimits = {
  gatherMs: 3,
  gatherTimes: 4,
  mostGatherMs: 12,
  maxReadings: 20_000,
  maxWaitingBytes: 64 * 1024 * 1024,
  retryMs: 500,
};

/** Messages that share one commit, and one answer to all their senders. */
interface Group extends PromiseWithResolvers<void> {
  readonly entries: Entry[];
  readings: number;
  bytes: number;
}

function emptyGroup(): Group {
  const group = { ...Promise.withResolvers<void>(), entries: [], readings: 0, bytes: 0 };
  group.promise.catch(() => {}); // whoever appended hears of it; nobody may have
  return group;
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
  let waiting = emptyGroup();
  let timer: NodeJS.Timeout | undefined;
  let fault: string | undefined;
  let closed = false;
  let gatherMs = limits.gatherMs;

  function schedule(ms: number): void {
    timer ??= setTimeout(commit, ms);
  }

  function commit(): void {
    clearTimeout(timer);
    timer = undefined;
    if (waiting.entries.length === 0) return;
    const begunAt = performance.now();
    let row: Row;
    try {
      const { freeBytes, reserveBytes } = spool.room();
      if (freeBytes < reserveBytes) {
        throw new Error(
          `the disk has ${freeBytes} bytes left, of which ${reserveBytes} are kept for deliveries`,
        );
      }
      row = write(waiting.entries);
    } catch (error) {
      if (fault === undefined) {
        log.error({ err: error }, "the spool can't be written: nothing is accepted");
      }
      fault = `the spool can't be written: ${(error as Error).message}`;
      quarantine.waiting.recount();
      if (!closed) schedule(limits.retryMs);
      return;
    }
    if (fault !== undefined) log.info("the spool takes readings again");
    fault = undefined;
    const wantedMs = limits.gatherTimes * (performance.now() - begunAt);
    gatherMs = Math.min(Math.max(limits.gatherMs, wantedMs), limits.mostGatherMs);
    const done = waiting;
    waiting = emptyGroup();
    done.resolve();
    onRow(row);
  }

  function write(entries: readonly Entry[]): Row {
    const payloads = entries.map(goodPayload);
    const again = haveCome(entries);
    const messages = entries.map(({ judged, receivedAt }): Message => {
      const { device, samples, agent } = judged;
      const late = device !== null && latest.note(device, receivedAt, samples);
      return { samples, late, agent };
    });
    const { id, receipts } = spool.append(payloads, () =>
      entries.map((entry, at): Receipt => {
        const { device, epoch, seq, good, rejects } = entry.judged;
        const { replayed, receivedAt } = entry;
        const receipt: Receipt = {
          device,
          epoch,
          seq,
          good,
          quarantined: 0,
          duplicate: 0,
          late: messages[at]?.late === true,
          receivedAt,
          length: payloads[at]?.length ?? 0,
        };
        if (rejects.length === 0 && !replayed) return receipt;
        const { kept, duplicate, items } = setAside(entry, again.has(entry));
        return {
          ...receipt,
          quarantined: kept - (replayed?.readings ?? 0),
          duplicate,
          ...(items.length > 0 && { items }),
          ...(replayed && { mended: replayed.id }),
        };
      }),
    );
    for (const receipt of receipts) enter(ledger.account(receipt.device, receipt.epoch), receipt);
    return { id, receipts, messages };
  }

  /** Where something is to be set aside: the messages that were received before, or earlier in this commit. */
  function haveCome(entries: readonly Entry[]): ReadonlySet<Entry> {
    const again = new Set<Entry>();
    if (entries.every(({ judged }) => judged.rejects.length === 0)) return again;
    const seen = new Map<Account, Set<number>>();
    for (const entry of entries) {
      const { device, epoch, seq } = entry.judged;
      if (seq === null) continue;
      const account = ledger.account(device, epoch);
      const seqs = seen.get(account) ?? new Set();
      seen.set(account, seqs);
      if (account.seqs.has(seq) || seqs.has(seq)) again.add(entry);
      seqs.add(seq);
    }
    return again;
  }

  function setAside(entry: Entry, again: boolean): Aside {
    if (entry.replayed) quarantine.purge([entry.replayed.id]);
    const items: number[] = [];
    let kept = 0;
    let duplicate = 0;
    for (const item of setAsideOf(entry)) {
      const id = quarantine.keep(item, again);
      if (id === undefined) duplicate += item.readings;
      else {
        items.push(id);
        kept += item.readings;
      }
    }
    return { kept, duplicate, items };
  }

  return {
    append(entry) {
      if (closed) return Promise.reject(new Error("the ingest is closing"));
      if (waiting.bytes > limits.maxWaitingBytes) {
        return Promise.reject(new Error(fault ?? "too much waits for the disk"));
      }
      const { promise } = waiting;
      waiting.entries.push(entry);
      waiting.readings += entry.judged.good;
      waiting.bytes += entry.payload.length;
      if (fault === undefined && waiting.readings >= limits.maxReadings) commit();
      else schedule(gatherMs);
      return promise;
    },
    fault: () => fault,
    close() {
      closed = true;
      commit();
      clearTimeout(timer);
      waiting.reject(new Error(fault ?? "the ingest is closing"));
      waiting = emptyGroup();
    },
  };
}

function setAsideOf({ judged, topic, payload, receivedAt, origin }: Entry): SetAside[] {
  return judged.rejects.map(({ reason, detail, readings, part }) => ({
    reason,
    detail,
    readings,
    device: judged.device,
    epoch: judged.epoch,
    topic,
    receivedAt,
    payload: part ?? payload,
    place: judged.seq ?? receivedAt,
    origin,
  }));
}

/** Readings that were set aside now, those that had been before, and where they are. */
interface Aside {
  readonly kept: number;
  readonly duplicate: number;
  readonly items: readonly number[];
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
