import { type Context, Hono } from "hono";
import type { Logger } from "pino";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import type { ApiEnv } from "../api/parts.ts";
import type { Store } from "../stores/store.ts";
import { answer } from "./answer.ts";
import { RequestFault } from "./fault.ts";
import { type Graph, graphOf } from "./graph.ts";
import type { OpenDevice } from "./open.ts";

/** Where the service is, as the standard wants it with its version. */
export const sensorThingsPath = "/sta/v1.1";

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

/** How long the list of what is open may be behind the contracts and the registry. */
const graphMs = 10_000;

export interface SensorThingsParts {
  /** What contracts open now. */
  readonly open: () => readonly OpenDevice[];
  readonly store: Pick<Store, "query">;
  readonly now: () => number;
  readonly log: Pick<Logger, "error">;
  readonly limits?: Partial<PublicLimits>;
}

/**
 * OGC SensorThings 1.1 for everybody, read-only: what a contract opens, and nothing else is known of.
 * Each address may ask so often; what asks too much at once is told to come again.
 */
export function sensorThingsRoutes(parts: SensorThingsParts): Hono<ApiEnv> {
  const { store, now, log } = parts;
  const { requests, perS, atOnce } = { ...defaults, ...parts.limits };
  const limiter = new RateLimiterMemory({ points: requests, duration: perS });
  let graph: Graph | undefined;
  let builtAt = Number.NEGATIVE_INFINITY;
  let running = 0;

  function graphNow(): Graph {
    const at = performance.now();
    if (!graph || at - builtAt > graphMs) [graph, builtAt] = [graphOf(parts.open()), at];
    return graph;
  }

  async function serve(c: Context<ApiEnv>): Promise<Response> {
    const { origin, pathname, search } = new URL(c.req.url);
    const base = `${origin}${sensorThingsPath}`;
    const path = decode(pathname.slice(sensorThingsPath.length));
    // A + is a space in no address of SensorThings: a time has one before its zone.
    const query = decode(search.slice(1));
    const given = await answer(path, query, { graph: graphNow(), store, now: now(), base });
    return "text" in given ? c.text(given.text) : c.json(given.json as object);
  }

  const app = new Hono<ApiEnv>();
  app.use("*", async (c, next) => {
    await next();
    c.header("access-control-allow-origin", "*");
  });
  app.get("*", async (c) => {
    const address = c.env?.incoming?.socket.remoteAddress ?? "";
    try {
      await limiter.consume(address);
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      c.header("retry-after", String(Math.ceil(error.msBeforeNext / 1000)));
      return fault(c, 429, `one address may ask ${requests} times in ${perS} s`);
    }
    if (running >= atOnce) {
      c.header("retry-after", "1");
      return fault(c, 503, "others are being answered: come again in a second");
    }
    running++;
    try {
      return await serve(c);
    } catch (error) {
      if (error instanceof RequestFault) return fault(c, error.status, error.message);
      log.error({ err: error, path: c.req.path }, "SensorThings: the store can't be read");
      return fault(c, 503, "the store does not answer now: try again");
    } finally {
      running--;
    }
  });
  app.all("*", (c) => {
    c.header("allow", "GET, HEAD");
    return fault(c, 405, "open data is read here, and written nowhere");
  });
  return app;
}

/** The form that FROST and its clients know. */
function fault(c: Context, status: 400 | 404 | 405 | 429 | 501 | 503, message: string): Response {
  return c.json({ code: status, type: "error", message }, status);
}

/** @throws RequestFault for what is no percent-encoded UTF-8 */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw new RequestFault(400, `${text} is no percent-encoded UTF-8`, { cause: error });
  }
}
