import * as z from "zod";
import type { Identity } from "./identity.ts";

const scopePattern = /^(\*|[a-z0-9][a-z0-9_-]{0,31}(\/[a-z0-9][a-z0-9_-]{0,31}){0,2})$/;

export const scopeSchema = z.string().regex(scopePattern, {
  error:
    "must be a province (82), a unit (82/29869), an agency of a unit (82/29869/van-hoa) or * for all",
});

/**
 * What a token may see: `*`, a province (`82`), a unit or an agency of the province (`82/29869`,
 * `82/so-nnmt`) or an agency of a unit (`82/29869/van-hoa`), which has what lies below its key.
 */
export type Scope = z.infer<typeof scopeSchema>;

export const roles = ["reader", "operator", "engineer", "admin"] as const;
export const roleSchema = z.enum(roles);
/** Each role may do all that the ones before it may. */
export type Role = z.infer<typeof roleSchema>;

/** Whether `held` may do what `needed` is asked for. */
export function roleIncludes(held: Role, needed: Role): boolean {
  return roles.indexOf(held) >= roles.indexOf(needed);
}

/** Whether a device lies in a scope: a province sees its units, a unit sees itself. */
export function scopeCovers(scope: Scope, identity: Identity): boolean {
  return scope === "*" || identity.startsWith(`${scope}/`);
}
