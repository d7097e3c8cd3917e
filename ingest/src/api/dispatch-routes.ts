import {
  type Dispatch,
  dispatchStates,
  type Identity,
  type RegistryRecord,
  type Scope,
  scopeCovers,
} from "@kenh/schemas";
import { type Context, Hono } from "hono";
import * as z from "zod";
import { placeOf } from "../alarms/announce/words.ts";
import type { DispatchCaller, Order } from "../alarms/dispatch/dispatches.ts";
import type { DispatchCall } from "../alarms/dispatch/steps.ts";
import { isSeenFrom, liesIn } from "../registry/scope.ts";
import { type Attempt, attemptOf, logged } from "./attempt.ts";
import { actorOf, requireRole, visibleTo } from "./authorize.ts";
import type { ApiEnv, ApiParts } from "./parts.ts";
import { ApiError, notFound } from "./problem.ts";
import { instantSchema, listOf, readBody, readQuery } from "./read.ts";
import { comment, idempotencyKeyOf, instantBody, line, refusing, who } from "./said.ts";

const minuteMs = 60_000;
/** Agencies that a refusal names. */
const mostNamed = 20;

const orderBody = z
  .object({
    agency: line(100),
    deadline: instantBody.optional(),
    minutes: z.int().min(1).max(44_640).optional(),
    instruction: comment,
    ...who,
  })
  .refine(({ deadline, minutes }) => (deadline === undefined) !== (minutes === undefined), {
    error: "give deadline (an instant) or minutes (from now), one of the two",
  });
const reassignBody = z.intersection(orderBody, z.object({ version: z.int(), comment }));
const plainBody = z.object({ version: z.int(), comment: comment.optional(), ...who });
const saidBody = z.object({ version: z.int(), comment, ...who });

const calls = {
  accept: plainBody,
  handle: saidBody,
  return: saidBody,
  withdraw: saidBody,
  comment: saidBody,
} as const satisfies Record<DispatchCall["kind"], z.ZodType>;

const listQuery = z.strictObject({
  state: listOf([...dispatchStates, "overdue"]).optional(),
  agency: z.string().optional(),
  unit: z.string().optional(),
  alarm: z.string().optional(),
  since: instantSchema.optional(),
});
const agencyQuery = z.strictObject({ alarm: z.string().optional() });

type Parts = Pick<ApiParts, "alarms" | "registry" | "audit">;

/**
 * `POST /api/v1/alarms/<id>/dispatch` and `/api/v1/dispatches`: alarms that are given to agencies. Who
 * may see the device gives, takes back and gives to another; whoever may see the agency answers. What
 * is neither is not there.
 */
