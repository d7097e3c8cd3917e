import {
  type Identity,
  type RegistryKind,
  type RegistryRecord,
  registryKeyOf,
  registryKinds,
  registryLists,
  type Scope,
  scopeSchema,
} from "@kenh/schemas";
import { type Context, Hono } from "hono";
import * as z from "zod";
import { recordsIn } from "../registry/batch.ts";
import { type By, type Change, type Edit, RegistryConflict } from "../registry/change.ts";
import { isSeenFrom, liesIn } from "../registry/scope.ts";
import { addressOf, attemptOf, outcomeOf } from "./attempt.ts";
import { requireRole } from "./authorize.ts";
import type { ApiEnv, ApiParts } from "./parts.ts";
import { ApiError, notFound } from "./problem.ts";
import { countSchema, readBody, readQuery } from "./read.ts";

const line = z
  .string()
  .trim()
  .min(1)
  .max(1000)
  .regex(/^[^\p{Cc}]*$/u, { error: "must be one line of text" });
const who = { name: line.max(80).optional(), comment: line.optional() };
const list = z.array(z.unknown()).optional();
const batchBody = z.strictObject({
  version: z.literal(2).optional(),
  ...{ provinces: list, units: list, agencies: list },
  ...{ sites: list, devices: list, calibrations: list },
  takeGood: z.boolean().optional(),
  ...who,
});
const removeBody = z.strictObject({
  records: z
    .array(z.strictObject({ kind: z.enum(registryKinds), key: z.string() }))
    .min(1)
    .max(1000),
  ...who,
});
const undoBody = z.strictObject(who);

/** Changes of one answer; `before` gives the next. */
const mostChanges = 200;
/** Edits of one change that are shown; the command line shows all. */
const mostEdits = 100;
const changesQuery = z.strictObject({
  key: z.string().max(200).optional(),
  before: countSchema.optional(),
  limit: countSchema
    .refine((limit) => limit > 0 && limit <= mostChanges, { error: `must be 1 to ${mostChanges}` })
    .optional(),
});
const registryQuery = z.strictObject({ unit: scopeSchema.optional() });

/** Faults of a batch that one problem tells; `preview` tells all. */
const mostTold = 20;

type Parts = Pick<ApiParts, "registry" | "audit" | "onRegistryChange">;

