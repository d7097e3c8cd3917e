import { type Accept, type Clock, type Identity, topicOf } from "@kenh/schemas";
import type { Logger } from "pino";
import { Backlog, type BatchLimits, batchDefaults } from "./batch.ts";
import { type CommitLimits, commitDefaults, createCommitter, type Row } from "./commit.ts";
import { createDeliverer, type Delivered, type RetryPolicy, retryDefaults } from "./deliver.ts";
import { createJudge, type JudgeConfig, judgeDefaults } from "./judge.ts";
import { Latest } from "./latest.ts";
import { type Account, Ledger } from "./ledger.ts";
import { loadRow } from "./load.ts";
import { Quarantine } from "./quarantine.ts";
import type { RegisteredDevice, Registry } from "./registry.ts";
import { enterOutcome, openSpool, type Spool } from "./spool.ts";
import type { Point, Store } from "./stores/store.ts";

/** What reads the stream beside the store: the alarms. Fed in order, from where it stood after a restart. */
export interface Follower {
  feed(
    position: number,
    messages: readonly { device: RegisteredDevice; samples: readonly Point[] }[],
  ): void;
  /** Makes durable what was fed. */
  checkpoint(): void;
  /** Rows up to this one need not be fed again. */
  readonly durablePosition: number;
}

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
export interface Pipeline {
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
  /** Whether a message would be accepted now, and if not, why. */
  ready(): { ok: boolean; reasons: string[] };
  /** The store's last error while it is being tried again. */
  storeFault(): string | undefined;
  /** Judges an item of the quarantine anew, by today's registry; what is good now goes to the store. */
  replay(id: number): Promise<"replayed" | "refused" | "unknown">;
  /** Stops; what is not delivered stays in the spool. Idempotent. */
  close(): Promise<void>;
}

/**
 * How often the books are written to disk and delivered rows deleted. A start reads again what came
 * since; a device costs two rows each time, however often it spoke.
 */
const checkpointEveryMs = 5000;
/** How long loads that are under way may take to end at a stop. */
const closeGraceMs = 3000;

/**
 * Compares what the books call pending with what the spool really holds, and books the difference as
 * lost: after damage to the disk nothing is silently short. Returns the readings lost.
 */
function bookLost(
  spool: Spool,
  ledger: Ledger,
  quarantine: Quarantine,
  pendingIds: readonly number[],
  now: number,
): number {
  const held = new Map<Account, number>();
  for (const id of pendingIds) {
    for (const { device, epoch, good } of spool.receipts(id) ?? []) {
      const account = ledger.account(device, epoch);
      held.set(account, (held.get(account) ?? 0) + good);
    }
  }
  let lost = 0;
  for (const account of ledger.accounts()) {
    const short = account.pending - (held.get(account) ?? 0);
    if (short === 0) continue;
    account.pending -= short;
    account.dirty = true;
    if (short < 0) {
      // The books themselves were damaged: what is held has surely been received.
      account.received -= short;
      continue;
    }
    lost += short;
    account.quarantined += short;
    quarantine.keep({
      reason: "decode-failed",
      detail: `${short} accepted readings were lost when the spool was damaged on disk`,
      device: account.device,
      epoch: account.epoch,
      topic: account.device === null ? "" : topicOf(account.device, "telemetry"),
      receivedAt: now,
      payload: new Uint8Array(0),
      readings: short,
    });
  }
  return lost;
}

/**
 * Opens the spool, brings the books up to date and begins to deliver what waits.
 * @throws Error when another process has the spool open.
 */
