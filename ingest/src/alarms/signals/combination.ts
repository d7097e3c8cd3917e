import type { RuleOf, Value } from "@kenh/schemas";
import type { Heard, WatchedDevice } from "./signal.ts";

/** `combination`: whether the conditions of the others together hold, which the caller has found out. */
export function readCombination(
  _rule: RuleOf<"combination">,
  _device: WatchedDevice,
  memory: null,
  _ts: number,
  value: Value,
): Heard<null> | null {
  if (typeof value !== "boolean") return null;
  return { signal: { value: null, holds: value }, memory };
}

/** Whether a combination holds on one device. @param holds whether the condition of a rule does */
export function combined(
  { all, any, none }: Pick<RuleOf<"combination">, "all" | "any" | "none">,
  holds: (rule: string) => boolean,
): boolean {
  return all.every(holds) && (any.length === 0 || any.some(holds)) && !none.some(holds);
}
