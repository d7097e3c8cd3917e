import type { Priority } from "./alarm.ts";
import type { AlarmRule } from "./alarm-rule.ts";
import type { Text } from "./text.ts";

/** What a level of any kind says; a rule without levels is its own only one. */
export interface RuleLevel {
  readonly priority: Priority;
  readonly message?: Text | undefined;
  readonly onDelayMs?: number | undefined;
  readonly offDelayMs?: number | undefined;
}

/** The levels of a rule from the mildest to the gravest; at least one. */
export function levelsOf(rule: AlarmRule): readonly [RuleLevel, ...RuleLevel[]] {
  return ("levels" in rule ? rule.levels : [rule]) as unknown as [RuleLevel, ...RuleLevel[]];
}

/** The quantity that a rule watches; null for the kinds that look at no single one. */
export function quantityOf(rule: AlarmRule): string | null {
  return "quantity" in rule ? rule.quantity : null;
}

/**
 * The limit of a level, in the unit of what the rule compares: of a band the edge that `value` lies
 * beyond. Null for the kinds without limits.
 */
export function limitOf(rule: AlarmRule, level: number, value: number | null): number | null {
  if (!("levels" in rule)) return null;
  const given = rule.levels[level];
  if (given === undefined) return null;
  if ("limit" in given) return given.limit;
  if (value === null) return null;
  return value > (given.low + given.high) / 2 ? given.high : given.low;
}
