import type { RuleOf, Value } from "@kenh/schemas";
import { slots } from "./past.ts";
import type { Signal, WatchedDevice } from "./signal.ts";

type WindowRule = RuleOf<"window">;

/** What the readings of a stretch of time come to. */
interface Tally {
  count: number;
  /** Their sum, or the least, or the greatest, as the rule asks. */
  figure: number;
  /** How much time they stand for, in milliseconds. */
  coveredMs: number;
}

/** The readings of a rolling window in slots, as `Past` has them. Plain JSON. */
export interface Rolling {
  /** `last instant, count, figure, coveredMs` of each slot that is over, one after the other. */
  readonly closed: number[];
  /** All of them together. */
  total: Tally | null;
  /** The present slot. */
  readonly open: Tally;
  last: number;
}

const width = 4;

/**
 * `window`: mean, sum, least or greatest of the readings in `(ts − windowMs, ts]`. A reading stands for
 * the time since the one before, up to the device's interval. Where they cover too little, a mean is
 * unknown; a sum and a greatest are at least, a least is at most what was read (sums are of amounts:
 * none is below 0): enough to raise, never to clear.
 */
export function readWindow(
  rule: WindowRule,
  { intervalMs }: WatchedDevice,
  memory: Rolling | null,
  ts: number,
  value: Value,
  signal: Signal,
): Rolling | undefined {
  if (typeof value !== "number") return undefined;
  const { windowMs, coverage } = rule;
  // Who sends irregularly is taken to stand for a twelfth of the window at most.
  const most = intervalMs ?? windowMs / 12;
  const coveredMs = memory ? Math.min(ts - memory.last, most) : (intervalMs ?? 0);
  const rolling = memory
    ? roll(rule, memory, ts, value, coveredMs)
    : { closed: [], total: null, open: { count: 1, figure: value, coveredMs }, last: ts };
  tell(rule, rolling, coverage * windowMs, signal);
  return rolling;
}

/** What all of the window comes to. */
function tell({ statistic }: WindowRule, rolling: Rolling, wholeMs: number, signal: Signal): void {
  const { total, open } = rolling;
  const figure = total ? fold(statistic, total.figure, open.figure) : open.figure;
  const complete = (total?.coveredMs ?? 0) + open.coveredMs >= wholeMs;
  if (statistic === "mean") {
    if (complete) signal.value = figure / ((total?.count ?? 0) + open.count);
    else signal.known = "nothing";
    return;
  }
  signal.value = figure;
  if (!complete) signal.known = statistic === "min" ? "at most" : "at least";
}

/** Takes a reading in, and drops the slots that are out of the window. */
function roll(
  { windowMs, statistic }: WindowRule,
  rolling: Rolling,
  ts: number,
  value: number,
  coveredMs: number,
): Rolling {
  const { closed, open, last } = rolling;
  const slotMs = windowMs / slots;
  const same = Math.floor(last / slotMs) === Math.floor(ts / slotMs);
  const oldest = ts - windowMs;
  const expired = closed.length > 0 && (closed[0] as number) <= oldest;
  rolling.last = ts;
  if (!same || expired) {
    let first = 0;
    while (first < closed.length && (closed[first] as number) <= oldest) first += width;
    closed.splice(0, first);
    if (!same && last > oldest) closed.push(last, open.count, open.figure, open.coveredMs);
    rolling.total = totalOf(statistic, closed);
  }
  open.count = same ? open.count + 1 : 1;
  open.figure = same ? fold(statistic, open.figure, value) : value;
  open.coveredMs = same ? open.coveredMs + coveredMs : coveredMs;
  return rolling;
}

type Statistic = WindowRule["statistic"];

function fold(statistic: Statistic, a: number, b: number): number {
  if (statistic === "min") return Math.min(a, b);
  return statistic === "max" ? Math.max(a, b) : a + b;
}

function totalOf(statistic: Statistic, closed: readonly number[]): Tally | null {
  if (closed.length === 0) return null;
  let count = closed[1] as number;
  let figure = closed[2] as number;
  let coveredMs = closed[3] as number;
  for (let at = width; at < closed.length; at += width) {
    count += closed[at + 1] as number;
    figure = fold(statistic, figure, closed[at + 2] as number);
    coveredMs += closed[at + 3] as number;
  }
  return { count, figure, coveredMs };
}
