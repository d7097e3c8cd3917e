import * as z from "zod";
import { profileSampleSchema, profileSourceSchema } from "./profile-source.ts";
import { measurementSchema, quantityNamePattern } from "./quantity.ts";
import { textSchema } from "./text.ts";

export const profileNamePattern = /^[a-z0-9][a-z0-9-]{0,63}$/;

/**
 * What an air-quality index of a device may be called: only automatic continuous stations that meet
 * section 2 of Quyết định 1459/QĐ-TCMT publish VN_AQI; all others, low-cost sensors above all, are
 * labelled "tham khảo".
 */
export const vnAqiStandings = ["indicative", "regulatory"] as const;
export const vnAqiStandingSchema = z.enum(vnAqiStandings);
export type VnAqiStanding = z.infer<typeof vnAqiStandingSchema>;

/** The newest form. A file of version 1 is one of version 2 that says nothing of source and samples. */
const versionSchema = z
  .union([z.literal(1), z.literal(2)], {
    error: "is no version that this program knows: write 2, or start a newer Kênh",
  })
  .transform(() => 2 as const);

/** What a kind of device measures, how it is read and where it is stored. */
export const profileSchema = z.strictObject({
  version: versionSchema,
  name: z.string().regex(profileNamePattern),
  label: textSchema,
  measurement: measurementSchema,
  classes: z
    .array(measurementSchema)
    .default([])
    .describe("takes every quantity of these classes under its own name"),
  quantities: z
    .array(z.string().regex(quantityNamePattern))
    .default([])
    .describe("and these, whatever their class"),
  intervalMs: z.int().positive().optional().describe("expected time between two samples"),
  vnAqi: vnAqiStandingSchema
    .optional()
    .describe("standing of its air-quality index; indicative (tham khảo) when absent"),
  ranges: z
    .record(
      z.string().regex(quantityNamePattern),
      z
        .strictObject({ min: z.number().optional(), max: z.number().optional() })
        .refine(({ min, max }) => (min ?? -Infinity) < (max ?? Infinity), {
          error: "min must be below max",
        }),
    )
    .default({})
    .describe(
      "what this model can measure, where that is less than the quantity's plausible range",
    ),
  rules: z
    .array(
      z.strictObject({
        rule: z.string().min(1).describe("id of an alarm rule"),
        set: z.record(z.string(), z.unknown()).describe("fields of the rule to replace"),
      }),
    )
    .default([])
    .describe("what alarm rules say for devices of this model; a ward's changes go before them"),
  source: profileSourceSchema.optional().describe("how an agent reads devices of this model"),
  samples: z
    .array(profileSampleSchema)
    .default([])
    .describe("recorded answers and the readings that they must give"),
});
export type Profile = z.infer<typeof profileSchema>;
