import type { Accept, Clock } from "@kenh/schemas";
import type { Logger } from "pino";
import { Backlog, type BatchLimits, batchDefaults } from "./batch.ts";
import { Books } from "./books.ts";
import { type CheckpointLimits, checkpointDefaults, startCheckpoint } from "./checkpoint.ts";
import { type CommitLimits, commitDefaults, createCommitter, type Row } from "./commit.ts";
import { createDeliverer, type Delivered } from "./deliver.ts";
import { createFeed, type Follower } from "./follow.ts";
import { createJudge, type JudgeConfig, judgeDefaults } from "./judge.ts";
import { Latest } from "./latest.ts";
import { enterOutcome, Ledger } from "./ledger.ts";
import { loadRow } from "./load.ts";
import { type RetryPolicy, retryDefaults } from "./persist.ts";
import { Quarantine } from "./quarantine.ts";
import type { Registry } from "./registry.ts";
import { createReplays, type Replays } from "./replay.ts";
import { restore } from "./restore.ts";
import { openSpool } from "./spool.ts";
import type { Store } from "./stores/store.ts";
import { createTakeOvers, type TakeOvers } from "./take-over.ts";
import { idOf } from "./waiting.ts";

export interface PipelineParts {
  /** Folder of the spool. */
  readonly folder: string;
  readonly registry: Registry;
  readonly store: Store;
  readonly follower?: Follower;
  readonly log: Logger;
  readonly now?: Clock;
}

export interface PipelineConfig {
  readonly judge?: Partial<JudgeConfig>;
  readonly commit?: Partial<CommitLimits>;
  readonly batch?: Partial<BatchLimits>;
  readonly retry?: Partial<RetryPolicy>;
  readonly checkpoint?: Partial<CheckpointLimits>;
}

/** What has happened since the start, for `/metrics`. */
export interface PipelineCounts {
  messages: number;
  bytes: number;
  commits: number;
  loads: number;
  retries: number;
  damagedReadings: number;
}

/** From a message at the door to a point in the store: decode, check, spool, PUBACK, batch, deliver. */
export interface Pipeline extends Replays, TakeOvers {
  /** Made with the spool, the same after a restart: a client id at a broker, for instance. */
  readonly name: string;
  readonly accept: Accept;
  readonly ledger: Ledger;
  readonly latest: Latest;
  readonly quarantine: Quarantine;
  readonly counts: Readonly<PipelineCounts>;
  /** Rows on disk that wait for the store. */
  readonly waitingRows: () => number;
  /** Every row up to this one is in the store. */
  readonly deliveredRow: () => number;
  /** When the oldest message came of which something waits for the store. */
  readonly oldestWaitingAt: () => number | undefined;
  /** Whether a message would be accepted now, and if not, why. */
  ready(): { ok: boolean; reasons: string[] };
  /** The store's last error while it is being tried again. */
  storeFault(): string | undefined;
  /** Stops; what is not delivered stays in the spool. Idempotent. */
  close(): Promise<void>;
}

/** How long loads that are under way may take to end at a stop. */
const closeGraceMs = 3000;

/**
 * Opens the spool, brings the books up to date and begins to deliver what waits.
 * @throws Error when another process has the spool open.
 */
