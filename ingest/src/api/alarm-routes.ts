import { alarmStates, type Identity, type Priority, type Role } from "@kenh/schemas";
import { type Context, Hono } from "hono";
import { Counter, Gauge } from "prom-client";
import * as z from "zod";
import { type Call, Refusal } from "../alarms/operate.ts";
import { bearerOf, requireRole, visibleTo } from "./authorize.ts";
import type { ApiEnv, ApiParts } from "./parts.ts";
import { ApiError, notFound, type ProblemKind } from "./problem.ts";
import { countSchema, instantSchema, listOf, readBody, readQuery } from "./read.ts";
import { alarmEvents, streamDefaults } from "./stream.ts";

const listQuery = z.strictObject({
  state: listOf(alarmStates).optional(),
  unit: z.string().optional(),
  priority: listOf(["1", "2", "3", "4"])
    .transform((all) => all.map((one) => Number(one) as Priority))
    .optional(),
  since: countSchema.optional(),
});
const streamQuery = z.strictObject({ since: countSchema.optional() });

const line = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .regex(/^[^\p{Cc}]*$/u, { error: "must be one line of text" });
const comment = line(1000);
/** `name`: who acts, where one token serves several people. */
const common = { version: z.int(), name: line(80).optional() };
const until = z
  .union([z.int(), instantSchema], {
    error: "must be milliseconds since 1970 UTC, or ISO 8601 with a zone",
  })
  .optional();

const plainBody = z.object({ ...common, comment: comment.optional() });
const hidingBody = z.object({ ...common, comment, until });
const commentBody = z.object({ ...common, comment });

/** The operators' calls: the least role for each, and the body that it takes. */
const calls: {
  readonly [Kind in Exclude<Call["kind"], "unanswered">]: {
    readonly role: Role;
    readonly body: typeof plainBody | typeof hidingBody | typeof commentBody;
  };
} = {
  acknowledge: { role: "operator", body: plainBody },
  shelve: { role: "operator", body: hidingBody },
  unshelve: { role: "operator", body: plainBody },
  "out-of-service": { role: "engineer", body: hidingBody },
  "return-to-service": { role: "engineer", body: plainBody },
  comment: { role: "operator", body: commentBody },
};

const refusals: Record<Refusal["kind"], ProblemKind> = {
  "stale-version": "stale-version",
  "wrong-state": "wrong-state",
  "bad-value": "bad-request",
  "key-reused": "key-reused",
};

/** `/api/v1/alarms`: the list, the stream, one alarm, and what operators do with it. */
export function alarmRoutes(parts: ApiParts): Hono<ApiEnv> {
  const { alarms, access, metrics, streamLimits = streamDefaults } = parts;
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
    const { state, unit, priority, since } = readQuery(c, listQuery);
    const visible = visibleTo(c.var.grant);
    const { revision } = alarms;
    const found = alarms.list({ states: state, priorities: priority, unit, since, visible });
    return c.body(`{"alarms":[${found.join(",")}],"revision":${revision}}`, 200, {
      "content-type": "application/json",
    });
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

  for (const [kind, { role, body: schema }] of Object.entries(calls)) {
    app.post(`/:id/${kind}`, async (c) => {
      const { id } = find(c);
      requireRole(c, role);
      const body: z.infer<typeof schema> = await readBody<z.infer<typeof schema>>(c, schema);
      const { id: token } = c.var.grant;
      const key = idempotencyKeyOf(c);
      const call = {
        kind,
        comment: body.comment ?? null,
        until: "until" in body ? (body.until ?? null) : null,
      } as Call;
      const json = operate(id, call, {
        actor: body.name === undefined ? token : `${body.name} (${token})`,
        version: body.version,
        idempotencyKey: key === undefined ? undefined : `${token} ${key}`,
      });
      return c.body(json, 200, { "content-type": "application/json" });
    });
  }

  function operate(id: string, call: Call, context: Parameters<typeof alarms.operate>[2]): string {
    try {
      const json = alarms.operate(id, call, context);
      if (json === undefined) throw notFound("alarm", id);
      return json;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      throw new ApiError(refusals[error.kind], error.message, { cause: error });
    }
  }

  return app;
}

function idempotencyKeyOf(c: Context): string | undefined {
  const key = c.req.header("idempotency-key");
  if (key === undefined || (key.length > 0 && key.length <= 200)) return key;
  throw new ApiError("bad-request", "Idempotency-Key must have 1 to 200 characters");
}
