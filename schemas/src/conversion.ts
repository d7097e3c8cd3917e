import * as z from "zod";
import { type Flag, flags } from "./quality.ts";

/** How the number that a device gives becomes a value in the quantity's unit. */
export const conversionSchema = z.strictObject({
  scale: z.number().default(1).describe("value = raw × scale + offset"),
  offset: z.number().default(0),
  sentinels: z
    .array(z.number())
    .default([])
    .describe("raw numbers by which the device says that it has no value"),
  validMin: z.number().optional().describe("least raw number that the device can mean"),
  validMax: z.number().optional().describe("greatest raw number that the device can mean"),
});
export type Conversion = z.output<typeof conversionSchema>;

/** A value and how far it is to be believed. */
export interface Converted {
  /** Null with flag 9: the device has no value. */
  readonly value: number | null;
  readonly flag: Flag;
}

/**
 * Converts a raw number. A sentinel, and what is no finite number, is missing (9); what the device
 * can't mean is kept and flagged 4; else the flag is 2, for nothing has judged it yet.
 */
export function convert(raw: number, conversion: Conversion): Converted {
  const { scale, offset, sentinels, validMin, validMax } = conversion;
  if (!Number.isFinite(raw) || sentinels.includes(raw)) {
    return { value: null, flag: flags.missing };
  }
  const fails =
    (validMin !== undefined && raw < validMin) || (validMax !== undefined && raw > validMax);
  // A long counter that is not converted stays what the device said, to the last digit.
  const value = scale === 1 && offset === 0 ? raw : trim(raw * scale + offset);
  return { value, flag: fails ? flags.fail : flags.notEvaluated };
}

/** Takes off what binary arithmetic adds: 2345 × 0.001 is 2.345. */
function trim(value: number): number {
  return Number(value.toPrecision(12));
}
