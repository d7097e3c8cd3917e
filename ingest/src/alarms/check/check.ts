import type { AlarmRule } from "@kenh/schemas";
import type { Check, Fault, Known } from "./fault.ts";
import { checkLevels } from "./levels.ts";
import { checkQuantity } from "./quantity.ts";
import { checkReferences } from "./references.ts";
import { checkTiming } from "./timing.ts";

const checks: readonly Check[] = [checkQuantity, checkLevels, checkTiming, checkReferences];

/** Everything that is wrong with a rule among the others, beyond its form. Pure. */
export function checkRule(rule: AlarmRule, known: Known): Fault[] {
  return checks.flatMap((check) => [...check(rule, known)]);
}

/** The devices that a rule names and nobody has registered. Pure. */
export function strangersOf({ devices }: Pick<AlarmRule, "devices">, known: Known): string[] {
  if (known.devices.size === 0) return [];
  return (devices ?? []).filter((identity) => !known.devices.has(identity));
}
