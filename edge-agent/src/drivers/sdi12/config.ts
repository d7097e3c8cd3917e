import { conversionSchema, identitySchema, quantityNamePattern } from "@kenh/schemas";
import * as z from "zod";
import { serialFields } from "../byte-stream.ts";

/** Every default of this driver, each with its reason. */
const defaults = {
  /** Water and soil move slower, and many sensors take seconds and battery for a measurement. */
  intervalMs: 60_000,
  /** A sensor begins within 15 ms and its longest line takes 0.7 s at 1200 baud. */
  timeoutMs: 1500,
  /** Of a gateway's serial side; the bus itself always runs at 1200 baud, 7E1. */
  baudRate: 9600,
  /** As the standard asks of a recorder: a line that is lost or damaged is asked for again. */
  attempts: 3,
  /** A sensor that is silent is passed over for this long, doubled each time. */
  silentBaseMs: 60_000,
  /** A sensor that is back is read again within ten minutes; asking a dead one wakes all the others. */
  silentMaxMs: 600_000,
} as const;

const pointSchema = z.strictObject({
  quantity: z.string().regex(quantityNamePattern, {
    error: "must be a quantity, lower case with digits and _, such as water_level_m",
  }),
  value: z
    .int()
    .min(1)
    .max(99)
    .describe("which value of the measurement, counted from 1 as in the sensor's manual"),
  ...conversionSchema.shape,
});

const sensorSchema = z.strictObject({
  address: z
    .string()
    .regex(/^[0-9a-zA-Z]$/, { error: "must be one of 0 to 9, a to z, A to Z" })
    .describe("of the sensor on its bus"),
  device: identitySchema.optional().describe("whose readings; the driver's own when absent"),
  measurement: z
    .int()
    .min(0)
    .max(9)
    .default(0)
    .describe("0 is aM!, n is aMn!: which measurement of the sensor"),
  crc: z.boolean().default(true).describe("ask with a checksum (aMC!), known since SDI-12 1.3"),
  points: z.array(pointSchema),
});
export type Sensor = z.output<typeof sensorSchema>;

const milliseconds = z.int().positive();

export const configSchema = z
  .strictObject({
    bus: z.discriminatedUnion("kind", [
      z.strictObject({
        kind: z.literal("tcp"),
        host: z.string().min(1),
        port: z.int().min(1).max(65_535),
      }),
      z.strictObject({
        kind: z.literal("serial"),
        ...serialFields,
        baudRate: serialFields.baudRate.default(defaults.baudRate),
      }),
    ]),
    intervalMs: milliseconds.min(100).max(86_400_000).default(defaults.intervalMs),
    timeoutMs: milliseconds.max(60_000).default(defaults.timeoutMs).describe("for one line"),
    attempts: z.int().min(1).max(10).default(defaults.attempts).describe("at each line"),
    silentBaseMs: milliseconds.default(defaults.silentBaseMs),
    silentMaxMs: milliseconds.default(defaults.silentMaxMs),
    sensors: z
      .array(sensorSchema)
      .min(1)
      .describe("an address may come twice, for two measurements"),
  })
  .superRefine(({ sensors }, context) => {
    const taken = new Set<string>();
    for (const [index, { device = "", points }] of sensors.entries()) {
      for (const [at, { quantity }] of points.entries()) {
        const key = `${device} ${quantity}`;
        if (taken.has(key))
          context.addIssue({
            code: "custom",
            path: ["sensors", index, "points", at, "quantity"],
            message:
              "is read twice for one device: give the sensor a device, or the point another quantity",
          });
        taken.add(key);
      }
    }
  });
export type Config = z.output<typeof configSchema>;
