import { type Flag, isTrusted, type Value } from "@kenh/schemas";
import { type Evaluation, unevaluated, type Verdict } from "./evaluate.ts";
import type { Subject } from "./subjects.ts";

/** What is said of a reading that asked nothing. */
export const calm: Verdict = {
  state: unevaluated,
  crossings: [],
  late: false,
  signal: { value: null },
};

/**
 * Most readings of most rules: the rule is calm, the value leaves it so and comes in its turn. Then
 * nothing is made anew; the instant alone is kept (`passed`), so that what is older still counts as late.
 */
export function asksNothing(
  { plan, states, passed }: Subject,
  index: number,
  ts: number,
  value: Value | null,
  flag: Flag,
): boolean {
  const asks = plan.asks[index];
  if (asks === undefined || typeof value !== "number" || !isTrusted(flag)) return false;
  const { levels, lastTs } = states[index] as Evaluation;
  if (levels.length > 0 || (lastTs !== null && ts <= lastTs)) return false;
  const last = passed[index];
  return (last === undefined || ts > last) && !asks(value);
}
