import { alarmStates, type Identity, type Priority, parseIdentity } from "@kenh/schemas";
import { type Context, Hono } from "hono";
import { Counter, Gauge } from "prom-client";
import * as z from "zod";
import { bearerOf, visibleTo } from "./authorize.ts";
import type { ApiEnv, ApiParts } from "./parts.ts";
import { ApiError, notFound } from "./problem.ts";
import { countSchema, instantSchema, listOf, readQuery } from "./read.ts";
import { alarmEvents, streamDefaults } from "./stream.ts";

const listQuery = z.strictObject({
  state: listOf(alarmStates).optional(),
  unit: z.string().optional(),
  priority: listOf(["1", "2", "3", "4"])
    .transform((all) => all.map((one) => Number(one) as Priority))
    .optional(),
  since: countSchema.optional(),
  cause: z.string().optional(),
});
const streamQuery = z.strictObject({ since: countSchema.optional() });

/** Without `from`: a week, the period over which ISA-18.2 looks at an alarm system. */
const kpiDefaultMs = 7 * 24 * 3_600_000;
const kpiQuery = z.strictObject({
  unit: z.string().optional(),
  from: instantSchema.optional(),
  to: instantSchema.optional(),
});

/** `/api/v1/alarms`: the list, the stream, the key figures and one alarm. */
export function alarmRoutes(parts: ApiParts): Hono<ApiEnv> {
  const { alarms, access, metrics, now, streamLimits = streamDefaults } = parts;
  const registers = [metrics];
  let readers = 0;
  new Gauge({
    name: "kenh_api_streams",
    help: "Readers of the stream of alarms",
    registers,
    collect() {
      this.set(readers);
    },
  });
  const cut = new Counter({
    name: "kenh_api_streams_cut_total",
    help: "Readers that were cut because they took nothing",
    registers,
  });

  /** @throws ApiError alike for an alarm that isn't there and one that the token may not know of */
  function find(c: Context<ApiEnv>) {
    const id = c.req.param("id") ?? "";
    const alarm = alarms.get(id);
    if (!alarm || !visibleTo(c.var.grant)(alarm.device)) throw notFound("alarm", id);
    return alarm;
  }

  const app = new Hono<ApiEnv>();

  app.get("/", (c) => {
    const { state, unit, priority, since, cause } = readQuery(c, listQuery);
    const visible = visibleTo(c.var.grant);
    const { revision } = alarms;
    const found = alarms.list({ states: state, priorities: priority, unit, since, cause, visible });
    const floods = JSON.stringify(alarms.floods(visible));
    return c.body(
      `{"alarms":[${found.join(",")}],"revision":${revision},"floods":${floods}}`,
      200,
      {
        "content-type": "application/json",
      },
    );
  });

  app.get("/kpis", (c) => {
    const { unit, to = now(), from = to - kpiDefaultMs } = readQuery(c, kpiQuery);
    if (from >= to)
      throw new ApiError("bad-request", `from is ${from}: it must be before to, ${to}`);
    const granted = visibleTo(c.var.grant);
    const visible = (device: Identity) => granted(device) && (!unit || isOfUnit(device, unit));
    return c.json(alarms.kpis({ from, to, visible }));
  });

  app.get("/stream", (c) => {
    const query = readQuery(c, streamQuery);
    // A reader that reconnects by itself says so in the header and repeats its first address.
    const resumed = /^\d{1,15}$/.exec(c.req.header("last-event-id") ?? "")?.[0];
    const since = resumed === undefined ? (query.since ?? alarms.revision) : Number(resumed);
    if (since > alarms.revision) {
      throw new ApiError(
        "unknown-revision",
        `there is no revision ${since} yet, the last is ${alarms.revision}: read GET /api/v1/alarms and begin from there`,
      );
    }
    if (readers >= streamLimits.maxReaders) {
      throw new ApiError("unavailable", `${readers} readers already: try again later`);
    }
    const visible = visibleTo(c.var.grant) as (device: Identity) => boolean;
    const token = bearerOf(c) ?? "";
    readers += 1;
    const events = alarmEvents(alarms, {
      since,
      visible,
      granted: () => access.grant(token) !== undefined,
      closing: c.env.closing,
      cut: () => c.env.incoming?.socket.destroy(),
      limits: streamLimits,
      onEnd(how) {
        readers -= 1;
        if (how === "cut") cut.inc();
      },
    });
    return c.body(events, 200, {
      "content-type": "text/event-stream",
      // nginx would hold events back to fill its buffer.
      "x-accel-buffering": "no",
    });
  });

  app.get("/:id", (c) => c.json(find(c)));

  return app;
}

/** `province/unit`, or the unit's code alone. */
function isOfUnit(device: Identity, wanted: string): boolean {
  const { province, unit } = parseIdentity(device);
  return wanted === unit || wanted === `${province}/${unit}`;
}
