import { type FieldType, identitySchema } from "@kenh/schemas";
import { type Context, Hono } from "hono";
import * as z from "zod";
import type { RegisteredDevice } from "../registry.ts";
import { readIntervals } from "../rollup/read.ts";
import { type Aggregate, aggregates, aggregatesOf } from "../rollup/shape.ts";
import { zones } from "../rollup/windows.ts";
import type { SeriesPoint } from "../stores/store.ts";
import { visibleTo } from "./authorize.ts";
import { viewDevice } from "./freshness.ts";
import type { ApiEnv, ApiParts } from "./parts.ts";
import { ApiError, notFound } from "./problem.ts";
import { durationSchema, instantSchema, readQuery } from "./read.ts";

const telemetryQuery = z.strictObject({
  device: identitySchema,
  quantity: z.string(),
  from: instantSchema.optional(),
  to: instantSchema.optional(),
  every: durationSchema.optional(),
  agg: z.enum(aggregates).optional(),
  zone: z.enum(zones).default("utc"),
});

/** What a call without `from` gets: the day before `to`. */
const usualSpanMs = 86_400_000;
/** Intervals that one answer may have: ten times what any screen is wide. */
const maxIntervals = 100_000;

/**
 * What is asked of each interval: the mean of numbers and the last of everything else where nothing is said.
 * @throws ApiError when there is none of it, or no interval
 */
function aggregateOf(
  { every, agg }: z.infer<typeof telemetryQuery>,
  type: FieldType,
): Aggregate | undefined {
  if (every === undefined) {
    if (agg === undefined) return undefined;
    throw new ApiError("bad-request", `agg: ${agg} is of intervals: say every, such as every=1h`);
  }
  const known = aggregatesOf(type);
  const aggregate = agg ?? (known.includes("mean") ? "mean" : "last");
  if (known.includes(aggregate)) return aggregate;
  throw new ApiError(
    "bad-request",
    `agg: a ${type} has no ${aggregate}; it has ${known.join(", ")}`,
  );
}

/** `/api/v1/devices` and `/api/v1/telemetry`. */
export function deviceRoutes(parts: ApiParts): Hono<ApiEnv> {
  const { registry, store, now, log } = parts;

  /** @throws ApiError alike for a device that isn't there and one that the token may not know of */
  function find(c: Context<ApiEnv>, identity: string): RegisteredDevice {
    const device = visibleTo(c.var.grant)(identity) ? registry.find(identity) : undefined;
    if (!device) throw notFound("device", identity);
    return device;
  }

  const app = new Hono<ApiEnv>();

  app.get("/devices", (c) => {
    const visible = visibleTo(c.var.grant);
    const devices = registry.all().filter(({ identity }) => visible(identity));
    return c.json({ devices: devices.map((device) => viewDevice(device, parts)) });
  });

  app.get("/devices/:province/:unit/:site/:device", (c) => {
    const { province, unit, site, device } = c.req.param();
    return c.json(viewDevice(find(c, `${province}/${unit}/${site}/${device}`), parts));
  });

  app.get("/telemetry", async (c) => {
    const query = readQuery(c, telemetryQuery);
    const device = find(c, query.device);
    const quantity = device.quantities.get(query.quantity);
    if (!quantity) {
      throw new ApiError(
        "bad-request",
        `quantity: ${device.identity} has no ${JSON.stringify(query.quantity)}; it has ${[...device.quantities.keys()].join(", ")}`,
      );
    }
    const { to = now() } = query;
    const { from = to - usualSpanMs, every, zone } = query;
    if (from > to) throw new ApiError("bad-request", `from (${from}) is after to (${to})`);
    if (every !== undefined && (to - from) / every > maxIntervals) {
      throw new ApiError(
        "bad-request",
        `every: ${every} ms would give more than ${maxIntervals} intervals; take at least ${Math.ceil((to - from) / maxIntervals)} ms`,
      );
    }
    const { name, type, unit } = quantity;
    const aggregate = aggregateOf(query, type);
    const read = async (): Promise<readonly SeriesPoint[]> => {
      if (aggregate !== undefined && every !== undefined) {
        const intervals = { device, quantity, from, to, everyMs: every, zone, aggregate };
        return readIntervals({ store, rollup: parts.history }, intervals);
      }
      const fields = [{ name, type }];
      const found = await store.query({ series: device.series, fields, from, to });
      return found.get(name) ?? [];
    };
    const points = await read().catch((error: unknown) => {
      log.error({ err: error, device: device.identity }, "the store can't be read");
      throw new ApiError("unavailable", "the store does not answer now: try again", {
        cause: error,
      });
    });
    return c.json({ quantity: name, unit, points });
  });

  return app;
}
