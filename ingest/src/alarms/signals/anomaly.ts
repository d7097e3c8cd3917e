import type { RuleOf, Value } from "@kenh/schemas";
import { median } from "./median.ts";
import { slots } from "./past.ts";
import type { Signal, WatchedDevice } from "./signal.ts";

/** What is usual, learnt from the first reading of each slot of the window. Plain JSON. */
export interface Usual {
  /** `ts, value` of those readings, oldest first; the last one is of the present slot. */
  readonly learnt: number[];
  /** Of all but the last one; null while they are too few. */
  median: number | null;
  spread: number;
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
  signal: Signal,
): Usual | undefined {
  if (typeof value !== "number") return undefined;
  const usual = memory ?? { learnt: [], median: null, spread: 0 };
  learn(rule, usual, ts, value);
  const distance = usual.median === null ? 0 : Math.abs(value - usual.median);
  const spread = Math.max(usual.spread, rule.leastSpread);
  if (usual.median === null || (spread === 0 && distance > 0)) signal.known = "nothing";
  else signal.value = distance === 0 ? 0 : distance / spread;
  return usual;
}

/** What is usual follows from the slots that are over: it is found out once for each. */
function learn({ windowMs }: RuleOf<"anomaly">, usual: Usual, ts: number, value: number): void {
  const { learnt } = usual;
  const slotMs = windowMs / slots;
  const present = learnt.at(-2);
  if (present !== undefined && Math.floor(present / slotMs) === Math.floor(ts / slotMs)) return;
  let first = 0;
  while ((learnt[first] ?? ts) < ts - windowMs) first += 2;
  learnt.splice(0, first);
  const values = learnt.filter((_, at) => at % 2 === 1);
  const oldest = learnt[0] ?? ts;
  learnt.push(ts, value);
  usual.median = null;
  usual.spread = 0;
  if (values.length < leastReadings || ts - oldest < leastSpan * windowMs) return;
  const middle = median(values);
  const deviations = values.map((each) => Math.abs(each - middle));
  const mean = deviations.reduce((sum, each) => sum + each, 0) / deviations.length;
  usual.median = middle;
  usual.spread = perMedianDeviation * median(deviations) || perMeanDeviation * mean;
}
