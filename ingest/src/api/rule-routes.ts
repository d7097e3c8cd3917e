import type { AlarmRule } from "@kenh/schemas";
import { Hono } from "hono";
import { visibleTo } from "./authorize.ts";
import type { ApiEnv, ApiParts } from "./parts.ts";

/** `/api/v1/rules`: the rules in force, without a word of devices that the token may not know of. */
export function ruleRoutes({ rules }: Pick<ApiParts, "rules">): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();

  app.get("/", (c) => {
    const visible = visibleTo(c.var.grant);
    const seen = [...rules()].flatMap((rule): AlarmRule[] => {
      if (!rule.devices) return [rule];
      const devices = rule.devices.filter(visible);
      return devices.length > 0 ? [{ ...rule, devices }] : [];
    });
    return c.json({ rules: seen });
  });

  return app;
}
