import { profileNamePattern, type Scope } from "@kenh/schemas";
import { Hono } from "hono";
import * as z from "zod";
import type { ProfileCheck } from "../profile-shelf.ts";
import { attemptOf, logged } from "./attempt.ts";
import { requireRole, visibleTo } from "./authorize.ts";
import type { ApiEnv, ApiParts } from "./parts.ts";
import { ApiError, notFound } from "./problem.ts";
import { readBody } from "./read.ts";
import { scopeAsked, viewAsked } from "./view-asked.ts";

const checkBody = z.object({ yaml: z.string(), says: z.unknown().optional() });
const saveBody = z.object({
  yaml: z.string(),
  /** The one that was read; null for a new one. */
  version: z.string().nullable(),
});

/**
 * `/api/v1/profiles`: kinds of devices, their texts, a check of a text, and a place to save one: for whom
 * `unit` names, which is the scope of the token where it is absent.
 */
export function profileRoutes({
  profiles,
  registry,
  audit,
  log,
}: Pick<ApiParts, "profiles" | "registry" | "audit" | "log">): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();

  app.get("/", (c) => {
    const { view, ...asked } = viewAsked(c, registry.catalogue());
    const visible = visibleTo({ scope: asked.scope });
    const uses = new Map<string, number>();
    for (const { identity, profile } of registry.all()) {
      if (visible(identity)) uses.set(profile, (uses.get(profile) ?? 0) + 1);
    }
    const listed = [...view.profiles.values()].map((profile) => ({
      name: profile.name,
      label: profile.label,
      measurement: profile.measurement,
      classes: profile.classes,
      quantities: profile.quantities,
      intervalMs: profile.intervalMs ?? null,
      driver: profile.source?.driver ?? null,
      devices: uses.get(profile.name) ?? 0,
      origin: view.origins.profiles.get(profile.name),
    }));
    const members = [...view.classes].map(([name, of]) => [name, of.map((one) => one.name)]);
    return c.json({ profiles: listed, classes: Object.fromEntries(members), ...asked });
  });

  app.get("/:name", (c) => {
    const name = c.req.param("name");
    const text = profileNamePattern.test(name) ? profiles.text(name, scopeAsked(c)) : undefined;
    if (!text) throw notFound("profile", name);
    return c.json(text);
  });

  /** @throws ApiError when no check can be made now */
  function check(yaml: string, says?: unknown): Promise<ProfileCheck> {
    return profiles.check(yaml, says).catch((error: unknown) => {
      log.error({ err: error }, "a profile could not be checked");
      const why = error instanceof Error ? error.message : String(error);
      throw new ApiError("unavailable", `the profile was not checked: ${why}`, { cause: error });
    });
  }

  app.post("/check", async (c) => {
    requireRole(c, "engineer");
    const { yaml, says } = await readBody(c, checkBody);
    return c.json(await check(yaml, says));
  });

  app.post("/", async (c) => {
    const saved = await logged(audit, attemptOf(c, "profile.save"), async (known) => {
      const scope = scopeAsked(c);
      requireRole(c, "engineer");
      const { yaml, version } = await readBody(c, saveBody);
      const { faults } = await check(yaml);
      const [fault] = faults;
      if (fault) {
        const place = [`line ${fault.line}`, fault.path.join(".")].filter(Boolean).join(": ");
        throw new ApiError("bad-request", `${place}: ${fault.message}`);
      }
      const note = (name: string) => {
        const whose = scope === "*" ? "" : ` (${scope})`;
        Object.assign(known, { comment: `${name}${whose}` });
      };
      return write(yaml, version, scope, note);
    });
    return c.json(saved);
  });

  /** @throws ApiError when somebody else was faster, or the text names no profile */
  function write(yaml: string, version: string | null, scope: Scope, note: (name: string) => void) {
    try {
      const text = profiles.write(yaml, version, scope);
      if (text) {
        note(text.name);
        return text;
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new ApiError("bad-request", error.message, { cause: error });
    }
    throw new ApiError(
      "stale-version",
      "there is another version of this profile now: load it, and make your change again",
    );
  }

  return app;
}
