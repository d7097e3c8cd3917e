import type { RuleOf, Value } from "@kenh/schemas";
import { difference } from "./difference.ts";
import { extend, type Past, slots, valueNear } from "./past.ts";
import type { Signal, WatchedDevice } from "./signal.ts";

/** `deviation`: the value less what it was one period before. Nothing where nobody knows what that was. */
export function readDeviation(
  { periodMs, toleranceMs }: RuleOf<"deviation">,
  _device: WatchedDevice,
  memory: Past | null,
  ts: number,
  value: Value,
  signal: Signal,
): Past | undefined {
  if (typeof value !== "number") return undefined;
  // No finer than the slots that the past is kept in.
  const tolerance = Math.max(toleranceMs, periodMs / slots);
  const past = extend(memory, ts, value, periodMs + tolerance);
  const before = valueNear(past, ts - periodMs, tolerance);
  if (before === null) signal.known = "nothing";
  else signal.value = difference(value, before);
  return past;
}
