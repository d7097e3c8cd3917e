import type { Context } from "hono";
import * as z from "zod";
import { Refusal } from "../alarms/operate.ts";
import { ApiError, type ProblemKind } from "./problem.ts";
import { instantSchema } from "./read.ts";

/** One line of text of at most so many characters. */
export const line = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .regex(/^[^\p{Cc}]*$/u, { error: "must be one line of text" });
/** Why somebody does something. */
export const comment = line(1000);
/** `name`: who acts, where one token serves several people. */
export const who = { name: line(80).optional() };
/** An instant in a body. */
export const instantBody = z.union([z.int(), instantSchema], {
  error: "must be milliseconds since 1970 UTC, or ISO 8601 with a zone",
});

const refusals: Record<Refusal["kind"], ProblemKind> = {
  "stale-version": "stale-version",
  "wrong-state": "wrong-state",
  "bad-value": "bad-request",
  "key-reused": "key-reused",
};

/** @throws ApiError in place of a Refusal */
export function refusing<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new ApiError(refusals[error.kind], error.message, { cause: error });
  }
}

/** @throws ApiError when it is empty or longer than any client's */
export function idempotencyKeyOf(c: Context): string | undefined {
  const key = c.req.header("idempotency-key");
  if (key === undefined || (key.length > 0 && key.length <= 200)) return key;
  throw new ApiError("bad-request", "Idempotency-Key must have 1 to 200 characters");
}
