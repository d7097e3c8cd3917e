import { identitySchema, quantityNamePattern } from "@kenh/schemas";
import * as z from "zod";

/** Every default of the level, each with its reason. */
const defaults = {
  /** One boat, one wave, one bird is outvoted. */
  medianOf: 5,
  /** Five readings at one in ten seconds; rarer readings are each taken as they are. */
  medianWithinMs: 60_000,
  /** No river or tide of the delta moves so fast; boats and debris do. */
  suspectSlopeMPerMin: 0.5,
  /** Four times that is no water at all. */
  failSlopeMPerMin: 2,
  /** Fresh water at 20 to 30 °C within half a percent; give brackish water its own. */
  densityKgM3: 1000,
  /** The standard's; at 10° north it is 9.78, a quarter of a percent less. */
  gravityMS2: 9.80665,
  /** The air's pressure moves less than 1 hPa in an hour, 1 cm of water. */
  barometerMaxAgeMs: 3_600_000,
} as const;

const quantity = z.string().regex(quantityNamePattern, {
  error: "must be a quantity, lower case with digits and _, such as water_level_m",
});

const since = z.iso
  .datetime({
    offset: true,
    error: 'must be a date and time with its zone, such as "2026-03-02T09:30:00+07:00"',
  })
  .transform((text) => Date.parse(text));

/** Entries in the order of time, so that a file shows its own history. */
function history<T extends { readonly from: number }>(entry: z.ZodType<T>) {
  return z
    .array(entry)
    .min(1)
    .superRefine((entries, context) => {
      for (const [index, { from }] of entries.entries()) {
        const before = entries[index - 1];
        if (before && from <= before.from)
          context.addIssue({
            code: "custom",
            path: [index, "from"],
            message:
              "is not after the entry before it: add new entries at the end, and keep the old",
          });
      }
    });
}

const common = {
  device: identitySchema
    .optional()
    .describe("whose samples; those of the driver's own device when absent"),
  to: quantity.default("water_level_m").describe("where the level goes, in m"),
  medianOf: z
    .int()
    .min(1)
    .max(99)
    .refine((count) => count % 2 === 1, { error: "must be odd; 1 takes each reading as it is" })
    .default(defaults.medianOf),
  medianWithinMs: z.int().positive().default(defaults.medianWithinMs),
  suspectSlopeMPerMin: z.number().positive().default(defaults.suspectSlopeMPerMin),
  failSlopeMPerMin: z.number().positive().default(defaults.failSlopeMPerMin),
};

const distanceSchema = z
  .strictObject({
    method: z.literal("distance"),
    from: quantity
      .default("distance_m")
      .describe("distance from the sensor down to the water, in m"),
    ...common,
    deadZoneM: z
      .number()
      .nonnegative()
      .optional()
      .describe("nearer than this the sensor can't measure (its blanking distance)"),
    rangeM: z.number().positive().optional().describe("farther than this it can't either"),
    echoLoss: z
      .array(z.number())
      .default([])
      .describe("readings by which the sensor says that no echo came back"),
    calibration: history(
      z.strictObject({
        from: since.describe("in force from then on, until the next entry"),
        mountElevationM: z.number().describe("of the sensor, in the datum of the level"),
        offsetM: z.number().default(0),
      }),
    ),
  })
  .refine((c) => c.rangeM === undefined || (c.deadZoneM ?? 0) < c.rangeM, {
    path: ["rangeM"],
    error: "must lie beyond deadZoneM",
  });

const pressureSchema = z.strictObject({
  method: z.literal("pressure"),
  from: quantity.default("pressure_kpa").describe("pressure at the sensor, in kPa"),
  ...common,
  barometer: z
    .union([
      z.strictObject({
        quantity: quantity.default("air_pressure_hpa").describe("in hPa, station pressure"),
        device: identitySchema.optional().describe("the level's own device when absent"),
        maxAgeMs: z.int().positive().default(defaults.barometerMaxAgeMs),
      }),
      z.strictObject({ constantHpa: z.number().positive() }),
    ])
    .optional()
    .describe("for a sensor of absolute pressure; a vented one needs none"),
  calibration: history(
    z.strictObject({
      from: since.describe("in force from then on, until the next entry"),
      sensorElevationM: z.number().describe("of the sensor, in the datum of the level"),
      offsetM: z.number().default(0),
      densityKgM3: z.number().min(900).max(1300).default(defaults.densityKgM3),
      gravityMS2: z.number().min(9.7).max(9.9).default(defaults.gravityMS2),
    }),
  ),
});

/** How a driver's raw readings become a water level: the field `level` of a driver's entry. */
export const levelConfigSchema = z
  .discriminatedUnion("method", [distanceSchema, pressureSchema])
  .refine((c) => c.failSlopeMPerMin >= c.suspectSlopeMPerMin, {
    path: ["failSlopeMPerMin"],
    error: "must not be below suspectSlopeMPerMin",
  })
  .refine((c) => c.from !== c.to, {
    path: ["to"],
    error: "must be another quantity than the raw one: both are kept",
  });
export type LevelConfig = z.output<typeof levelConfigSchema>;
