import { Hono } from "hono";
import type { ApiEnv, ApiParts } from "./parts.ts";
import { viewAsked } from "./view-asked.ts";

/** `/api/v1/quantities`: what is measured, with what is plausible for whom is asked for and who says so. */
export function quantityRoutes({ registry }: Pick<ApiParts, "registry">): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();

  app.get("/", (c) => {
    const { view, ...asked } = viewAsked(c, registry.catalogue());
    const quantities = [...view.quantities.values()].map((quantity) => ({
      ...quantity,
      origin: view.origins.quantities.get(quantity.name),
    }));
    return c.json({ quantities, ...asked });
  });

  return app;
}
