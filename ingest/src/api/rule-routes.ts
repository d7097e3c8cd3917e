import { Hono } from "hono";
import { visibleTo } from "./authorize.ts";
import type { ApiEnv, ApiParts } from "./parts.ts";
import { viewAsked } from "./view-asked.ts";

/**
 * `/api/v1/rules`: the rules in force for whom is asked for, each with where it comes from, without a word
 * of devices that the token may not know of.
 */
export function ruleRoutes({ registry }: Pick<ApiParts, "registry">): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();

  app.get("/", (c) => {
    const { view, ...asked } = viewAsked(c, registry.catalogue());
    const visible = visibleTo({ scope: asked.scope });
    const rules = view.rulesInForce.flatMap((rule) => {
      const origin = view.origins.rules.get(rule);
      if (!rule.devices) return [{ ...rule, origin }];
      const devices = rule.devices.filter(visible);
      return devices.length > 0 ? [{ ...rule, devices, origin }] : [];
    });
    return c.json({ rules, ...asked });
  });

  return app;
}
