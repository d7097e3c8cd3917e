import { quantityNamePattern } from "@kenh/schemas";
import * as z from "zod";

/** Defaults, each with its reason. */
const checkDefaults = {
  /** Nodes in the field report every 5 to 10 min; after an hour a tide has moved on by itself. */
  spikeWithinMs: 3_600_000,
} as const;

const positive = z.number().positive();
const milliseconds = z.int().positive();

const rangeSchema = z
  .strictObject({
    min: z.number().optional().describe("below it the value fails (4)"),
    max: z.number().optional().describe("above it the value fails (4)"),
    suspectMin: z.number().optional().describe("below it the value is suspect (3)"),
    suspectMax: z.number().optional().describe("above it the value is suspect (3)"),
  })
  .refine((r) => Object.values(r).some((bound) => bound !== undefined), {
    error: "has no bound: give min, max, suspectMin or suspectMax",
  })
  .refine(
    ({ min, suspectMin, suspectMax, max }) => {
      const bounds = [min, suspectMin, suspectMax, max].filter((bound) => bound !== undefined);
      return bounds.every((bound, at) => at === 0 || (bounds[at - 1] as number) < bound);
    },
    { error: "needs min < suspectMin < suspectMax < max, as far as they are given" },
  );
export type RangeConfig = z.output<typeof rangeSchema>;

const spikeSchema = z
  .strictObject({
    suspect: positive.describe("deviation above which the value is suspect (3), in its unit"),
    fail: positive.optional().describe("deviation above which it fails (4)"),
    withinMs: milliseconds
      .default(checkDefaults.spikeWithinMs)
      .describe("values further apart in time are no neighbours"),
  })
  .refine((s) => s.fail === undefined || s.fail > s.suspect, {
    path: ["fail"],
    error: "must be above suspect",
  });
export type SpikeConfig = z.output<typeof spikeSchema>;

const flatLineSchema = z
  .strictObject({
    forMs: milliseconds.describe("a value that has not moved for so long is suspect (3)"),
    failForMs: milliseconds.optional().describe("and after so long it fails (4)"),
    tolerance: z.number().nonnegative().describe("what counts as not moved, in the unit"),
  })
  .refine((f) => f.failForMs === undefined || f.failForMs > f.forMs, {
    path: ["failForMs"],
    error: "must be above forMs",
  });
export type FlatLineConfig = z.output<typeof flatLineSchema>;

const rateOfChangeSchema = z.strictObject({
  perSecond: positive.describe("a faster change is suspect (3), in the unit per second"),
});
export type RateOfChangeConfig = z.output<typeof rateOfChangeSchema>;

const quantityName = z.string().regex(quantityNamePattern, {
  error: "must be a quantity, lower case with digits and _, such as water_level_m",
});

/** Checks by quantity. */
export const checksSchema = z.record(
  quantityName,
  z.strictObject({
    range: rangeSchema.optional(),
    spike: spikeSchema.optional(),
    flatLine: flatLineSchema.optional(),
    rateOfChange: rateOfChangeSchema.optional(),
  }),
);
export type ChecksConfig = z.output<typeof checksSchema>;

const deadbandSchema = z.strictObject({
  absolute: z.number().nonnegative().default(0).describe("in the unit of the quantity"),
  relative: z.number().nonnegative().default(0).describe("share of the value reported last"),
});
const deadbandsSchema = z
  .record(quantityName, deadbandSchema)
  .default({})
  .describe('by quantity; "default" is for all others');
const periodMs = milliseconds.describe("at most so long without a report, or so often");

/** When a reading is worth a report. */
export const reportSchema = z.discriminatedUnion("on", [
  z.strictObject({ on: z.literal("change"), deadband: deadbandsSchema }),
  z.strictObject({ on: z.literal("period"), periodMs }),
  z.strictObject({ on: z.literal("both"), periodMs, deadband: deadbandsSchema }),
]);
export type ReportConfig = z.output<typeof reportSchema>;
