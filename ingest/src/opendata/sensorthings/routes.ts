import { type Context, Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Logger } from "pino";
import type { ApiEnv } from "../../api/parts.ts";
import type { Store } from "../../stores/store.ts";
import type { Refuse } from "../guard.ts";
import type { OpenDevice } from "../open.ts";
import { answer } from "./answer.ts";
import { RequestFault } from "./fault.ts";
import { type Graph, graphOf } from "./graph.ts";

/** Where the service is, as the standard wants it with its version. */
export const sensorThingsPath = "/sta/v1.1";

/** How long the list of what is open may be behind the contracts and the registry. */
const graphMs = 10_000;

export interface SensorThingsParts {
  /** What contracts open now. */
  readonly open: () => readonly OpenDevice[];
  readonly store: Pick<Store, "query">;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  readonly log: Pick<Logger, "error">;
}

/** OGC SensorThings 1.1, read-only, for who is let in: what a contract opens, and nothing else is known of. */
export function sensorThingsRoutes({ open, store, now, log }: SensorThingsParts): Hono<ApiEnv> {
  let graph: Graph | undefined;
  let builtAt = Number.NEGATIVE_INFINITY;

  function graphNow(): Graph {
    const at = performance.now();
    if (!graph || at - builtAt > graphMs) [graph, builtAt] = [graphOf(open()), at];
    return graph;
  }

  return new Hono<ApiEnv>().get("*", async (c) => {
    const { origin, pathname, search } = new URL(c.req.url);
    const base = `${origin}${sensorThingsPath}`;
    try {
      const path = decode(pathname.slice(sensorThingsPath.length));
      const query = decode(spaced(search.slice(1)));
      const given = await answer(path, query, { graph: graphNow(), store, now: now(), base });
      return "text" in given ? c.text(given.text) : c.json(given.json as object);
    } catch (error) {
      if (error instanceof RequestFault) return sensorThingsFault(c, error.status, error.message);
      log.error({ err: error, path: c.req.path }, "SensorThings: the store can't be read");
      return sensorThingsFault(c, 503, "the store does not answer now: try again");
    }
  });
}

/** The form that FROST and its clients know. */
export const sensorThingsRefuse: Refuse = sensorThingsFault;

function sensorThingsFault(c: Context, status: ContentfulStatusCode, message: string): Response {
  return c.json({ code: status, type: "error", message }, status);
}

/**
 * Clients of forms write a blank as +, those of addresses mean one: it stays where it begins the zone of
 * a time.
 */
const spaced = (query: string): string =>
  query.replaceAll(/(?<![\d.])\+|\+(?!\d\d(:|%3A)\d\d)/gi, "%20");

/** @throws RequestFault for what is no percent-encoded UTF-8 */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw new RequestFault(400, `${text} is no percent-encoded UTF-8`, { cause: error });
  }
}
