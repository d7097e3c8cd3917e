import type { MiddlewareHandler } from "hono";
import type { ApiEnv } from "./parts.ts";
import { ApiError } from "./problem.ts";

const changes = new Set(["POST", "PUT", "PATCH", "DELETE"]);

/** What a call has changed is answered when nothing that may happen to this process undoes it. */
export function settle(settled?: () => Promise<void>): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    await next();
    if (!settled || !changes.has(c.req.method)) return;
    await settled().catch((cause) => {
      throw new ApiError(
        "unavailable",
        "this engine leads no longer, and it is not certain that the call stands: ask the one that leads",
        { cause },
      );
    });
  };
}

/** What follows from all that a device sends: alarms, what a period has brought, what agencies hand over. */
const ofTheWhole = /^\/api\/v1\/(alarms|ways|datasets|reports)(\/|$)/;

/** An ingest that shares its stream with others sees a part of it, and leaves these to the one that sees all. */
export const askTheEngine: MiddlewareHandler<ApiEnv> = async (c, next) => {
  if (!ofTheWhole.test(c.req.path)) return next();
  throw new ApiError(
    "unavailable",
    "this ingest stores a part of the stream and judges no alarms: ask the one that runs with --alarms only",
  );
};
