import { setTimeout as pause } from "node:timers/promises";
import type { Clock, Identity, LedgerCounts } from "@kenh/schemas";
import type { Logger } from "pino";
import { Counter, Gauge, type Registry as Metrics } from "prom-client";
import type { Follower } from "../follow.ts";
import type { Ledger } from "../ledger.ts";
import type { Registry } from "../registry.ts";
import type { Point } from "../stores/store.ts";
import type { Currency } from "./assess.ts";
import { Book } from "./book.ts";
import { monthOf } from "./civil.ts";
import { type Contract, type Contracts, judgedSince } from "./contracts.ts";
import { Count } from "./count.ts";
import { freshnessStates } from "./freshness.ts";
import { Months } from "./months.ts";
import { sharingPoints, type Told } from "./tell.ts";

export interface SharingParts {
  readonly file: string;
  readonly contracts: Contracts;
  readonly registry: Pick<Registry, "all">;
  readonly now: Clock;
  readonly log: Pick<Logger, "info" | "warn" | "error">;
  readonly metrics: Metrics;
  /** Where a new book begins: of the rows before it nothing is counted. */
  readonly after: number;
}

/** What the look at the datasets needs beside the stream. */
export interface SharingEnds {
  readonly ledger: Pick<Ledger, "accounts">;
  readonly write: (points: readonly Point[]) => Promise<void>;
}

/** A dataset goes overdue within a quarter of a minute; nobody needs it sooner. */
const everyMs = 15_000;
/** The month that goes on is summed up so often for the dashboards. */
const sumEveryMs = 5 * 60_000;

/** Contracts of data and how they are kept: a reader of the stream with a book of its own. */
export interface Sharing extends Follower {
  /** Those of the moment. */
  readonly contracts: Contracts;
  readonly months: Months;
  readonly book: Book;
  readonly count: Count;
  /** How current each dataset is now. */
  current(): [Contract, Currency][];
  /** Brings rosters and the ledger's counts up to now, closes months that are over. */
  look(ends: Pick<SharingEnds, "ledger">): void;
  /** Other contracts are in force. @throws Error when what was counted can't be written */
  take(contracts: Contracts): void;
  /** Looks again and again, and tells the store, until the signal aborts. */
  run(ends: SharingEnds, signal: AbortSignal): Promise<void>;
  /** Idempotent. */
  close(): void;
}

/** Opens or creates the book of who shared what. @throws Error when the file can't be opened */
export function openSharing(parts: SharingParts): Sharing {
  const { registry, now, log, metrics } = parts;
  const book = new Book(parts.file, { position: parts.after, at: now() }, (keptAt) =>
    log.error(
      { keptAt },
      "the book of shared data was damaged on disk; what could be read was saved",
    ),
  );
  let inForce = judgedSince(parts.contracts, book.begunAt);
  /** What everybody looks at: those of the moment. */
  const contracts: Contracts = {
    get authority() {
      return inForce.authority;
    },
    get agencies() {
      return inForce.agencies;
    },
    get datasets() {
      return inForce.datasets;
    },
  };
  const count = new Count({ contracts, registry, book, now });
  const months = new Months({ contracts, book, count, now });
  count.horizon = months.horizon();
  const current = (): [Contract, Currency][] => {
    count.checkpoint();
    return [...contracts.datasets.values()]
      .filter(({ force }) => force.start <= now() && force.end > now())
      .map((contract) => [contract, months.currency(contract, now())]);
  };
  let standing: ReturnType<typeof current> = [];
  new Gauge({
    name: "kenh_sharing_datasets",
    help: "Datasets under contract, by how current they are",
    labelNames: ["state"] as const,
    registers: [metrics],
    collect() {
      try {
        standing = current();
      } catch {
        // A disk that is full keeps nobody from reading metrics: it is told as it was.
      }
      for (const state of freshnessStates) this.set({ state }, 0);
      for (const [, { state }] of standing) this.inc({ state });
    },
  });
  new Counter({
    name: "kenh_sharing_ignored_readings_total",
    help: "Readings of a dataset that are of before its contract or older than any report",
    registers: [metrics],
    collect() {
      this.reset();
      this.inc(count.ignored);
    },
  });

  function look({ ledger }: Pick<SharingEnds, "ledger">): void {
    count.sync();
    book.ledger.note(monthOf(now()), sumsOf(ledger, count, contracts));
    count.checkpoint();
    for (const month of months.close()) {
      log.info({ month }, "the month is closed: its report on shared data stands");
      count.horizon = months.horizon();
      book.forget(count.horizon);
    }
  }

  return {
    contracts,
    months,
    book,
    count,
    current,
    look,
    take(other) {
      const judged = judgedSince(other, book.begunAt);
      count.take(judged);
      inForce = judged;
      count.horizon = months.horizon();
    },
    feed: (...fed) => count.feed(...fed),
    checkpoint: () => count.checkpoint(),
    get durablePosition() {
      return count.durablePosition;
    },
    async run(ends, signal) {
      const told = new Map<string, Told>();
      let summedAt = Number.NEGATIVE_INFINITY;
      let report: ReturnType<Months["report"]>;
      while (!signal.aborted) {
        try {
          look(ends);
          if (now() - summedAt >= sumEveryMs) {
            report = months.report(monthOf(now()));
            summedAt = now();
          }
          const points = sharingPoints(current(), report, told, now());
          if (points.length > 0) await ends.write(points);
        } catch (error) {
          told.clear();
          log.warn({ err: error }, "the state of shared data can't be kept; tried again soon");
        }
        await pause(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
      }
    },
    close() {
      book.close();
    },
  };
}

/** What the ledger counts of the devices of each dataset. */
function sumsOf(
  ledger: Pick<Ledger, "accounts">,
  count: Count,
  contracts: Contracts,
): Map<string, LedgerCounts> {
  const sums = new Map<string, { -readonly [Name in keyof LedgerCounts]: number }>();
  const own = new Map<Identity, string>(
    [...contracts.datasets.values()].flatMap(({ records, identity, id }) =>
      records ? [[identity, id]] : [],
    ),
  );
  for (const account of ledger.accounts()) {
    if (account.device === null) continue;
    const dataset = own.get(account.device);
    const datasets = dataset === undefined ? count.datasetsOf(account.device) : [dataset];
    for (const id of datasets) {
      const sum = sums.get(id) ?? {
        received: 0,
        stored: 0,
        duplicate: 0,
        quarantined: 0,
        pending: 0,
      };
      sums.set(id, sum);
      sum.received += account.received;
      sum.stored += account.stored;
      sum.duplicate += account.duplicate;
      sum.quarantined += account.quarantined;
      sum.pending += account.pending;
    }
  }
  return sums;
}
