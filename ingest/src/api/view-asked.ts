import { type Scope, scopeSchema } from "@kenh/schemas";
import type { Context } from "hono";
import * as z from "zod";
import type { Catalogue } from "../catalogue.ts";
import { liesIn } from "../registry/scope.ts";
import { type View, viewOf } from "../view.ts";
import type { ApiEnv } from "./parts.ts";
import { notFound } from "./problem.ts";
import { readQuery } from "./read.ts";

const query = z.object({ unit: scopeSchema.optional() });

/**
 * For whom a call asks: `?unit=82/29869`, `?unit=82` for what a province says to all of its units, and
 * without it the scope of the token.
 * @throws ApiError when that is not in the scope of the token, as if there were none
 */
export function scopeAsked(c: Context<ApiEnv>): Scope {
  const { scope } = c.var.grant;
  const { unit = scope } = readQuery(c, query);
  if (unit !== scope && !liesIn(scope, unit)) throw notFound("unit", unit);
  return unit;
}

/** What is in force for whom a call asks, and who below that has something else. */
export function viewAsked(
  c: Context<ApiEnv>,
  catalogue: Catalogue,
): { readonly view: View; readonly scope: Scope; readonly others: readonly string[] } {
  const scope = scopeAsked(c);
  const view = scope === "*" ? catalogue : viewOf<View>(catalogue, scope);
  const others = [...catalogue.tenants.keys()].filter((one) => one !== scope && liesIn(scope, one));
  return { view, scope, others };
}
