import { deviceSchema } from "@kenh/schemas";
import { Hono } from "hono";
import * as z from "zod";
import { requireRole, visibleTo } from "./authorize.ts";
import type { ApiEnv, ApiParts } from "./parts.ts";
import { ApiError, notFound } from "./problem.ts";
import { readBody } from "./read.ts";

const body = z.strictObject({ device: deviceSchema, payload: z.unknown().optional() });

/** `POST /api/v1/devices/preview`: what registering a device would come to. */
export function previewRoutes({ dryRun }: Pick<ApiParts, "dryRun">): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();

  app.post("/devices/preview", async (c) => {
    requireRole(c, "engineer");
    const { device, payload } = await readBody(c, body);
    if (!visibleTo(c.var.grant)(device.identity)) {
      throw notFound("unit", device.identity.split("/").slice(0, 2).join("/"));
    }
    try {
      return c.json(dryRun(device, payload));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new ApiError("bad-request", error.message, { cause: error });
    }
  });

  return app;
}
