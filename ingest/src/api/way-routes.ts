import { Hono } from "hono";
import { requireRole, visibleTo } from "./authorize.ts";
import type { ApiEnv, ApiParts } from "./parts.ts";

/** `/api/v1/ways`: how the ways out stand, and what they will never take, for engineers. */
export function wayRoutes({ ways }: Pick<ApiParts, "ways">): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();

  app.get("/", (c) => {
    requireRole(c, "engineer");
    const visible = visibleTo(c.var.grant);
    const refused = ways.refused().filter(({ device }) => visible(device));
    return c.json({ ways: ways.standing(), refused });
  });

  return app;
}
