import { type Context, Hono } from "hono";
import * as z from "zod";
import { DestinationRefusal, destinationSchema } from "../destinations/config.ts";
import { attemptOf, logged } from "./attempt.ts";
import { requireRole } from "./authorize.ts";
import type { ApiEnv, ApiParts } from "./parts.ts";
import { ApiError, notFound } from "./problem.ts";
import { readBody } from "./read.ts";

const instant = z.int();
const timesBody = z
  .strictObject({ from: instant, to: instant })
  .refine(({ from, to }) => from <= to, { error: "from must not be after to" });
const backfillBody = z
  .strictObject({ from: instant, to: instant, perSecond: z.int().min(1).max(1_000_000) })
  .refine(({ from, to }) => from <= to, { error: "from must not be after to" });

/**
 * `/api/v1/destinations`: the stores to which readings go, for administrators of everything: what is in
 * them is not one unit's.
 */
export function destinationRoutes({
  destinations,
  audit,
}: Pick<ApiParts, "destinations" | "audit">): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();

  app.use("*", async (c, next) => {
    if (c.var.grant.scope !== "*") throw notFound("resource", c.req.path);
    requireRole(c, "admin");
    await next();
  });

  /** Carries a call out, with a line in the audit log whatever becomes of it. */
  function act<T>(c: Context<ApiEnv>, call: string, work: (name: string) => T | Promise<T>) {
    const name = c.req.param("name") ?? "";
    return logged(audit, attemptOf(c, `destination.${call}`), async (known) => {
      known.comment = name;
      try {
        return await work(name);
      } catch (error) {
        if (!(error instanceof DestinationRefusal)) throw error;
        throw new ApiError("wrong-state", error.message, { cause: error });
      }
    });
  }

  app.get("/", (c) => c.json({ destinations: destinations.list() }));

  app.post("/", (c) =>
    act(c, "add", async () => {
      await destinations.add(await readBody(c, destinationSchema));
      return c.json({ destinations: destinations.list() }, 201);
    }),
  );

  app.post("/:name/backfill", (c) =>
    act(c, "backfill", async (name) => {
      const { perSecond, ...times } = await readBody(c, backfillBody);
      return c.json({ backfill: destinations.backfill(name, times, perSecond) }, 202);
    }),
  );

  app.post("/:name/verify", (c) =>
    act(c, "verify", async (name) =>
      c.json(await destinations.verify(name, await readBody(c, timesBody))),
    ),
  );

  app.post("/:name/cut-over", (c) =>
    act(c, "cut-over", async (name) => {
      await destinations.cutOver(name);
      return c.json({ destinations: destinations.list() });
    }),
  );

  app.delete("/:name", (c) =>
    act(c, "retire", async (name) => {
      await destinations.retire(name);
      return c.json({ destinations: destinations.list() });
    }),
  );

  return app;
}
