import type { RuleOf, Value } from "@kenh/schemas";
import { difference } from "./difference.ts";
import { extend, type Past, tsAt, valueAt, valueNear } from "./past.ts";
import type { Signal, WatchedDevice } from "./signal.ts";

/** How far from the window's beginning a reading may be and still stand for it, as a share of it. */
const tolerance = 0.25;

/**
 * `rate`: the value less what it was a window before. That one bad reading stands in the window makes
 * no change of it. While the readings reach less far back, the change since the oldest of them is
 * what is known: enough to raise, never to clear.
 */
export function readRate(
  { windowMs, direction }: RuleOf<"rate">,
  _device: WatchedDevice,
  memory: Past | null,
  ts: number,
  value: Value,
  signal: Signal,
): Past | undefined {
  if (typeof value !== "number") return undefined;
  const past = extend(memory, ts, value, windowMs * (1 + tolerance));
  const before = valueNear(past, ts - windowMs, windowMs * tolerance);
  if (before !== null) {
    signal.value = difference(value, before);
    return past;
  }
  const oldest = tsAt(past, 0);
  if (oldest === ts || oldest < ts - windowMs) {
    signal.known = "nothing";
    return past;
  }
  signal.known = direction === "above" ? "at least" : "at most";
  signal.value = difference(value, valueAt(past, 0));
  return past;
}
