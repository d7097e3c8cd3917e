import { flagSchema, identitySchema } from "@kenh/schemas";
import { IANAZone } from "luxon";
import * as z from "zod";

const quantityName = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, {
  error: "must be a quantity, lower case with digits and _, such as water_level_m",
});

const columnSchema = z
  .union([
    quantityName,
    z.strictObject({
      quantity: quantityName,
      type: z.enum(["number", "boolean", "string"]).default("number"),
      scale: z.number().default(1).describe("quantity = cell × scale + offset"),
      offset: z.number().default(0),
      missing: z
        .array(z.string())
        .default([])
        .describe("cells that mean no value, beside the file's"),
    }),
  ])
  .transform((column) =>
    typeof column === "string"
      ? { quantity: column, type: "number" as const, scale: 1, offset: 0, missing: [] }
      : column,
  );

const qualitySchema = z.strictObject({
  column: z.string(),
  separator: z.string().min(1).optional().describe("the cell is a list; the worst flag counts"),
  flags: z.record(z.string(), flagSchema).describe("cell (or element) to QARTOD flag"),
  quantities: z.array(quantityName).optional().describe("all of the row when absent"),
});

/** The zone of a file is a choice, never a guess. */
const zoneSchema = z
  .string({ error: zoneHelp() })
  .refine(
    (zone) =>
      zone === "in-timestamp" ||
      zone === "UTC" ||
      /^UTC[+-]\d{1,2}(:\d{2})?$/.test(zone) ||
      IANAZone.isValidZone(zone),
    { error: zoneHelp() },
  );

function zoneHelp(): string {
  return 'must say where the clock of the file stood: "UTC", "UTC+7", a zone such as "Asia/Ho_Chi_Minh", or "in-timestamp" when every timestamp carries its own';
}

export const configSchema = z
  .strictObject({
    file: z.string().min(1).describe("UTF-8 CSV with a header line"),
    delimiter: z.string().length(1).default(","),
    time: z.strictObject({
      column: z.string(),
      format: z
        .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
        .default("iso")
        .transform((format) => (typeof format === "string" ? [format] : format))
        .describe('"iso" or Luxon tokens such as "yyyy-MM-dd HH:mm"; the first that fits counts'),
      zone: zoneSchema,
    }),
    columns: z
      .record(z.string(), columnSchema)
      .refine((columns) => Object.keys(columns).length > 0, {
        error: "must map at least one column",
      })
      .refine(
        (columns) =>
          new Set(Object.values(columns).map((c) => c.quantity)).size ===
          Object.keys(columns).length,
        { error: "maps two columns to one quantity: give each its own" },
      ),
    missing: z
      .array(z.string())
      .default([""])
      .describe("cells that mean no value, in every column"),
    quality: z.array(qualitySchema).default([]),
    deviceBy: z
      .strictObject({ column: z.string(), devices: z.record(z.string(), identitySchema) })
      .optional()
      .describe("the cell names the device; the driver's own device when absent"),
    speed: z
      .union([z.number().positive(), z.literal("max")], {
        error: 'must be a factor above 0 (1 is true speed) or "max"',
      })
      .default(1),
    retime: z.union([z.literal(false), z.literal("shift-to-now")]).default(false),
  })
  .refine((c) => c.retime === false || c.speed === 1, {
    path: ["retime"],
    error:
      "shift-to-now goes with speed 1 only: at another speed the times would leave the present",
  });
export type Config = z.output<typeof configSchema>;
