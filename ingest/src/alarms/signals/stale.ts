import type { RuleOf, Value } from "@kenh/schemas";
import type { Signal, WatchedDevice } from "./signal.ts";

/** `stale`: a sample came. That none did is a matter of time alone. */
export function readSample(
  _rule: RuleOf<"stale">,
  _device: WatchedDevice,
  _memory: null,
  _ts: number,
  _value: Value,
  signal: Signal,
): null {
  signal.holds = false;
  return null;
}

/** How long a device may be silent; null when nobody knows how often it sends. */
export function silenceOf(
  { intervals, leastMs, extraMs }: RuleOf<"stale">,
  { intervalMs }: WatchedDevice,
): number | null {
  return intervalMs === undefined ? null : Math.max(intervals * intervalMs, leastMs) + extraMs;
}
