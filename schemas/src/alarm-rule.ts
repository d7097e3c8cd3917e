import * as z from "zod";
import { alarmEventSchema, prioritySchema } from "./alarm.ts";
import { sampleSchema } from "./envelope.ts";
import { measurementSchema, quantityNamePattern } from "./quantity.ts";
import { textSchema } from "./text.ts";

/** A case that `kenh rules test` runs: readings in, transitions out. */
export const ruleExampleSchema = z.strictObject({
  name: z.string().min(1),
  samples: z.array(sampleSchema).min(1),
  transitions: z.array(z.strictObject({ at: z.int(), event: alarmEventSchema })),
});

/** A high-level alarm: raised at the limit, cleared below it by the hysteresis, each after its delay. */
export const alarmRuleSchema = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9_.-]{0,63}$/),
  kind: z.literal("high"),
  measurement: measurementSchema.describe("applies to devices stored in this measurement"),
  devices: z
    .array(z.string())
    .min(1)
    .optional()
    .describe("and only to these identities; all of the measurement when absent"),
  quantity: z.string().regex(quantityNamePattern),
  limit: z.number().describe("in the quantity's unit"),
  hysteresis: z.number().nonnegative().describe("clears below limit − hysteresis"),
  onDelayMs: z.int().nonnegative().describe("the condition must hold this long in event time"),
  offDelayMs: z.int().nonnegative(),
  priority: prioritySchema,
  message: textSchema,
  cause: textSchema,
  consequence: textSchema,
  action: textSchema,
  owner: textSchema,
  examples: z.array(ruleExampleSchema).min(1),
});
export type AlarmRule = z.infer<typeof alarmRuleSchema>;

/** A file of `rules/`. */
export const ruleFileSchema = z.strictObject({
  version: z.literal(1),
  rules: z.array(alarmRuleSchema).min(1),
});
export type RuleFile = z.infer<typeof ruleFileSchema>;
