import * as z from "zod";
import { alarmEventSchema, prioritySchema } from "./alarm.ts";
import { sampleSchema } from "./envelope.ts";
import { identitySchema } from "./identity.ts";
import { profileNamePattern } from "./profile.ts";
import { measurementSchema, quantityNamePattern } from "./quantity.ts";
import { textSchema } from "./text.ts";

export const ruleIdSchema = z.string().regex(/^[a-z][a-z0-9_.-]{0,63}$/, {
  error: "must be lower case with digits and . _ -, such as water.bd3",
});
const quantity = z.string().regex(quantityNamePattern, {
  error: "must be the name of a quantity, such as water_level_m",
});
const durationMs = z.int().nonnegative();
const windowMs = z.int().positive();
const timeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, "must be a time of day in quotes, such as '06:00'");
const number = z.number({
  error: ({ input }) =>
    typeof input === "string"
      ? `is the text ${JSON.stringify(input)}: write the number alone, in the unit that the quantity's name ends in`
      : undefined,
});

/** A case that `kenh rules test` runs: readings in, transitions out. */
export const ruleExampleSchema = z.strictObject({
  name: z.string().min(1),
  samples: z
    .array(
      sampleSchema.extend({
        device: z
          .string()
          .optional()
          .describe("which device of the site, where the rule looks at several"),
      }),
    )
    .min(1),
  intervalMs: windowMs.optional().describe("the device's; a minute when absent"),
  until: z.int().optional().describe("the clock goes on to here after the last sample"),
  acknowledged: z
    .array(z.int())
    .optional()
    .describe("somebody acknowledges at these instants, after the samples up to then"),
  transitions: z.array(
    z.strictObject({
      at: z.int(),
      event: alarmEventSchema,
      priority: prioritySchema.optional().describe("of the level that holds from here"),
    }),
  ),
});
export type RuleExample = z.infer<typeof ruleExampleSchema>;

/** One step of severity of a rule. Levels stand from the mildest to the gravest. */
const levelShape = {
  priority: prioritySchema,
  message: textSchema.optional().describe("instead of the rule's, while this level holds"),
  onDelayMs: durationMs.optional().describe("instead of the rule's"),
  offDelayMs: durationMs.optional().describe("instead of the rule's"),
};
const limitLevelSchema = z.strictObject({
  ...levelShape,
  limit: number.describe("in the unit of what the rule compares"),
  clear: number
    .optional()
    .describe("ends beyond this value; instead of the limit and its hysteresis"),
});
export type LimitLevel = z.infer<typeof limitLevelSchema>;
const bandLevelSchema = z.strictObject({ ...levelShape, low: number, high: number });
export type BandLevel = z.infer<typeof bandLevelSchema>;

/** What every rule says, whatever its kind. */
const common = {
  id: ruleIdSchema,
  measurement: z
    .union([z.literal("*"), measurementSchema])
    .describe("applies to devices stored in this measurement; * to all that have the quantity"),
  devices: z
    .array(identitySchema)
    .min(1)
    .optional()
    .describe("and only to these identities; all of the measurement when absent"),
  profiles: z
    .array(z.string().regex(profileNamePattern))
    .min(1)
    .optional()
    .describe("and only to devices of these profiles"),
  enabled: z
    .boolean()
    .default(true)
    .describe("false: the ward has to name its devices or limits first"),
  silent: z
    .boolean()
    .default(false)
    .describe("a condition for combinations: judged, but never an alarm"),
  onDelayMs: durationMs.default(0).describe("the condition must hold this long in event time"),
  offDelayMs: durationMs.default(0),
  onSamples: z.int().positive().default(1).describe("and in this many readings in a row"),
  offSamples: z.int().positive().default(1),
  latch: z
    .boolean()
    .default(false)
    .describe(
      "an acknowledgement after the condition has gone is needed, even when there was one before",
    ),
  rearmStep: z
    .number()
    .positive()
    .optional()
    .describe(
      "an acknowledged alarm is announced again when its value has gone this much further than at the acknowledgement",
    ),
  schedule: z
    .strictObject({
      from: timeOfDay,
      to: timeOfDay,
      timeZone: z.string().default("Asia/Ho_Chi_Minh"),
    })
    .optional()
    .describe("readings outside these hours are passed over; no delay runs on past their end"),
  suppressedBy: z
    .array(ruleIdSchema)
    .default([])
    .describe("an active alarm of these rules on the same device says it already"),
  explains: z
    .strictObject({
      rules: z.array(ruleIdSchema).min(1),
      within: z.enum(["device", "gateway", "site", "unit"]),
    })
    .optional()
    .describe("alarms of these rules are suppressed while this one is active: it is their cause"),
  message: textSchema,
  cause: textSchema,
  consequence: textSchema,
  action: textSchema,
  owner: textSchema,
  examples: z.array(ruleExampleSchema).min(1),
};
/** For the kinds that have no levels. */
const alone = { ...common, priority: prioritySchema };
/** For the kinds that look at one quantity. */
const watching = {
  quantity,
  unit: z
    .string()
    .optional()
    .describe("the unit that the author has in mind: must be the quantity's"),
};
/** For the kinds that compare a number with limits. */
const limited = {
  ...common,
  ...watching,
  inclusive: z.boolean().default(true).describe("whether the limit itself counts"),
  levels: z.array(limitLevelSchema).min(1),
  hysteresis: z
    .number()
    .nonnegative()
    .default(0)
    .describe("ends this far on the good side of the limit"),
};
const compared = { ...limited, direction: z.enum(["above", "below"]).default("above") };
const highOrLow = {
  ...limited,
  medianOf: z
    .int()
    .positive()
    .max(31)
    .default(1)
    .describe("compares the median of so many readings"),
};