export function openPipeline(parts: PipelineParts, config: PipelineConfig = {}): Pipeline {
  const { registry, store, follower, log, now = Date.now } = parts;
  const batchLimits = { ...batchDefaults, ...config.batch };
  const spool = openSpool(parts.folder, now, follower?.durablePosition);
  const books = new Books(spool.db);
  const ledger = new Ledger();
  const latest = new Latest(spool.knownSince);
  const quarantine = new Quarantine(spool.db);
  const judge = createJudge(registry, { ...judgeDefaults, ...config.judge }, now);
  const backlog = new Backlog(batchLimits);
  const counts: PipelineCounts = {
    messages: 0,
    bytes: 0,
    commits: 0,
    loads: 0,
    retries: 0,
    damagedReadings: 0,
  };
  const deliverer = createDeliverer(
    store,
    log,
    { ...retryDefaults, ...config.retry },
    {
      onRetry() {
        counts.retries++;
      },
      onBegin: (rows) => record(() => spool.begin(rows)),
    },
  );
  const stopping = new AbortController();
  const load = (id: number) => loadRow(spool, judge, id);

  const feed = createFeed(registry, follower);

  function onRow(row: Row): void {
    const { id, receipts, messages } = row;
    counts.commits++;
    backlog.push(id, { receipts, messages, unreadable: new Map() });
    feed(id, row);
    wake();
  }

  const fedTo = follower?.durablePosition ?? Number.POSITIVE_INFINITY;
  const { pending, lost } = restore(
    { spool, books, ledger, latest, quarantine, fedTo, load, feed },
    now(),
  );
  for (const id of pending) backlog.push(id);
  counts.damagedReadings += lost;
  if (spool.damage !== undefined)
    log.error(
      { keptAt: spool.damage },
      "the spool was damaged on disk; what could be read was saved",
    );

  const committer = createCommitter(
    { spool, ledger, latest, quarantine, log },
    { ...commitDefaults, ...config.commit },
    onRow,
  );

  // ── deliver ──────────────────────────────────────────────────────────────────────────────────
  let wakeUp: (() => void) | undefined;
  const wake = (): void => wakeUp?.();
  const underWay = new Set<Promise<void>>();
  let settled: Promise<void> = Promise.resolve();

  /** Writes to the spool what is known of a delivery, however long the disk refuses. */
  async function record(write: () => void): Promise<void> {
    for (;;) {
      try {
        return write();
      } catch (error) {
        log.error({ err: error }, "a delivery can't be recorded; it is tried again");
        await new Promise((resolve) => setTimeout(resolve, commitDefaults.retryMs));
        stopping.signal.throwIfAborted();
      }
    }
  }

  async function settle({ upTo, outcomes, aside }: Delivered): Promise<void> {
    await record(() => {
      spool.settle(upTo, outcomes, () => {
        for (const item of aside) quarantine.keep(item);
      });
      for (const [device, epoch, tally] of outcomes)
        enterOutcome(ledger.account(device, epoch), tally);
    });
    for (const { reason, readings } of aside)
      if (reason === "decode-failed") counts.damagedReadings += readings;
  }

  /** Resolves when something may have changed, at the latest after `ms`. */
  async function woken(ms?: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
    wakeUp = resolve;
    await promise;
    clearTimeout(timer);
  }

  async function deliverAll(): Promise<void> {
    let begunAt = Number.NEGATIVE_INFINITY;
    while (!stopping.signal.aborted) {
      const slots = backlog.isLarge ? store.limits.maxConcurrentWrites : 1;
      if (backlog.length === 0 || underWay.size >= slots) {
        await woken();
        continue;
      }
      const waitMs = begunAt + batchLimits.smallApartMs - performance.now();
      if (!backlog.isLarge && waitMs > 0) {
        await woken(waitMs);
        continue;
      }
      begunAt = performance.now();
      const next = backlog.take(load);
      if (!next) continue;
      // What may have come before is compared with all that went to the store until now.
      if (next.messages.some(({ late }) => late)) await Promise.all(underWay);
      if (stopping.signal.aborted) return;
      counts.loads++;
      const delivered = deliverer.deliver(next, stopping.signal);
      const before = settled;
      settled = (async () => {
        const result = await delivered;
        await before;
        await settle(result);
      })();
      const done: Promise<void> = settled
        .then(
          () => undefined,
          (error) => {
            if (!stopping.signal.aborted) log.fatal({ err: error }, "delivery ended");
          },
        )
        .finally(() => {
          underWay.delete(done);
          wake();
        });
      underWay.add(done);
    }
  }
  const delivering = deliverAll();

  const checkpoint = startCheckpoint(
    { spool, books, ledger, latest, follower, log },
    { ...checkpointDefaults, ...config.checkpoint },
  );
  let closing: Promise<void> | undefined;
  async function close(): Promise<void> {
    committer.close();
    // A store that does not answer now is not waited for: what is left is delivered after the next start.
    const graceMs = deliverer.fault() === undefined ? closeGraceMs : 0;
    const grace = setTimeout(() => stopping.abort(), graceMs);
    await Promise.all(underWay);
    clearTimeout(grace);
    stopping.abort();
    wake();
    await delivering;
    checkpoint.close();
    spool.close();
  }

  return {
    name: spool.name,
    accept({ topic, payload, counted }) {
      const receivedAt = now();
      counts.messages++;
      counts.bytes += payload.length;
      const judged = judge.judge(topic, payload, receivedAt);
      if (judged.rejects[0]?.reason === "unknown-device") {
        const id = idOf(judged.device, topic);
        const refusal = quarantine.waiting.refusal(id, payload.length);
        if (refusal) return Promise.reject(refusal);
      }
      counted?.(judged.rejects.reduce((sum, { readings }) => sum + readings, judged.good));
      return committer.append({ judged, topic, payload, receivedAt });
    },
    ledger,
    latest,
    quarantine,
    counts,
    waitingRows: () => backlog.length,
    deliveredRow: () => spool.last.delivered,
    oldestWaitingAt() {
      const { received, delivered } = spool.last;
      return delivered < received ? spool.receipts(delivered + 1)?.[0]?.receivedAt : undefined;
    },
    storeFault: deliverer.fault,
    ready() {
      const reasons = [committer.fault()].filter((reason) => reason !== undefined);
      if (closing) reasons.push("the ingest is closing");
      return { ok: reasons.length === 0, reasons };
    },
    ...createReplays({ quarantine, judge, committer, now }),
    ...createTakeOvers({ quarantine, judge, committer }),
    close() {
      closing ??= close();
      return closing;
    },
  };
}
