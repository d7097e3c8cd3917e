import type { RuleOf, Value } from "@kenh/schemas";
import { difference } from "./difference.ts";
import type { Heard, WatchedDevice } from "./signal.ts";

/** Readings in a row that differ by no more than the rule's epsilon. */
export interface Run {
  readonly from: number;
  readonly last: number;
  readonly count: number;
  readonly least: number | string;
  readonly greatest: number | string;
}

/**
 * `frozen`: whether the value, a number or a text, has stayed the same for so long and in so many
 * readings. Silence as long as that proves nothing.
 */
export function readFrozen(
  { epsilon, forMs, leastSamples }: RuleOf<"frozen">,
  _device: WatchedDevice,
  memory: Run | null,
  ts: number,
  value: Value,
): Heard<Run> | null {
  if (typeof value === "boolean") return null;
  const joined = memory !== null && ts - memory.last < forMs ? join(memory, value, epsilon) : null;
  const run =
    memory !== null && joined !== null
      ? { ...joined, from: memory.from, last: ts, count: Math.min(memory.count + 1, leastSamples) }
      : { from: ts, last: ts, count: 1, least: value, greatest: value };
  const holds = ts - run.from >= forMs && run.count >= leastSamples;
  return { signal: { value: typeof value === "number" ? value : null, holds }, memory: run };
}

/** The extremes with one more value; null when that is a change. */
function join({ least, greatest }: Run, value: number | string, epsilon: number) {
  if (typeof value === "string" || typeof least === "string" || typeof greatest === "string") {
    return value === least ? { least, greatest } : null;
  }
  const low = Math.min(least, value);
  const high = Math.max(greatest, value);
  return difference(high, low) <= epsilon ? { least: low, greatest: high } : null;
}
