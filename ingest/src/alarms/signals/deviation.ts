import type { RuleOf, Value } from "@kenh/schemas";
import { difference } from "./difference.ts";
import { extend, type Past, slots, valueNear } from "./past.ts";
import type { Heard, WatchedDevice } from "./signal.ts";

/** `deviation`: the value less what it was one period before. Nothing where nobody knows what that was. */
export function readDeviation(
  { periodMs, toleranceMs }: RuleOf<"deviation">,
  _device: WatchedDevice,
  memory: Past | null,
  ts: number,
  value: Value,
): Heard<Past> | null {
  if (typeof value !== "number") return null;
  // No finer than the slots that the past is kept in.
  const tolerance = Math.max(toleranceMs, periodMs / slots);
  const past = extend(memory, ts, value, periodMs + tolerance);
  const before = valueNear(past, ts - periodMs, tolerance);
  return { signal: before === null ? null : { value: difference(value, before) }, memory: past };
}
