import { type Context, Hono } from "hono";
import { authenticate } from "./authorize.ts";
import type { ApiEnv, ApiParts } from "./parts.ts";
import { ApiError } from "./problem.ts";

/**
 * `/healthz`, `/readyz` and `/metrics`. The first two say nothing that is worth a token. Metrics count
 * over all units and name no device: a scraper on the same machine reads them without a token, any
 * other needs one with the scope of all.
 */
export function stationRoutes({ ready, metrics, access }: ApiParts): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();

  app.get("/healthz", (c) => c.json({ ok: true }));

  app.get("/readyz", (c) => {
    const { ok, reasons } = ready();
    return c.json({ ok, reasons }, ok ? 200 : 503);
  });

  const authenticated = authenticate(access);
  app.get(
    "/metrics",
    (c, next) => (isLocal(c) ? next() : authenticated(c, next)),
    async (c) => {
      if (!isLocal(c) && c.var.grant.scope !== "*") {
        throw new ApiError(
          "forbidden",
          "metrics count over all units: a token with scope * is needed",
        );
      }
      return c.body(await metrics.metrics(), 200, { "content-type": metrics.contentType });
    },
  );

  return app;
}

/** From this machine and for itself: a proxy in front would make every caller look local. */
export function isLocal(c: Context<ApiEnv>): boolean {
  const address = c.env.incoming?.socket.remoteAddress ?? "";
  const forwarded = c.req.header("forwarded") ?? c.req.header("x-forwarded-for");
  return forwarded === undefined && /^(::1$|(::ffff:)?127\.)/.test(address);
}
