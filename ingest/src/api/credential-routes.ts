import { type Identity, identitySchema } from "@kenh/schemas";
import { siteSchema } from "@kenh/schemas/node";
import { type Context, Hono } from "hono";
import * as z from "zod";
import { attemptOf, logged } from "./attempt.ts";
import { requireRole, visibleTo } from "./authorize.ts";
import type { ApiEnv, ApiParts } from "./parts.ts";
import { ApiError, notFound } from "./problem.ts";
import { durationSchema, readBody } from "./read.ts";

const day = 24 * 3_600_000;
/** Long enough to walk to the cabinet, short enough that a code in a message is worth nothing. */
const validFor = durationSchema.refine((ms) => ms <= 7 * day, { error: "must be at most 7d" });
/** A quarter: who leaves with a certificate has it for a season, and renewal is exercised. */
const life = durationSchema.refine((ms) => ms <= 825 * day, { error: "must be at most 825d" });
const who = { name: z.string().trim().min(1).max(80).optional() };

const codeBody = z.strictObject({
  validFor: validFor.prefault("15m"),
  life: life.prefault("90d"),
  joins: z
    .boolean()
    .default(false)
    .describe("it may bring unknown devices of its site, as the agent of a cabinet does"),
  ...who,
});
const revokeBody = z.strictObject({
  comment: z.string().trim().min(1).max(1000).optional(),
  ...who,
});
const passwordBody = z.strictObject(who);

type Parts = Pick<ApiParts, "access" | "audit" | "registry">;

/** By what a device proves who it is: codes, certificates, its password. Shown once, when they are made. */
export function credentialRoutes({ access, audit, registry }: Parts): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();

  /** @throws ApiError when it is none, or none that the token may know of */
  function identityOf(c: Context<ApiEnv>): Identity {
    const { province, unit, site, device } = c.req.param() as Record<string, string>;
    const identity = `${province}/${unit}/${site}/${device}`;
    const parsed = identitySchema.safeParse(identity);
    if (!parsed.success)
      throw new ApiError("bad-request", `${identity} ${parsed.error.issues[0]?.message}`);
    if (!visibleTo(c.var.grant)(identity)) throw notFound("device", identity);
    return identity;
  }

  app.get("/devices/:province/:unit/:site/:device/certificates", (c) => {
    const identity = identityOf(c);
    requireRole(c, "engineer");
    return c.json({
      certificates: access.certificates.of(identity).map((one) => {
        const { serial, fingerprint, issuedAt, expiresAt, revokedAt, reason, usedAt } = one;
        return { serial, fingerprint, issuedAt, expiresAt, revokedAt, reason, firstUsedAt: usedAt };
      }),
      codes: access.codes
        .of(identity)
        .map(({ id, madeAt, expiresAt, usedAt }) => ({ id, madeAt, expiresAt, usedAt })),
    });
  });

  app.post("/devices/:province/:unit/:site/:device/enrol-code", (c) =>
    logged(audit, attemptOf(c, "enrol-code"), async (known) => {
      const identity = identityOf(c);
      known.device = identity;
      requireRole(c, "engineer");
      const body = await readBody(c, codeBody);
      known.name ??= body.name ?? null;
      const joins = body.joins ? [siteSchema.parse(identity.split("/").slice(0, 3).join("/"))] : [];
      const made = access.codes.make(identity, {
        validMs: body.validFor,
        lifeMs: body.life,
        joins,
      });
      known.comment = `code ${made.id}, good until ${new Date(made.expiresAt).toISOString()}`;
      const station = new URL(c.req.url).origin;
      return c.json({ identity, code: made.code, expiresAt: made.expiresAt, station });
    }),
  );

  app.post("/devices/:province/:unit/:site/:device/revoke", (c) =>
    logged(audit, attemptOf(c, "revoke"), async (known) => {
      const identity = identityOf(c);
      known.device = identity;
      requireRole(c, "engineer");
      const { comment, name } = await readBody(c, revokeBody);
      known.name ??= name ?? null;
      known.comment = comment ?? null;
      const revoked = access.revoke(identity);
      if (!revoked) throw notFound("account", identity);
      return c.json({ identity, ...revoked, password: true });
    }),
  );

  app.post("/devices/:province/:unit/:site/:device/password", (c) =>
    logged(audit, attemptOf(c, "password"), async (known) => {
      const identity = identityOf(c);
      known.device = identity;
      requireRole(c, "engineer");
      const { name } = await readBody(c, passwordBody);
      known.name ??= name ?? null;
      const account = access.account(identity);
      if (!account && !registry.find(identity)) throw notFound("device", identity);
      const password = await access.addAccount(identity, account?.publishes ?? [identity]);
      return c.json({ identity, username: identity, password });
    }),
  );

  return app;
}
