import type { RuleOf, Value } from "@kenh/schemas";
import { median } from "./median.ts";
import type { Signal, WatchedDevice } from "./signal.ts";

/** The last values, oldest first; null where the median is of one. */
export type LastValues = number[] | null;

/** `high`, `low`: the value itself, or the median of the last `medianOf`. */
export function readValue(
  { medianOf }: RuleOf<"high" | "low">,
  _device: WatchedDevice,
  memory: LastValues,
  _ts: number,
  value: Value,
  signal: Signal,
): LastValues | undefined {
  if (typeof value !== "number") return undefined;
  if (medianOf === 1) {
    signal.value = value;
    return null;
  }
  const last = memory ?? [];
  last.push(value);
  while (last.length > medianOf) last.shift();
  if (last.length < medianOf) signal.known = "nothing";
  else signal.value = median(last);
  return last;
}

/** `outside`: the value itself. */
export function readBand(
  _rule: RuleOf<"outside">,
  _device: WatchedDevice,
  _memory: null,
  _ts: number,
  value: Value,
  signal: Signal,
): null | undefined {
  if (typeof value !== "number") return undefined;
  signal.value = value;
  return null;
}
