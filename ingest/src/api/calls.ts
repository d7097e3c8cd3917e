import { setImmediate } from "node:timers/promises";
import type { Alarm, Identity, Role } from "@kenh/schemas";
import { type Context, Hono } from "hono";
import * as z from "zod";
import type { Call } from "../alarms/operate.ts";
import type { AuditEntry } from "../audit.ts";
import { type Attempt, attemptOf, logged, outcomeOf } from "./attempt.ts";
import { actorOf, requireRole, visibleTo } from "./authorize.ts";
import type { ApiEnv, ApiParts } from "./parts.ts";
import { ApiError, notFound, problemOf } from "./problem.ts";
import { readBody } from "./read.ts";
import { comment, idempotencyKeyOf, instantBody, refusing, who } from "./said.ts";

const versioned = z.object({ version: z.int() });
const until = instantBody.optional();

const plainBody = z.object({ ...who, comment: comment.optional() });
const hidingBody = z.object({ ...who, comment, until });
const commentBody = z.object({ ...who, comment });
type CallBody = typeof plainBody | typeof hidingBody | typeof commentBody;

/** The operators' calls: the least role for each, and what its body has besides the alarms. */
const calls: {
  readonly [Kind in Exclude<Call["kind"], "unanswered">]: {
    readonly role: Role;
    readonly body: CallBody;
  };
} = {
  acknowledge: { role: "operator", body: plainBody },
  shelve: { role: "operator", body: hidingBody },
  unshelve: { role: "operator", body: plainBody },
  "out-of-service": { role: "engineer", body: hidingBody },
  "return-to-service": { role: "engineer", body: plainBody },
  comment: { role: "operator", body: commentBody },
};

/** What may be done with several alarms in one request; taking out of service so names a rule instead. */
const atOnce = ["acknowledge", "shelve", "unshelve", "return-to-service", "comment"] as const;
/** A screenful many times over; each is made durable by itself. */
const mostAtOnce = 500;
/** Then readings and other calls get their turn. */
const inOneGo = 20;
const named = z.object({
  alarms: z
    .array(z.object({ id: z.string().min(1).max(80), version: z.int() }))
    .min(1)
    .max(mostAtOnce),
});
const takeOutBody = z.object({ device: z.string(), rule: z.string(), ...who, comment, until });

/** What operators do with alarms. Each call of a token is in the audit log before it is answered, whatever came of it. */
export function callRoutes({ alarms, audit }: Pick<ApiParts, "alarms" | "audit">): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();

  const deviceOf = (id: string): Identity | null => alarms.get(id)?.device ?? null;

  /** @throws ApiError alike for an alarm that isn't there and one that the token may not know of */
  function requireVisible(c: Context<ApiEnv>, id: string, device: Identity | null): void {
    if (device === null || !visibleTo(c.var.grant)(device)) throw notFound("alarm", id);
  }

  /** @param key what the same call is recognised by, for this token */
  function operate(
    c: Context<ApiEnv>,
    id: string,
    call: Call,
    attempt: Attempt,
    key: string | undefined,
  ): string {
    const json = refusing(() =>
      alarms.operate(id, call, {
        actor: actorOf(c, attempt.name ?? undefined),
        version: attempt.version ?? 0,
        idempotencyKey: key === undefined ? undefined : `${attempt.token} ${key}`,
      }),
    );
    if (json === undefined) throw notFound("alarm", id);
    return json;
  }

  for (const kind of atOnce) {
    const { role, body: schema } = calls[kind];
    const several = z.intersection(named, schema);
    app.post(`/${kind}`, async (c) => {
      const attempt = attemptOf(c, kind, "");
      const entries: AuditEntry[] = [];
      const results: string[] = [];
      try {
        requireRole(c, role);
        const body = await readBody<z.infer<typeof several>>(c, several);
        const call = callOf(kind, body);
        const key = idempotencyKeyOf(c);
        for (const [at, { id, version }] of body.alarms.entries()) {
          if (at % inOneGo === inOneGo - 1) await setImmediate();
          const one = { ...attempt, ...said(c, body), alarm: id, device: deviceOf(id), version };
          try {
            requireVisible(c, id, one.device);
            const alarm = operate(c, id, call, one, key && `${key} ${id}`);
            results.push(`{"id":${JSON.stringify(id)},"alarm":${alarm}}`);
            entries.push({ ...one, result: "done", detail: null });
          } catch (error) {
            if (!(error instanceof ApiError)) throw error;
            entries.push({ ...one, ...outcomeOf(error) });
            results.push(JSON.stringify({ id, problem: problemOf(error.kind, error.message) }));
          }
        }
      } catch (error) {
        entries.push({ ...attempt, ...outcomeOf(error) });
        throw error;
      } finally {
        audit.append(entries);
      }
      return c.body(`{"results":[${results.join(",")}]}`, 200, {
        "content-type": "application/json",
      });
    });
  }

  app.post("/out-of-service", async (c) => {
    const json = await logged(audit, attemptOf(c, "out-of-service", ""), async (known) => {
      requireRole(c, calls["out-of-service"].role);
      const body = await readBody(c, takeOutBody);
      const { device, rule, comment: why } = body;
      Object.assign(known, said(c, body), { alarm: `${device} ${rule}`.slice(0, 200) });
      if (!visibleTo(c.var.grant)(device)) throw notFound("device", device);
      known.device = device;
      const key = idempotencyKeyOf(c);
      const taken = refusing(() =>
        alarms.takeOut(
          device,
          rule,
          { comment: why, until: body.until ?? null },
          {
            actor: actorOf(c, known.name ?? undefined),
            idempotencyKey: key === undefined ? undefined : `${known.token} ${key}`,
          },
        ),
      );
      if (taken === undefined) throw notFound("rule", rule);
      const { id, version } = JSON.parse(taken) as Alarm;
      Object.assign(known, { alarm: id, version: version - 1 });
      return taken;
    });
    return c.body(json, 200, { "content-type": "application/json" });
  });

  for (const [kind, { role, body: schema }] of Object.entries(calls)) {
    const one = z.intersection(versioned, schema);
    app.post(`/:id/${kind}`, async (c) => {
      const id = c.req.param("id");
      const json = await logged(audit, attemptOf(c, kind, id), async (known) => {
        known.device = deviceOf(id);
        requireVisible(c, id, known.device);
        requireRole(c, role);
        const body = await readBody<z.infer<typeof one>>(c, one);
        Object.assign(known, said(c, body), { version: body.version });
        return operate(c, id, callOf(kind, body), known, idempotencyKeyOf(c));
      });
      return c.body(json, 200, { "content-type": "application/json" });
    });
  }

  return app;
}

function callOf(kind: string, body: { comment?: string | undefined; until?: number | undefined }) {
  return { kind, comment: body.comment ?? null, until: body.until ?? null } as Call;
}

/** What the body says of the call; the user that Grafana has signed for goes before a name that anybody may write. */
function said(
  c: Context<ApiEnv>,
  body: { name?: string | undefined; comment?: string | undefined; until?: number | undefined },
) {
  return {
    name: c.var.user ?? body.name ?? null,
    comment: body.comment ?? null,
    until: body.until ?? null,
  };
}
