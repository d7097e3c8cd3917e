import { identitySchema } from "@kenh/schemas";
import { Hono } from "hono";
import * as z from "zod";
import { requireRole } from "./authorize.ts";
import type { ApiEnv, ApiParts } from "./parts.ts";
import { countSchema, instantSchema, readQuery } from "./read.ts";

/** Lines of one answer; `before` gives the next. */
const mostLines = 1000;
const query = z.strictObject({
  alarm: z.string().optional(),
  device: identitySchema.optional(),
  from: instantSchema.optional(),
  to: instantSchema.optional(),
  before: countSchema.optional(),
  limit: countSchema
    .refine((limit) => limit > 0 && limit <= mostLines, { error: `must be 1 to ${mostLines}` })
    .optional(),
});

/** `/api/v1/audit`: what people did with alarms, for engineers and administrators of the scope. */
export function auditRoutes({ audit }: Pick<ApiParts, "audit">): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();

  app.get("/", (c) => {
    requireRole(c, "engineer");
    const { limit = 100, ...asked } = readQuery(c, query);
    const lines = audit.list({ ...asked, limit, scope: c.var.grant.scope });
    const next = lines.length === limit ? (lines.at(-1)?.seq ?? null) : null;
    return c.json({ lines, next });
  });

  app.get("/chain", async (c) => {
    requireRole(c, "engineer");
    return c.json(await audit.chain());
  });

  return app;
}
