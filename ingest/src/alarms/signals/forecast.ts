import type { RuleOf, Value } from "@kenh/schemas";
import { countOf, extend, type Past, tsAt, valueAt } from "./past.ts";
import type { Signal, WatchedDevice } from "./signal.ts";

/** A line through fewer is none. */
const leastPoints = 3;
/** As a share of the window that the trend is taken from: less of it tells no trend. */
const leastSpan = 0.5;

/**
 * `forecast`: the furthest value that the trend, a straight line fitted by least squares, reaches
 * between now and the horizon.
 */
export function readForecast(
  { trendMs, horizonMs, direction }: RuleOf<"forecast">,
  _device: WatchedDevice,
  memory: Past | null,
  ts: number,
  value: Value,
  signal: Signal,
): Past | undefined {
  if (typeof value !== "number") return undefined;
  const past = extend(memory, ts, value, trendMs);
  const line = fit(past, ts, trendMs);
  if (!line) {
    signal.known = "nothing";
    return past;
  }
  const then = line.now + line.slope * horizonMs;
  signal.value = direction === "above" ? Math.max(line.now, then) : Math.min(line.now, then);
  return past;
}

/** Value at `ts` and change in each millisecond. */
function fit(past: Past, ts: number, trendMs: number): { now: number; slope: number } | null {
  const count = countOf(past);
  let first = 0;
  while (tsAt(past, first) < ts - trendMs) first += 1;
  const points = count - first;
  if (points < leastPoints || ts - tsAt(past, first) < leastSpan * trendMs) return null;
  let sumX = 0;
  let sumY = 0;
  for (let at = first; at < count; at += 1) {
    sumX += tsAt(past, at) - ts;
    sumY += valueAt(past, at);
  }
  const meanX = sumX / points;
  const meanY = sumY / points;
  let across = 0;
  let along = 0;
  for (let at = first; at < count; at += 1) {
    const x = tsAt(past, at) - ts - meanX;
    across += x * (valueAt(past, at) - meanY);
    along += x * x;
  }
  const slope = across / along;
  return { now: meanY - slope * meanX, slope };
}
