import { identitySchema, textSchema } from "@kenh/schemas";
import { type Context, Hono } from "hono";
import * as z from "zod";
import { AdoptionRefused } from "../adoption-refused.ts";
import type { By } from "../registry/change.ts";
import { addressOf, attemptOf, logged } from "./attempt.ts";
import { requireRole, visibleTo } from "./authorize.ts";
import type { ApiEnv, ApiParts } from "./parts.ts";
import { ApiError, notFound, type ProblemKind } from "./problem.ts";
import { readBody, readQuery } from "./read.ts";

const who = { name: z.string().trim().min(1).max(80).optional() };
const listQuery = z.strictObject({ ignored: z.enum(["true", "false"]).optional() });
const adoptBody = z.strictObject({
  identity: identitySchema,
  profile: z.string().min(1).max(64).optional(),
  label: textSchema.optional(),
  credentials: z
    .enum(["sender", "password"])
    .default("sender")
    .describe("who speaks for it: the account that brought it, or one of its own"),
  comment: z.string().trim().min(1).max(1000).optional(),
  ...who,
});
const ignoreBody = z.strictObject({
  identity: z.string().min(1).max(65_536),
  ignored: z.boolean().default(true),
  purge: z.boolean().default(false),
  ...who,
});

const problems: Record<AdoptionRefused["kind"], ProblemKind> = {
  "nothing-waits": "not-found",
  "bad-value": "bad-request",
  registered: "wrong-state",
};

type Parts = Pick<ApiParts, "access" | "audit" | "discovery" | "onRegistryChange">;

/** `/api/v1/discovered`: devices that send and that nobody has registered. */
export function discoveredRoutes(parts: Parts): Hono<ApiEnv> {
  const { access, audit, discovery, onRegistryChange } = parts;
  const app = new Hono<ApiEnv>();

  app.get("/", (c) => {
    const { ignored } = readQuery(c, listQuery);
    const wanted = ignored === undefined ? undefined : ignored === "true";
    const discovered = discovery
      .list(visibleTo(c.var.grant))
      .filter((one) => wanted === undefined || one.ignored === wanted);
    return c.json({ discovered });
  });

  app.post("/adopt", (c) =>
    logged(audit, attemptOf(c, "adopt"), async (known) => {
      // Before the body is read: it tells nothing of what there is.
      requireRole(c, "engineer");
      const { credentials, comment, name, ...call } = await readBody(c, adoptBody);
      known.device = call.identity;
      known.comment = comment ?? null;
      known.name ??= name ?? null;
      if (!visibleTo(c.var.grant)(call.identity)) throw nothingWaits(call.identity);
      const alone = credentials === "password";
      const adopted = await refusing(() =>
        discovery.adopt({ ...call, alone }, byOf(c, known.name, comment)),
      );
      onRegistryChange();
      if (!alone) return c.json(adopted);
      const password = await access.addAccount(call.identity, [call.identity]);
      return c.json({ ...adopted, username: call.identity, password });
    }),
  );

  app.post("/ignore", (c) =>
    logged(audit, attemptOf(c, "discovered-ignore"), async (known) => {
      requireRole(c, "engineer");
      const { identity, ignored, purge, name } = await readBody(c, ignoreBody);
      const device = identitySchema.safeParse(identity).success ? identity : null;
      known.device = device;
      known.name ??= name ?? null;
      if (!visibleTo(c.var.grant)(device)) throw nothingWaits(identity);
      const purged = discovery.ignore(identity, ignored, purge);
      if (purged === undefined) throw nothingWaits(identity);
      known.comment = `${ignored ? "ignored" : "shown again"}, ${purged} messages deleted`;
      return c.json({ identity, ignored, purged });
    }),
  );

  return app;
}

const nothingWaits = (id: string): ApiError => notFound("discovered device", id);

function byOf(c: Context<ApiEnv>, name: string | null, comment: string | undefined): By {
  const { id: token, role, scope } = c.var.grant;
  return { actor: { address: addressOf(c), token, role, scope, name }, how: "adopt", comment };
}

/** @throws ApiError in place of an AdoptionRefused */
async function refusing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AdoptionRefused)) throw error;
    throw new ApiError(problems[error.kind], error.message, { cause: error });
  }
}
