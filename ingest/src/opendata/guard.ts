import type { Context, MiddlewareHandler } from "hono";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import type { ApiEnv } from "../api/parts.ts";

/** How much of the station the public may have. */
export interface PublicLimits {
  /** Requests of one address in `perS` seconds. */
  readonly requests: number;
  readonly perS: number;
  /** Requests that are answered at once, of all together: the store is there for the operators first. */
  readonly atOnce: number;
}

const defaults: PublicLimits = {
  // A page of a map asks for some tens of things at once, and a student's script for pages in a row.
  requests: 120,
  perS: 60,
  atOnce: 4,
};

/** What the public is told when it can't be answered, in the form that a service's clients know. */
export type Refuse = (c: Context<ApiEnv>, status: 405 | 429 | 503, why: string) => Response;

/**
 * Lets the public in to read, each address so often and so many at once; what is asked too often is told
 * when to come again. A browser's page of any origin may ask: everybody may know the answer.
 */
export function guardPublic(limits: Partial<PublicLimits> = {}) {
  const { requests, perS, atOnce } = { ...defaults, ...limits };
  const limiter = new RateLimiterMemory({ points: requests, duration: perS });
  let running = 0;
  return (refuse: Refuse): MiddlewareHandler<ApiEnv> =>
    async (c, next) => {
      c.header("access-control-allow-origin", "*");
      if (c.req.method !== "GET" && c.req.method !== "HEAD") {
        c.header("allow", "GET, HEAD");
        return refuse(c, 405, "open data is read here, and written nowhere");
      }
      try {
        await limiter.consume(c.env?.incoming?.socket.remoteAddress ?? "");
      } catch (error) {
        if (!(error instanceof RateLimiterRes)) throw error;
        c.header("retry-after", String(Math.ceil(error.msBeforeNext / 1000)));
        return refuse(c, 429, `one address may ask ${requests} times in ${perS} s`);
      }
      if (running >= atOnce) {
        c.header("retry-after", "1");
        return refuse(c, 503, "others are being answered: come again in a second");
      }
      running++;
      try {
        return await next();
      } finally {
        running--;
      }
    };
}