export function openPipeline(parts: PipelineParts, config: PipelineConfig = {}): Pipeline {
  const { registry, store, follower, log, now = Date.now } = parts;
  const batchLimits = { ...batchDefaults, ...config.batch };
  const spool = openSpool(parts.folder, now, follower?.durablePosition);
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
  const deliverer = createDeliverer(store, log, { ...retryDefaults, ...config.retry }, () => {
    counts.retries++;
  });
  const stopping = new AbortController();
  const load = (id: number) => loadRow(spool, judge, id);

  function follow(
    position: number,
    messages: readonly { samples: readonly Point[] }[],
    devices: readonly (Identity | null)[],
  ): void {
    if (!follower || position <= follower.durablePosition) return;
    const known = messages.flatMap(({ samples }, at) => {
      const identity = devices[at];
      const device = identity && samples.length > 0 ? registry.find(identity) : undefined;
      return device ? [{ device, samples }] : [];
    });
    follower.feed(position, known);
  }

  function onRow({ id, receipts, messages }: Row): void {
    counts.commits++;
    backlog.push(id, { receipts, messages, unreadable: new Map() });
    follow(
      id,
      messages,
      receipts.map(({ device }) => device),
    );
    wake();
  }

  // ── restore ──────────────────────────────────────────────────────────────────────────────────
  const pendingIds = spool.restore(ledger, latest, (id) => {
    const { receipts, messages } = load(id);
    receipts.forEach(({ device, receivedAt }, at) => {
      if (device) latest.note(device, receivedAt, messages[at]?.samples ?? []);
    });
  });
  if (follower) {
    for (let id = Math.max(follower.durablePosition, 0) + 1; id <= spool.lastId; id++) {
      const { receipts, messages } = load(id);
      follow(
        id,
        messages,
        receipts.map(({ device }) => device),
      );
    }
  }
  for (const id of pendingIds) backlog.push(id);
  counts.damagedReadings += bookLost(spool, ledger, quarantine, pendingIds, now());

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

  async function settle({ upTo, outcomes, aside }: Delivered): Promise<void> {
    for (;;) {
      try {
        spool.settle(upTo, outcomes, () => {
          for (const item of aside) quarantine.keep(item);
        });
        break;
      } catch (error) {
        log.error({ err: error }, "a delivery can't be recorded; it is tried again");
        await new Promise((resolve) => setTimeout(resolve, commitDefaults.retryMs));
        stopping.signal.throwIfAborted();
      }
    }
    for (const [device, epoch, tally] of outcomes)
      enterOutcome(ledger.account(device, epoch), tally);
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
      const slots = backlog.isLarge ? batchLimits.maxConcurrent : 1;
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

  // ── checkpoint ───────────────────────────────────────────────────────────────────────────────
  function checkpoint(): void {
    try {
      follower?.checkpoint();
      spool.checkpoint(ledger, latest, follower?.durablePosition ?? spool.lastId);
    } catch (error) {
      log.error(
        { err: error },
        "the books can't be written; they are brought up from the spool at the next start",
      );
    }
  }
  const timer = setInterval(checkpoint, checkpointEveryMs);
  if (spool.damage !== undefined)
    log.error(
      { keptAt: spool.damage },
      "the spool was damaged on disk; what could be read was saved",
    );

  let closing: Promise<void> | undefined;
  async function close(): Promise<void> {
    clearInterval(timer);
    committer.close();
    // A store that does not answer now is not waited for: what is left is delivered after the next start.
    const graceMs = deliverer.fault() === undefined ? closeGraceMs : 0;
    const grace = setTimeout(() => stopping.abort(), graceMs);
    await Promise.all(underWay);
    clearTimeout(grace);
    stopping.abort();
    wake();
    await delivering;
    checkpoint();
    spool.close();
  }

  return {
    name: spool.name,
    accept({ topic, payload }) {
      const receivedAt = now();
      counts.messages++;
      counts.bytes += payload.length;
      const judged = judge.judge(topic, payload, receivedAt);
      return committer.append({ judged, topic, payload, receivedAt });
    },
    ledger,
    latest,
    quarantine,
    counts,
    waitingRows: () => backlog.length,
    deliveredRow: () => spool.deliveredId,
    storeFault: deliverer.fault,
    ready() {
      const reasons = [committer.fault()].filter((reason) => reason !== undefined);
      if (closing) reasons.push("the ingest is closing");
      return { ok: reasons.length === 0, reasons };
    },
    async replay(id) {
      const item = quarantine.whole(id);
      if (!item) return "unknown";
      const { topic, payload, receivedAt, readings } = item;
      const judged = judge.judge(topic, payload, receivedAt);
      if (judged.good === 0) return "refused";
      await committer.append({
        judged: { ...judged, epoch: item.epoch, seq: null },
        topic,
        payload,
        receivedAt,
        replayed: { id, readings },
      });
      return "replayed";
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}
