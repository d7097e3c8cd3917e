import type { RuleOf, Value } from "@kenh/schemas";
import { difference } from "./difference.ts";
import type { Signal, WatchedDevice } from "./signal.ts";

/** Readings in a row that differ by no more than the rule's epsilon. */
export interface Run {
  from: number;
  last: number;
  count: number;
  least: number | string;
  greatest: number | string;
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
  signal: Signal,
): Run | undefined {
  if (typeof value === "boolean") return undefined;
  const run = memory ?? { from: ts, last: ts, count: 0, least: value, greatest: value };
  if (ts - run.last < forMs && join(run, value, epsilon)) {
    run.count = Math.min(run.count + 1, leastSamples);
  } else {
    run.from = ts;
    run.count = 1;
    run.least = run.greatest = value;
  }
  run.last = ts;
  if (typeof value === "number") signal.value = value;
  signal.holds = ts - run.from >= forMs && run.count >= leastSamples;
  return run;
}

/** Takes one more value into the extremes; false when that is a change. */
function join(run: Run, value: number | string, epsilon: number): boolean {
  const { least, greatest } = run;
  if (typeof value === "string" || typeof least === "string" || typeof greatest === "string") {
    return value === least;
  }
  const low = Math.min(least, value);
  const high = Math.max(greatest, value);
  if (difference(high, low) > epsilon) return false;
  run.least = low;
  run.greatest = high;
  return true;
}
