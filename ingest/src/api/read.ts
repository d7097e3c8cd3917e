import type { Context } from "hono";
import * as z from "zod";
import { ApiError, readAs } from "./problem.ts";

const isoWithZone = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;

/** An instant as text: milliseconds since 1970 UTC, or ISO 8601 with its zone. */
export const instantSchema = z.string().transform((text, context) => {
  const ts = /^-?\d{1,15}$/.test(text) ? Number(text) : isoWithZone.test(text) && Date.parse(text);
  if (typeof ts === "number" && Number.isSafeInteger(ts)) return ts;
  context.addIssue(
    `${JSON.stringify(text)} must be milliseconds since 1970 UTC or ISO 8601 with a zone, such as 2026-10-05T07:00:00Z (in an address a + is written %2B)`,
  );
  return z.NEVER;
});

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A length of time as text: `60s`, `5m`, `1h`, `1d`, or milliseconds. */
export const durationSchema = z.string().transform((text, context) => {
  const [, count, unit = "ms"] = /^(\d{1,12})(ms|s|m|h|d)?$/.exec(text) ?? [];
  const ms = Number(count) * unitMs[unit as keyof typeof unitMs];
  if (ms > 0) return ms;
  context.addIssue(`${JSON.stringify(text)} must be a length of time such as 60s, 5m, 1h or 60000`);
  return z.NEVER;
});

/** Whole numbers from 0, as text. */
export const countSchema = z
  .string()
  .regex(/^\d{1,15}$/, { error: "must be a whole number from 0" })
  .transform(Number);

/** One or several values of a set, with commas between them. */
export function listOf<T extends string>(values: readonly T[]) {
  return z.string().transform((text, context) => {
    const found = text.split(",").map((one) => one.trim());
    const wrong = found.find((one) => !values.includes(one as T));
    if (wrong === undefined) return found as T[];
    context.addIssue(`${JSON.stringify(wrong)} must be one of ${values.join(", ")}`);
    return z.NEVER;
  });
}

/**
 * The query of a call; an empty parameter counts as absent.
 * @throws ApiError naming each parameter that is wrong or not known
 */
export function readQuery<T>(c: Context, schema: z.ZodType<T>): T {
  const given = Object.entries(c.req.query()).filter(([, value]) => value !== "");
  return readAs(schema, Object.fromEntries(given));
}

/** The JSON body of a call. @throws ApiError naming what is wrong with it */
export async function readBody<T>(c: Context, schema: z.ZodType<T>): Promise<T> {
  const text = await c.req.text();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw new ApiError("bad-request", `the body is no JSON: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return readAs(schema, body);
}
