import { type AlarmRule, alarmRuleSchema } from "@kenh/schemas";
import type * as z from "zod";

type Written = z.input<typeof alarmRuleSchema>;
type Omitted = "message" | "cause" | "consequence" | "action" | "owner" | "examples" | "id";
/** What a test has to say of a rule; the rest is made up. */
type Given = Written extends infer R
  ? R extends Written
    ? Omit<R, Omitted | "measurement" | "quantity"> & Partial<R>
    : never
  : never;

const text = { vi: "Thử", en: "A test" };

/** A rule for a test, checked like any other. */
export function makeRule(given: Given): AlarmRule {
  const needs = !["stale", "combination"].includes(given.kind);
  return alarmRuleSchema.parse({
    id: "test.rule",
    measurement: "water",
    ...(needs && { quantity: "water_level_m" }),
    message: text,
    cause: text,
    consequence: text,
    action: text,
    owner: text,
    examples: [{ name: "none", samples: [{ ts: 0, values: {} }], transitions: [] }],
    ...given,
  });
}
