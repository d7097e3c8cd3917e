import * as z from "zod";
import { textSchema } from "./text.ts";

export const quantityNamePattern = /^[a-z][a-z0-9_]{0,62}$/;
export const fieldTypes = ["float", "integer", "boolean", "string"] as const;

/** The measurements of the store mapping, one for each class of device. */
export const measurementSchema = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/);

/** What is measured: its name carries its unit, its type is the type of the store's field for ever. */
export const quantitySchema = z
  .strictObject({
    name: z.string().regex(quantityNamePattern, {
      error: "must be lower case with digits and _, such as water_level_m",
    }),
    type: z.enum(fieldTypes),
    unit: z.string().describe("UCUM symbol where there is one; empty for a state or a text"),
    min: z.number().optional().describe("least plausible value, in unit"),
    max: z.number().optional().describe("greatest plausible value, in unit"),
    label: textSchema,
    derived: z
      .literal(true)
      .optional()
      .describe("the station computes it from readings; no device sends it"),
  })
  .refine((q) => q.min === undefined || q.max === undefined || q.min < q.max, {
    error: "min must be below max",
  })
  .refine((q) => !q.name.endsWith("_qc"), {
    error: "a name may not end in _qc: that is the field of the quality flag",
  });
export type Quantity = z.infer<typeof quantitySchema>;
export type FieldType = Quantity["type"];

/** A file of `quantities/`: one class of quantities. */
export const quantityFileSchema = z.strictObject({
  version: z.literal(1),
  class: measurementSchema,
  quantities: z.array(quantitySchema).min(1),
});
export type QuantityFile = z.infer<typeof quantityFileSchema>;
