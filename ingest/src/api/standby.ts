import { Hono } from "hono";
import type { Registry as Metrics } from "prom-client";
import type { ApiEnv } from "./parts.ts";
import { answerProblem } from "./problem.ts";
import { isLocal } from "./station-routes.ts";

export interface StandbyApiParts {
  /** Why this one does not answer, and who does. */
  readonly why: () => string;
  readonly metrics: Metrics;
}

/** What an engine of alarms answers that stands by: that it lives, and that another one is to be asked. */
export function createStandbyApi({ why, metrics }: StandbyApiParts): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();
  app.get("/healthz", (c) => c.json({ ok: true }));
  app.get("/readyz", (c) => c.json({ ok: false, reasons: [why()] }, 503));
  app.get("/metrics", async (c, next) => {
    if (!isLocal(c)) return next();
    return c.body(await metrics.metrics(), 200, { "content-type": metrics.contentType });
  });
  app.all("*", (c) => {
    c.header("retry-after", "1");
    return answerProblem(c, "unavailable", why());
  });
  return app;
}
