import type { RuleOf } from "@kenh/schemas";
import type { Heard, WatchedDevice } from "./signal.ts";

/** `stale`: a sample came. That none did is a matter of time alone. */
export function readSample(): Heard<null> {
  return { signal: { value: null, holds: false }, memory: null };
}

/** How long a device may be silent; null when nobody knows how often it sends. */
export function silenceOf(
  { intervals, leastMs, extraMs }: RuleOf<"stale">,
  { intervalMs }: WatchedDevice,
): number | null {
  return intervalMs === undefined ? null : Math.max(intervals * intervalMs, leastMs) + extraMs;
}
