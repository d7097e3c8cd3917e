import { flags } from "@kenh/schemas";
import type { RangeConfig } from "./config.ts";
import type { Judge } from "./judge.ts";

/**
 * QARTOD Gross Range Test: what lies outside the span of the sensor (`min`, `max`) fails (4); what
 * lies outside the span that the operator expects (`suspectMin`, `suspectMax`) is suspect (3); the
 * bounds themselves lie inside.
 */
export function grossRange({ min, max, suspectMin, suspectMax }: RangeConfig): Judge {
  const outside = (value: number, low = Number.NEGATIVE_INFINITY, high = Infinity): boolean =>
    value < low || value > high;
  return (_, value) => {
    if (outside(value, min, max)) return flags.fail;
    return outside(value, suspectMin, suspectMax) ? flags.suspect : flags.pass;
  };
}
