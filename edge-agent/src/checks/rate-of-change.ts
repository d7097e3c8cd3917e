import { flags } from "@kenh/schemas";
import type { RateOfChangeConfig } from "./config.ts";
import { distance } from "./distance.ts";
import type { Judge } from "./judge.ts";

/**
 * QARTOD Rate of Change Test: a value that differs from the one before it by more than a rate allows
 * in the time between them is suspect (3). It never fails: nature may be fast.
 */
export function rateOfChange({ perSecond }: RateOfChangeConfig): Judge {
  let before: { readonly ts: number; readonly value: number } | undefined;
  return (ts, value) => {
    if (ts === before?.ts) return flags.notEvaluated;
    const from = before;
    before = { ts, value };
    if (!from || ts < from.ts) return flags.notEvaluated;
    const seconds = (ts - from.ts) / 1000;
    return distance(value, from.value) > perSecond * seconds ? flags.suspect : flags.pass;
  };
}
