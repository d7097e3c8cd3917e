import { type RegistryKind, type Scope, scopeCovers } from "@kenh/schemas";

/** Whether a record lies in the scope: it may be changed from there, by who has the role. */
export function liesIn(scope: Scope, key: string): boolean {
  return scope === "*" || key === scope || scopeCovers(scope, key);
}

/**
 * Whether a record may be known of: what lies in the scope, and what stands above it, which is its
 * province and the agencies of that.
 */
export function isSeenFrom(scope: Scope, kind: RegistryKind, key: string): boolean {
  if (liesIn(scope, key)) return true;
  const province = scope.split("/")[0] ?? "";
  if (kind === "province") return key === province;
  return kind === "agency" && key.startsWith(`${province}/`) && key.split("/").length === 2;
}
