import type { LedgerCounts, LedgerEpoch, LedgerReport } from "@kenh/schemas";
import { Ranges } from "./ranges.ts";

/** An outbox in the books of several ingests. */
export interface SummedEpoch extends LedgerEpoch {
  /** Messages that stand in the books of more than one: each of these counts them. */
  readonly inSeveral: number;
}

export interface SummedLedger extends LedgerReport {
  readonly epochs: readonly SummedEpoch[];
}

type Range = readonly [first: number, last: number];

/**
 * The books of ingests that share one stream, as one. Counts are added; of an outbox a message is
 * missing that none of them has seen, up to the greatest that any has.
 */
export function sumLedgers(reports: readonly LedgerReport[]): SummedLedger {
  const byOutbox = Map.groupBy(
    reports.flatMap(({ epochs }) => epochs),
    ({ device, epoch }) => JSON.stringify([device, epoch]),
  );
  const epochs = [...byOutbox.values()].map(sumOf);
  return { total: countsOf(reports.map(({ total }) => total)), epochs };
}

function sumOf(all: readonly LedgerEpoch[]): SummedEpoch {
  const [{ device, epoch }] = all as [LedgerEpoch];
  const seen = all.flatMap(seenOf).sort(([a], [b]) => a - b);
  const union: [number, number][] = [];
  for (const [from, to] of seen) {
    const before = union.at(-1);
    if (before && from <= before[1] + 1) before[1] = Math.max(before[1], to);
    else union.push([from, to]);
  }
  return {
    ...{ device, epoch, ...countsOf(all) },
    missing: new Ranges(union).missing(1),
    last: union.at(-1)?.[1] ?? null,
    inSeveral: sizeOf(seen) - sizeOf(union),
  };
}

/** The numbers that one of them has seen. */
function seenOf({ missing, last }: LedgerEpoch): Range[] {
  if (last === null) return [];
  const seen: Range[] = [];
  let next = 1;
  for (const [from, to] of missing) {
    if (from > next) seen.push([next, from - 1]);
    next = to + 1;
  }
  if (next <= last) seen.push([next, last]);
  return seen;
}

const sizeOf = (ranges: readonly Range[]): number =>
  ranges.reduce((all, [from, to]) => all + to - from + 1, 0);

function countsOf(all: readonly LedgerCounts[]): LedgerCounts {
  const sum = (count: (one: LedgerCounts) => number) =>
    all.reduce((total, one) => total + count(one), 0);
  return {
    received: sum(({ received }) => received),
    stored: sum(({ stored }) => stored),
    duplicate: sum(({ duplicate }) => duplicate),
    quarantined: sum(({ quarantined }) => quarantined),
    pending: sum(({ pending }) => pending),
  };
}
