import type { RuleOf, Value } from "@kenh/schemas";
import { slots } from "./past.ts";
import type { Heard, Signal, WatchedDevice } from "./signal.ts";

type WindowRule = RuleOf<"window">;

/** What the readings of a stretch of time come to. */
interface Tally {
  readonly count: number;
  /** Their sum, or the least, or the greatest, as the rule asks. */
  readonly figure: number;
  /** How much time they stand for, in milliseconds. */
  readonly coveredMs: number;
}

/** The readings of a rolling window in slots, as `Past` has them. Plain JSON. */
export interface Rolling {
  /** `last instant, count, figure, coveredMs` of each slot that is over, one after the other. */
  readonly closed: readonly number[];
  /** All of them together. */
  readonly total: Tally | null;
  /** The present slot. */
  readonly open: Tally;
  readonly last: number;
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
): Heard<Rolling> | null {
  if (typeof value !== "number") return null;
  const { windowMs, coverage } = rule;
  // Who sends irregularly is taken to stand for a twelfth of the window at most.
  const most = intervalMs ?? windowMs / 12;
  const coveredMs = memory ? Math.min(ts - memory.last, most) : (intervalMs ?? 0);
  const one: Tally = { count: 1, figure: value, coveredMs };
  const rolling = roll(rule, memory, ts, one);
  const all = rolling.total ? merge(rule, rolling.total, rolling.open) : rolling.open;
  const complete = all.coveredMs >= coverage * windowMs;
  return { signal: signalOf(rule, all, complete), memory: rolling };
}

function signalOf({ statistic }: WindowRule, all: Tally, complete: boolean): Signal | null {
  if (statistic === "mean") return complete ? { value: all.figure / all.count } : null;
  if (complete) return { value: all.figure };
  return { value: all.figure, known: statistic === "min" ? "at most" : "at least" };
}

function roll(rule: WindowRule, memory: Rolling | null, ts: number, one: Tally): Rolling {
  if (!memory) return { closed: [], total: null, open: one, last: ts };
  const slotMs = rule.windowMs / slots;
  const same = Math.floor(memory.last / slotMs) === Math.floor(ts / slotMs);
  const oldest = ts - rule.windowMs;
  const expired = memory.closed.length > 0 && (memory.closed[0] as number) <= oldest;
  if (same && !expired) return { ...memory, open: merge(rule, memory.open, one), last: ts };
  let first = 0;
  while (first < memory.closed.length && (memory.closed[first] as number) <= oldest) first += width;
  const closed = memory.closed.slice(first);
  if (!same && memory.last > oldest) {
    const { count, figure, coveredMs } = memory.open;
    closed.push(memory.last, count, figure, coveredMs);
  }
  const open = same ? merge(rule, memory.open, one) : one;
  return { closed, total: totalOf(rule, closed), open, last: ts };
}

function merge(rule: WindowRule, a: Tally, b: Tally): Tally {
  return {
    count: a.count + b.count,
    figure: fold(rule, a.figure, b.figure),
    coveredMs: a.coveredMs + b.coveredMs,
  };
}

function fold({ statistic }: WindowRule, a: number, b: number): number {
  if (statistic === "min") return Math.min(a, b);
  return statistic === "max" ? Math.max(a, b) : a + b;
}

function totalOf(rule: WindowRule, closed: readonly number[]): Tally | null {
  if (closed.length === 0) return null;
  let count = closed[1] as number;
  let figure = closed[2] as number;
  let coveredMs = closed[3] as number;
  for (let at = width; at < closed.length; at += width) {
    count += closed[at + 1] as number;
    figure = fold(rule, figure, closed[at + 2] as number);
    coveredMs += closed[at + 3] as number;
  }
  return { count, figure, coveredMs };
}
