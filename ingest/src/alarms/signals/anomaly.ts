import type { RuleOf, Value } from "@kenh/schemas";
import { median } from "./median.ts";
import { slots } from "./past.ts";
import type { Heard, WatchedDevice } from "./signal.ts";

/** What is usual, learnt from the first reading of each slot of the window. Plain JSON. */
export interface Usual {
  /** `ts, value` of those readings, oldest first; the last one is of the present slot. */
  readonly learnt: readonly number[];
  /** Of all but the last one; null while they are too few. */
  readonly median: number | null;
  readonly spread: number;
}

/** Below this nobody knows what is usual. */
const leastReadings = 20;
/** As a share of the window. */
const leastSpan = 0.5;
/** Of a normal distribution: standard deviation in median absolute deviations, and in mean ones. */
const perMedianDeviation = 1.4826;
const perMeanDeviation = 1.2533;

/**
 * `anomaly`: how many robust standard deviations the value is away from the median of the window before
 * it, in either direction. The spread is taken from the median of the deviations, or from their mean
 * where more than half of the readings are alike. Where all are alike and the rule names no
 * `leastSpread`, no distance can be told. The rule knows no hours, seasons or reasons: what is rare
 * within its window is an anomaly, and what lasts for half of it is usual.
 */
export function readAnomaly(
  rule: RuleOf<"anomaly">,
  _device: WatchedDevice,
  memory: Usual | null,
  ts: number,
  value: Value,
): Heard<Usual> | null {
  if (typeof value !== "number") return null;
  const usual = learn(rule, memory, ts, value);
  if (usual.median === null) return { signal: null, memory: usual };
  const distance = Math.abs(value - usual.median);
  const spread = Math.max(usual.spread, rule.leastSpread);
  if (spread === 0 && distance > 0) return { signal: null, memory: usual };
  return { signal: { value: distance === 0 ? 0 : distance / spread }, memory: usual };
}

function learn(rule: RuleOf<"anomaly">, memory: Usual | null, ts: number, value: number): Usual {
  if (!memory) return { learnt: [ts, value], median: null, spread: 0 };
  const { windowMs } = rule;
  const slotMs = windowMs / slots;
  const present = memory.learnt.at(-2) as number;
  if (Math.floor(present / slotMs) === Math.floor(ts / slotMs)) return memory;
  let first = 0;
  while ((memory.learnt[first] ?? ts) < ts - windowMs) first += 2;
  const before = memory.learnt.slice(first);
  const learnt = [...before, ts, value];
  const values = before.filter((_, at) => at % 2 === 1);
  const oldest = before[0] ?? ts;
  if (values.length < leastReadings || ts - oldest < leastSpan * windowMs) {
    return { learnt, median: null, spread: 0 };
  }
  const middle = median(values);
  const deviations = values.map((each) => Math.abs(each - middle));
  const mean = deviations.reduce((sum, each) => sum + each, 0) / deviations.length;
  const spread = perMedianDeviation * median(deviations) || perMeanDeviation * mean;
  return { learnt, median: middle, spread };
}
