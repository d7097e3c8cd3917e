import type { Access } from "@kenh/schemas/node";
import { isCurrent } from "./identify.ts";
import type { Principal } from "./permit.ts";

/** Tells whether credentials have changed since it was asked last. */
export function credentialsWatch(access: Access): () => boolean {
  let seen = access.version();
  return () => {
    const version = access.version();
    const changed = version !== seen;
    seen = version;
    return changed;
  };
}

/** Whether a token has come to its end since it let somebody in. @param now milliseconds since 1970 UTC */
export const isOver = (principal: Principal | undefined, now: number): boolean =>
  principal?.kind === "reader" && principal.expiresAt !== null && principal.expiresAt <= now;

/** Those of `connected` whose account is gone or has another password, or whose token is revoked. */
export function findRevoked<T extends { readonly principal: Principal | undefined }>(
  connected: Iterable<T>,
  access: Access,
): T[] {
  const judged = new Map<string, boolean>();
  return [...connected].filter(({ principal }) => {
    if (!principal) return false;
    const proof = principal.kind === "sender" ? principal.certificate?.fingerprint : "";
    const key = `${principal.name}\n${principal.kind === "sender" ? principal.revision : ""}\n${proof}`;
    const current = judged.get(key) ?? isCurrent(principal, access);
    judged.set(key, current);
    return !current;
  });
}