/** `/api/v1/registry`: provinces, units, agencies, sites, devices and calibrations, and every change of them. */
export function registryRoutes({ registry, audit, onRegistryChange }: Parts): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();

  /** Carries a call out, or leaves a line of it in the audit log: changes themselves come there by the history. */
  async function audited<T>(c: Context<ApiEnv>, call: string, work: () => Promise<T>): Promise<T> {
    try {
      const answer = await work();
      onRegistryChange();
      return answer;
    } catch (error) {
      audit.append([{ ...attemptOf(c, call), ...outcomeOf(error) }]);
      throw error;
    }
  }

  /** The batch of a body, every record of it within the scope. */
  async function readBatch(c: Context<ApiEnv>) {
    // Before the body, of which alone the scope could be told: that the role is too low tells nothing.
    requireRole(c, "engineer");
    const body = await readBody(c, batchBody);
    const records = recordsIn(body);
    for (const { kind, value } of records) {
      const key = keyIn(kind, value);
      if (key !== undefined) requireWithin(c, kind, key);
    }
    return { body, records };
  }

  app.get("/", (c) => {
    const { unit } = readQuery(c, registryQuery);
    const { scope } = c.var.grant;
    const wanted = (kind: RegistryKind, record: RegistryRecord): boolean => {
      const key = registryKeyOf(kind, record);
      return isSeenFrom(scope, kind, key) && (unit === undefined || isSeenFrom(unit, kind, key));
    };
    const lists = registryKinds.map((kind) => [
      registryLists[kind],
      registry.records(kind).filter((record) => wanted(kind, record)),
    ]);
    return c.json({ version: 2, change: registry.history.last, ...Object.fromEntries(lists) });
  });

  app.post("/preview", async (c) => {
    const { records } = await readBatch(c);
    const { edits, unchanged, refused } = registry.plan(records);
    return c.json({ edits: edits.map(viewEdit), unchanged, refused });
  });

  app.post("/", async (c) =>
    audited(c, "registry.import", async () => {
      const { body, records } = await readBatch(c);
      const { takeGood = false } = body;
      const by = byOf(c, "import", body);
      const { change, unchanged, refused } = registry.change(records, { ...by, takeGood });
      if (refused.length > 0 && !takeGood) {
        const told = refused.slice(0, mostTold).map(({ at, message }) => `${at}: ${message}`);
        const more = refused.length - told.length;
        throw new ApiError(
          "bad-request",
          `${told.join("; ")}${more > 0 ? `; and ${more} more` : ""}. Nothing was taken`,
        );
      }
      return c.json({
        change: change && viewChange(change, "*"),
        edits: change?.size ?? 0,
        unchanged,
        refused,
      });
    }),
  );

  app.post("/remove", async (c) =>
    audited(c, "registry.remove", async () => {
      requireRole(c, "engineer");
      const body = await readBody(c, removeBody);
      for (const { kind, key } of body.records) {
        requireWithin(c, kind, key);
        if (registry.record(kind, key) === undefined) throw notFound(kind, key);
      }
      const change = refusing(() => registry.discard(body.records, byOf(c, "remove", body)));
      return c.json({ change: change && viewChange(change, c.var.grant.scope) });
    }),
  );

  app.get("/changes", (c) => {
    requireRole(c, "engineer");
    const { key, before, limit = 50 } = readQuery(c, changesQuery);
    const { scope } = c.var.grant;
    const changes = registry.history.list({ key, before, limit, scope });
    const next = changes.length === limit ? (changes.at(-1)?.id ?? null) : null;
    return c.json({ changes: changes.map((change) => viewChange(change, scope)), next });
  });

  app.post("/changes/:id/undo", async (c) =>
    audited(c, "registry.undo", async () => {
      const given = c.req.param("id");
      const id = /^\d{1,15}$/.test(given) ? Number(given) : 0;
      const { scope } = c.var.grant;
      const change = registry.history.get(id);
      const seen = change ? registry.history.edits(id, scope).length : 0;
      if (!change || seen === 0) throw notFound("change", given);
      requireRole(c, "engineer");
      const body = await readBody(c, undoBody);
      if (seen < change.size) {
        throw new ApiError(
          "wrong-state",
          `change ${id} is of more than ${scope}: a token of all of it takes it back`,
        );
      }
      const undone = refusing(() => registry.undo(id, byOf(c, "undo", body)));
      return c.json({ change: viewChange(undone, scope) });
    }),
  );

  function viewChange(change: Change, scope: Scope) {
    const edits = registry.history.edits(change.id, scope, mostEdits);
    const size = scope === "*" ? change.size : registry.history.edits(change.id, scope).length;
    return { ...change, size, edits: edits.map(viewEdit) };
  }

  return app;
}

/** @throws ApiError alike for what isn't there and what the token may not know of */
function requireWithin(c: Context<ApiEnv>, kind: RegistryKind, key: string): void {
  if (!liesIn(c.var.grant.scope, key)) throw notFound(kind, key);
}

/** The path that a record claims, whatever else is wrong with it. */
function keyIn(kind: RegistryKind, value: unknown): Identity | undefined {
  const fields = (value ?? {}) as Record<string, unknown>;
  const key = fields[kind === "device" ? "identity" : kind === "calibration" ? "device" : kind];
  return typeof key === "string" ? key : undefined;
}

function byOf(
  c: Context<ApiEnv>,
  how: string,
  { name, comment }: { name?: string | undefined; comment?: string | undefined },
): By {
  const { id: token, role, scope } = c.var.grant;
  const actor = { address: addressOf(c), token, role, scope, name: c.var.user ?? name ?? null };
  return { actor, how, comment };
}

function viewEdit({ kind, key, before, after }: Edit) {
  const parsed = (body: string | null): unknown => (body === null ? null : JSON.parse(body));
  return { kind, key, before: parsed(before), after: parsed(after) };
}

/** @throws ApiError in place of a RegistryConflict */
function refusing<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RegistryConflict)) throw error;
    throw new ApiError("wrong-state", error.message, { cause: error });
  }
}
