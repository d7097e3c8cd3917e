import type { RuleOf, Value } from "@kenh/schemas";
import type { Signal, WatchedDevice } from "./signal.ts";

/** `combination`: whether the conditions of the others together hold, which the caller has found out. */
export function readCombination(
  _rule: RuleOf<"combination">,
  _device: WatchedDevice,
  _memory: null,
  _ts: number,
  value: Value,
  signal: Signal,
): null | undefined {
  if (typeof value !== "boolean") return undefined;
  signal.holds = value;
  return null;
}

/** Whether a combination holds on one device. @param holds whether the condition of a rule does */
export function combined(
  { all, any, none }: Pick<RuleOf<"combination">, "all" | "any" | "none">,
  holds: (rule: string) => boolean,
): boolean {
  return all.every(holds) && (any.length === 0 || any.some(holds)) && !none.some(holds);
}
