import type { RuleOf, Value } from "@kenh/schemas";
import { median } from "./median.ts";
import type { Heard, WatchedDevice } from "./signal.ts";

/** The last values, oldest first; null where the median is of one. */
export type LastValues = readonly number[] | null;

/** `high`, `low`: the value itself, or the median of the last `medianOf`. */
export function readValue(
  { medianOf }: RuleOf<"high" | "low">,
  _device: WatchedDevice,
  memory: LastValues,
  _ts: number,
  value: Value,
): Heard<LastValues> | null {
  if (typeof value !== "number") return null;
  if (medianOf === 1) return { signal: { value }, memory };
  const last = [...(memory ?? []).slice(1 - medianOf), value];
  return { signal: last.length < medianOf ? null : { value: median(last) }, memory: last };
}

/** `outside`: the value itself. */
export function readBand(
  _rule: RuleOf<"outside">,
  _device: WatchedDevice,
  memory: null,
  _ts: number,
  value: Value,
): Heard<null> | null {
  return typeof value === "number" ? { signal: { value }, memory } : null;
}
