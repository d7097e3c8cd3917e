import { identitySchema, quarantineReasons } from "@kenh/schemas";
import { type Context, Hono } from "hono";
import * as z from "zod";
import { requireRole, visibleTo } from "./authorize.ts";
import type { ApiEnv, ApiParts } from "./parts.ts";
import { ApiError, notFound } from "./problem.ts";
import { countSchema, readBody, readQuery } from "./read.ts";

const ledgerQuery = z.strictObject({ device: identitySchema.optional() });

/** Items in one answer: with payloads of the greatest size still tens of megabytes, not hundreds. */
const maxItems = 500;
const quarantineQuery = z.strictObject({
  reason: z
    .enum(quarantineReasons, { error: `must be one of ${quarantineReasons.join(", ")}` })
    .optional(),
  device: identitySchema.optional(),
  limit: countSchema
    .refine((limit) => limit <= maxItems, { error: `must be at most ${maxItems}` })
    .optional(),
});
const purgeBody = z.object({ ids: z.array(z.int()).min(1).max(10_000) });

/** `/api/v1/ledger` and `/api/v1/quarantine`: where every reading went. */
export function bookRoutes({ ledger, quarantine, replay }: ApiParts): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();

  app.get("/ledger", (c) => {
    const { device } = readQuery(c, ledgerQuery);
    const visible = visibleTo(c.var.grant);
    return c.json(
      ledger.report((owner) => visible(owner) && (device === undefined || owner === device)),
    );
  });

  app.get("/quarantine", (c) => {
    const { reason, device, limit } = readQuery(c, quarantineQuery);
    const visible = visibleTo(c.var.grant);
    return c.json(quarantine.list({ reason, device, limit, visible }));
  });

  /** @throws ApiError alike for an item that isn't there and one that the token may not know of */
  function find(c: Context<ApiEnv>) {
    const given = c.req.param("id") ?? "";
    const item = /^\d{1,15}$/.test(given) ? quarantine.get(Number(given)) : undefined;
    if (!item || !visibleTo(c.var.grant)(item.device)) throw notFound("item in quarantine", given);
    return item;
  }

  app.get("/quarantine/:id", (c) => c.json(find(c)));

  app.post("/quarantine/:id/replay", async (c) => {
    const { id, reason } = find(c);
    requireRole(c, "engineer");
    const result = await replay(id);
    if (result === "unknown") throw notFound("item in quarantine", String(id));
    if (result === "refused") {
      throw new ApiError("wrong-state", `item ${id} is still ${reason}: mend the cause first`);
    }
    return c.json({ result });
  });

  app.post("/quarantine/purge", async (c) => {
    requireRole(c, "engineer");
    const { ids } = await readBody(c, purgeBody);
    const visible = visibleTo(c.var.grant);
    const known = ids.filter((id) => {
      const item = quarantine.get(id);
      return item !== undefined && visible(item.device);
    });
    return c.json({ purged: quarantine.purge(known) });
  });

  return app;
}
