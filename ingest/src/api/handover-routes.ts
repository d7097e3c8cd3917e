import { type Alarm, type Handover, type Identity, scopeCovers, scopeSchema } from "@kenh/schemas";
import { type Context, Hono } from "hono";
import * as z from "zod";
import { placeOf } from "../alarms/announce/words.ts";
import { factsOf } from "../handover/facts.ts";
import type { Signer } from "../handover/handovers.ts";
import { liesIn } from "../registry/scope.ts";
import { attemptOf, logged } from "./attempt.ts";
import { actorOf, requireRole } from "./authorize.ts";
import { viewDevice } from "./freshness.ts";
import type { ApiEnv, ApiParts } from "./parts.ts";
import { notFound } from "./problem.ts";
import { countSchema, instantSchema, readBody, readQuery } from "./read.ts";
import { idempotencyKeyOf, refusing, who } from "./said.ts";

/** What a shift has to say: a page, with its lines. */
const text = z
  .string()
  .trim()
  .min(1)
  .max(4000)
  .regex(/^(?:\n|[^\p{Cc}])*$/u, { error: "must be text, without control characters" });
const giveBody = z.object({
  unit: scopeSchema.optional(),
  text,
  corrects: z.string().min(1).max(80).optional(),
  ...who,
});
const takeBody = z.object({ text: text.optional(), ...who });

const mostNotes = 500;
const listQuery = z.strictObject({
  unit: scopeSchema.optional(),
  from: instantSchema.optional(),
  to: instantSchema.optional(),
  limit: countSchema
    .refine((limit) => limit > 0 && limit <= mostNotes, { error: `must be 1 to ${mostNotes}` })
    .optional(),
});
const draftQuery = z.strictObject({ unit: scopeSchema.optional() });

/** `/api/v1/handovers`: what one shift leaves to the next (giao ca). */
export function handoverRoutes(parts: ApiParts): Hono<ApiEnv> {
  const { alarms, registry, sharing, handovers, audit, now } = parts;
  const app = new Hono<ApiEnv>();

  /** @throws ApiError alike for a note that isn't there and one that the token may not know of */
  function find(c: Context<ApiEnv>): Handover {
    const id = c.req.param("id") ?? "";
    const note = handovers.get(id);
    if (!note || !liesIn(c.var.grant.scope, note.unit)) throw notFound("hand-over", id);
    return note;
  }

  /** The unit whose shift is meant: the token's own where none is named. @throws ApiError */
  function unitOf(c: Context<ApiEnv>, unit: string | undefined): string {
    const { scope } = c.var.grant;
    if (unit !== undefined && !liesIn(scope, unit)) throw notFound("unit", unit);
    return unit ?? scope;
  }

  function factsFor(unit: string, since: number, asOf: number) {
    const visible = (device: Identity): boolean => unit === "*" || scopeCovers(unit, device);
    return factsOf({
      ...{ asOf, since, alarm: alarms.get },
      alarms: alarms
        .list({ visible })
        .map((json) => JSON.parse(json) as Alarm)
        .filter(({ state }) => state !== "normal"),
      lines: alarms.transitions({ from: since, to: asOf + 1, visible }),
      dispatches: alarms.dispatches.list({ visible: ({ device }) => visible(device) }),
      datasets: sharing.list(visible),
      devices: registry
        .all()
        .filter(({ identity }) => visible(identity))
        .map((device) => viewDevice(device, parts)),
      place: (device) => placeOf(device, registry),
    });
  }

  function signerOf<T extends string | null>(
    c: Context<ApiEnv>,
    { name, text: said }: { name?: string | undefined; text: T },
  ): Signer & { readonly text: T } {
    const person = c.var.user ?? name ?? c.var.grant.id;
    return { actor: actorOf(c, name), person, text: said };
  }

  app.get("/", (c) => {
    const { limit = 50, ...asked } = readQuery(c, listQuery);
    const { scope } = c.var.grant;
    const visible = (unit: string): boolean => liesIn(scope, unit);
    return c.json({ handovers: handovers.list({ ...asked, limit, visible }) });
  });

  app.get("/draft", (c) => {
    const unit = unitOf(c, readQuery(c, draftQuery).unit);
    return c.json({ unit, facts: factsFor(unit, handovers.since(unit), now()) });
  });

  app.post("/", async (c) => {
    const note = await logged(audit, attemptOf(c, "handover"), async (known) => {
      requireRole(c, "operator");
      const body = await readBody(c, giveBody);
      const unit = unitOf(c, body.unit);
      known.name = c.var.user ?? body.name ?? null;
      known.comment = `${unit}: ${body.text}`;
      const key = idempotencyKeyOf(c);
      return refusing(() =>
        handovers.give({
          unit,
          facts: (since, asOf) => factsFor(unit, since, asOf),
          outgoing: signerOf(c, body),
          corrects: body.corrects ?? null,
          key: key === undefined ? undefined : `${known.token} ${key}`,
        }),
      );
    });
    return c.json(note);
  });

  app.get("/:id", (c) => c.json(find(c)));

  app.post("/:id/take-over", async (c) => {
    const note = await logged(audit, attemptOf(c, "handover-take-over"), async (known) => {
      const { id, unit } = find(c);
      requireRole(c, "operator");
      const { text: said = null, name } = await readBody(c, takeBody);
      known.name = c.var.user ?? name ?? null;
      known.comment = `${unit} ${id}${said === null ? "" : `: ${said}`}`;
      const taken = refusing(() => handovers.takeOver(id, signerOf(c, { name, text: said })));
      if (!taken) throw notFound("hand-over", id);
      return taken;
    });
    return c.json(note);
  });

  return app;
}
