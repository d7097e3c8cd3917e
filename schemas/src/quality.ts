import * as z from "zod";

/** QARTOD flags (IOOS Manual for Real-Time Oceanographic Data Quality Control Flags). */
export const flags = { pass: 1, notEvaluated: 2, suspect: 3, fail: 4, missing: 9 } as const;
export const flagSchema = z.union([
  z.literal(1),
  z.literal(2),
  z.literal(3),
  z.literal(4),
  z.literal(9),
]);
export type Flag = z.infer<typeof flagSchema>;

/** Whether `value` is one of the five flags. */
export function isFlag(value: unknown): value is Flag {
  return value === 1 || value === 2 || value === 3 || value === 4 || value === 9;
}

/** Readings with these flags neither raise nor clear an alarm. */
export function isTrusted(flag: Flag): boolean {
  return flag === flags.pass || flag === flags.notEvaluated;
}
