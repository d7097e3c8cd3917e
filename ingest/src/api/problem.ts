import { type Problem, problemMediaType } from "@kenh/schemas";
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type * as z from "zod";

/** Every way in which a call can fail: its status, and what it is called. */
const kinds = {
  "bad-request": [400, "The call is not well formed"],
  unauthorized: [401, "A bearer token is needed"],
  forbidden: [403, "The token's role does not allow this"],
  "not-enrolled": [403, "No certificate is given on this"],
  "not-found": [404, "There is no such thing"],
  "read-only": [405, "It is only read"],
  "stale-version": [409, "It has changed since"],
  "wrong-state": [409, "Its state does not allow this"],
  "unknown-revision": [410, "There is no such revision"],
  "too-large": [413, "The body is too large"],
  "key-reused": [422, "The Idempotency-Key stands for another call"],
  "too-often": [429, "Asked too often"],
  internal: [500, "The station failed"],
  unavailable: [503, "Not now"],
} as const satisfies Record<string, readonly [ContentfulStatusCode, string]>;
export type ProblemKind = keyof typeof kinds;

/** Thrown by a handler: becomes the answer as RFC 9457 has it. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly kind: ProblemKind;

  /** @param detail names the thing, the value and the way out; never what a token may not know of */
  constructor(kind: ProblemKind, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.kind = kind;
  }
}

/** The problem as RFC 9457 writes it. */
export function problemOf(kind: ProblemKind, detail: string) {
  const [status, title] = kinds[kind];
  return { type: `urn:kenh:problem:${kind}`, title, status, detail } satisfies Problem;
}

/** The answer that tells of a problem. */
export function answerProblem(c: Context, kind: ProblemKind, detail: string): Response {
  const problem = problemOf(kind, detail);
  return c.body(JSON.stringify(problem), problem.status, { "content-type": problemMediaType });
}

/**
 * One answer for what does not exist and for what the token may not know of: nothing tells the two
 * apart.
 */
export function notFound(what: string, name: string): ApiError {
  return new ApiError("not-found", `there is no ${what} ${JSON.stringify(name)}`);
}

/**
 * The value by its schema.
 * @throws ApiError naming each field that is wrong and what it may be
 */
export function readAs<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path, message }) =>
    path.length > 0 ? `${path.join(".")}: ${message}` : message,
  );
  throw new ApiError("bad-request", faults.join("; "));
}