export function dispatchRoutes({ alarms, registry, audit }: Parts): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();
  const { dispatches } = alarms;

  const seen =
    (scope: Scope) =>
    ({ device, agency }: { readonly device: Identity; readonly agency: string }): boolean =>
      scope === "*" || scopeCovers(scope, device) || liesIn(scope, agency);

  /** @throws ApiError alike for a dispatch that isn't there and one that the token may not know of */
  function find(c: Context<ApiEnv>): Dispatch {
    const id = c.req.param("id") ?? "";
    const dispatch = dispatches.get(id);
    if (!dispatch || !seen(c.var.grant.scope)(dispatch)) throw notFound("dispatch", id);
    return dispatch;
  }

  /** The agencies of the device's province that the token may know of; all of them without a device. */
  function agenciesFor(scope: Scope, device?: Identity): RegistryRecord<"agency">[] {
    const province = device === undefined ? "" : device.slice(0, device.indexOf("/") + 1);
    return registry
      .records("agency", province)
      .filter(({ agency }) => isSeenFrom(scope, "agency", agency));
  }

  function orderOf(
    c: Context<ApiEnv>,
    device: Identity,
    { agency: key, deadline, minutes = 0, instruction }: z.infer<typeof orderBody>,
  ): Order {
    const known = agenciesFor(c.var.grant.scope, device);
    const agency = known.find((one) => one.agency === key);
    if (!agency) {
      const names = known.slice(0, mostNamed).map((one) => one.agency);
      const more = known.length > mostNamed ? `, and ${known.length - mostNamed} more` : "";
      throw new ApiError(
        "bad-request",
        known.length === 0
          ? `agency: there is no ${JSON.stringify(key)}, nor any other: register agencies first`
          : `agency: there is no ${JSON.stringify(key)}; there are ${names.join(", ")}${more}`,
      );
    }
    return {
      ...{ agency: key, label: agency.label, instruction },
      place: placeOf(device, registry),
      deadline: deadline ?? { inMs: minutes * minuteMs },
    };
  }

  function callerOf(c: Context<ApiEnv>, { name, token }: Attempt): DispatchCaller {
    const key = idempotencyKeyOf(c);
    return {
      actor: actorOf(c, name ?? undefined),
      scope: c.var.grant.scope,
      idempotencyKey: key === undefined ? undefined : `${token} ${key}`,
    };
  }

  /** The alarm's version that a call was made on, as its line of the log has it. */
  const versionBefore = ({ history }: Dispatch): number => (history.at(-1)?.alarmVersion ?? 0) - 1;

  app.post("/alarms/:id/dispatch", async (c) => {
    const id = c.req.param("id");
    const made = await logged(audit, attemptOf(c, "dispatch", id), async (known) => {
      const alarm = alarms.get(id);
      if (!alarm || !visibleTo(c.var.grant)(alarm.device)) throw notFound("alarm", id);
      known.device = alarm.device;
      requireRole(c, "operator");
      const body = await readBody(c, orderBody);
      known.name = c.var.user ?? body.name ?? null;
      known.comment = `${body.agency}: ${body.instruction}`;
      const order = orderOf(c, alarm.device, body);
      const dispatch = refusing(() => dispatches.assign(id, order, callerOf(c, known)));
      if (!dispatch) throw notFound("alarm", id);
      known.version = versionBefore(dispatch);
      known.until = dispatch.deadline;
      return dispatch;
    });
    return c.json(made);
  });

  app.get("/dispatches", (c) => {
    const { state, ...rest } = readQuery(c, listQuery);
    const visible = seen(c.var.grant.scope);
    return c.json({ dispatches: dispatches.list({ states: state, ...rest, visible }) });
  });

  app.get("/dispatches/agencies", (c) => {
    const { alarm: id } = readQuery(c, agencyQuery);
    const alarm = id === undefined ? undefined : alarms.get(id);
    if (id !== undefined && !(alarm && visibleTo(c.var.grant)(alarm.device))) {
      throw notFound("alarm", id);
    }
    const agencies = agenciesFor(c.var.grant.scope, alarm?.device);
    return c.json({
      agencies: agencies.map(({ agency, label, owner, contact }) => ({
        ...{ agency, label, owner: owner ?? null, contact: contact ?? null },
      })),
    });
  });

  app.get("/dispatches/:id", (c) => c.json(find(c)));

  for (const [kind, schema] of Object.entries(calls) as [DispatchCall["kind"], z.ZodType][]) {
    app.post(`/dispatches/:id/${kind}`, async (c) => {
      const made = await logged(audit, attemptOf(c, `dispatch-${kind}`), async (known) => {
        const { id, alarm, device } = find(c);
        Object.assign(known, { alarm, device });
        requireRole(c, "operator");
        const body = await readBody<z.infer<typeof plainBody>>(c, schema as typeof plainBody);
        known.name = c.var.user ?? body.name ?? null;
        known.comment = body.comment ?? null;
        if (kind === "withdraw") requireAssigner(c, device);
        const call = { kind, comment: body.comment ?? null, version: body.version };
        const dispatch = refusing(() =>
          dispatches.operate(
            id,
            call as DispatchCall & { readonly version: number },
            callerOf(c, known),
          ),
        );
        if (!dispatch) throw notFound("dispatch", id);
        known.version = versionBefore(dispatch);
        return dispatch;
      });
      return c.json(made);
    });
  }

  app.post("/dispatches/:id/reassign", async (c) => {
    const attempt = attemptOf(c, "dispatch-withdraw");
    let next: Attempt | undefined;
    const made = await logged(audit, attempt, async (known) => {
      const { id, alarm, device } = find(c);
      Object.assign(known, { alarm, device });
      requireRole(c, "operator");
      const body = await readBody(c, reassignBody);
      known.name = c.var.user ?? body.name ?? null;
      known.comment = body.comment;
      requireAssigner(c, device);
      const { version, comment: why } = body;
      const order = { ...orderOf(c, device, body), version, comment: why };
      const dispatch = refusing(() => dispatches.reassign(id, order, callerOf(c, known)));
      if (!dispatch) throw notFound("dispatch", id);
      const before = versionBefore(dispatch);
      known.version = before - 1;
      const told = `${dispatch.agency}: ${dispatch.instruction}`;
      next = {
        ...known,
        call: "dispatch",
        version: before,
        comment: told,
        until: dispatch.deadline,
      };
      return dispatch;
    });
    if (next) audit.append([{ ...next, result: "done", detail: null }]);
    return c.json(made);
  });

  /** @throws ApiError when the token sees the agency and not the device: it answers, and no more */
  function requireAssigner(c: Context<ApiEnv>, device: Identity): void {
    if (visibleTo(c.var.grant)(device)) return;
    throw new ApiError(
      "forbidden",
      "whoever assigned it takes it back: the agency sends it back with its reason (return)",
    );
  }

  return app;
}