/** A rule of alarms: a signal (what is compared: `kind`), levels or one priority, and the timing. */
export const alarmRuleSchema = z.discriminatedUnion("kind", [
  z.strictObject({ ...highOrLow, kind: z.literal("high") }),
  z.strictObject({ ...highOrLow, kind: z.literal("low") }),
  z
    .strictObject({
      ...common,
      ...watching,
      kind: z.literal("outside"),
      levels: z.array(bandLevelSchema).min(1),
      hysteresis: z.number().nonnegative().default(0).describe("ends this far inside the band"),
    })
    .describe("the value leaves a band; its edges belong to it"),
  z
    .strictObject({
      ...compared,
      kind: z.literal("deviation"),
      periodMs: windowMs.describe(
        "how long ago the same phase was: a day, or 24 h 50 min for a tide",
      ),
      toleranceMs: durationMs.describe("how far from that instant a reading may be"),
    })
    .describe("the value less the value of the same phase one period before"),
  z
    .strictObject({ ...compared, kind: z.literal("rate"), windowMs })
    .describe("the change of the value within the window: above 0 it rises"),
  z
    .strictObject({ ...limited, kind: z.literal("jump"), windowMs })
    .describe(
      "the difference to the reading before, in either direction, if that is no older than the window or the device's rhythm",
    ),
  z
    .strictObject({
      ...compared,
      kind: z.literal("window"),
      statistic: z.enum(["mean", "sum", "min", "max"]),
      windowMs,
      coverage: z
        .number()
        .min(0)
        .max(1)
        .default(0.75)
        .describe("share of the window that must have readings, by the device's interval"),
    })
    .describe("mean, sum, least or greatest of a rolling window"),
  z
    .strictObject({
      ...compared,
      kind: z.literal("forecast"),
      trendMs: windowMs.describe("the straight line is fitted to the readings of this window"),
      horizonMs: windowMs.describe("and followed this far"),
    })
    .describe("the value that the trend reaches within the horizon"),
  z
    .strictObject({
      ...limited,
      kind: z.literal("anomaly"),
      windowMs: windowMs.describe("what is usual is learnt from this window before the reading"),
      leastSpread: z
        .number()
        .nonnegative()
        .default(0)
        .describe("a standard deviation below this is the sensor's own, in the quantity's unit"),
    })
    .describe("distance from the median of the window, in robust standard deviations"),
  z
    .strictObject({
      ...alone,
      ...watching,
      kind: z.literal("state"),
      equals: z
        .array(z.union([z.string(), z.number(), z.boolean()]))
        .min(1)
        .optional(),
      includes: z
        .array(z.string().min(1))
        .min(1)
        .optional()
        .describe("one of these words is among the words of the value"),
      bit: z.int().min(0).max(31).optional().describe("this bit is set"),
    })
    .describe("a state; it holds until the next reading, so its delay runs by the clock"),
  z
    .strictObject({
      ...alone,
      kind: z.literal("stale"),
      intervals: z.number().positive().default(3).describe("so many intervals without a sample"),
      leastMs: durationMs.default(120_000).describe("but no less than this"),
      extraMs: durationMs.default(0).describe("and this on top"),
    })
    .describe("no sample of the device came"),
  z
    .strictObject({
      ...alone,
      ...watching,
      kind: z.literal("frozen"),
      epsilon: z.number().nonnegative().describe("a change of no more than this is none"),
      forMs: windowMs,
      leastSamples: z.int().positive().default(5),
    })
    .describe("the value has not changed for this long"),
  z
    .strictObject({
      ...alone,
      kind: z.literal("combination"),
      all: z.array(ruleIdSchema).default([]).describe("the conditions of all these rules hold"),
      any: z.array(ruleIdSchema).default([]).describe("and of one of these"),
      none: z.array(ruleIdSchema).default([]).describe("and of none of these"),
      within: z
        .enum(["device", "site"])
        .default("device")
        .describe("site: on any device of the site; the alarm is on `<site>/site`"),
      share: z
        .number()
        .gt(0)
        .max(1)
        .optional()
        .describe("site: on this share of the devices that the rules watch"),
    })
    .describe("other rules' conditions together"),
]);
export type AlarmRule = z.infer<typeof alarmRuleSchema>;
export type RuleKind = AlarmRule["kind"];
export type RuleOf<K extends RuleKind> = Extract<AlarmRule, { kind: K }>;
