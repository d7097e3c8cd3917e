import * as z from "zod";
import { alarmRuleSchema, ruleIdSchema } from "./alarm-rule.ts";
import { identitySchema } from "./identity.ts";

/** What a ward sets otherwise than the shipped rule, for all or for some of its devices. */
export const ruleChangeSchema = z.strictObject({
  rule: ruleIdSchema,
  devices: z
    .array(identitySchema)
    .min(1)
    .optional()
    .describe("all that the rule watches when absent"),
  set: z
    .record(z.string(), z.unknown())
    .describe("fields of the rule to replace; what results is checked like any rule"),
});
export type RuleChange = z.infer<typeof ruleChangeSchema>;

/** A file of `rules/`. */
export const ruleFileSchema = z.strictObject({
  version: z.literal(1),
  rules: z.array(alarmRuleSchema).default([]),
  changes: z.array(ruleChangeSchema).default([]),
});
export type RuleFile = z.infer<typeof ruleFileSchema>;
