import { type Role, roleIncludes, scopeCovers } from "@kenh/schemas";
import type { Access, Grant } from "@kenh/schemas/node";
import type { Context, MiddlewareHandler } from "hono";
import { grafanaUser, identityHeader } from "./grafana-identity.ts";
import type { ApiEnv, Visible } from "./parts.ts";
import { ApiError, answerProblem } from "./problem.ts";

/** The token of a request, from its Authorization header alone: an address gets into logs. */
export function bearerOf(c: Context): string | undefined {
  return /^Bearer +([\w~+/.-]+=*) *$/i.exec(c.req.header("authorization") ?? "")?.[1];
}

/** Lets a request through with the grant of its token, looked up anew each time: a token that was removed is dead at once. */
export function authenticate(access: Pick<Access, "grant">): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const token = bearerOf(c);
    const grant = token === undefined ? undefined : access.grant(token);
    if (!grant) {
      const fault = token === undefined ? "" : ', error="invalid_token"';
      c.header("www-authenticate", `Bearer realm="kenh"${fault}`);
      return answerProblem(
        c,
        "unauthorized",
        "send Authorization: Bearer <token>; kenh token create makes one",
      );
    }
    c.set("grant", grant);
    const changes = c.req.method !== "GET" && c.req.method !== "HEAD";
    if (grant.grafana !== null && changes) {
      c.set("user", await grafanaUser(grant.grafana, c.req.header(identityHeader)));
    }
    return next();
  };
}

/**
 * Who acts, for history and audit: the user that Grafana has signed for; else the name that the caller
 * gives, which is a courtesy, with the token's, which is proof.
 */
export function actorOf(c: Context<ApiEnv>, name: string | undefined): string {
  const { grant, user } = c.var;
  const person = user ?? name;
  return person === undefined ? grant.id : `${person} (${grant.id})`;
}

/** What a grant may know of; what belongs to no device is for the scope of all alone. */
export function visibleTo({ scope }: Pick<Grant, "scope">): Visible {
  return (device) => scope === "*" || (device !== null && scopeCovers(scope, device));
}

/** @throws ApiError when the role of the token is too low; ask only after the scope was looked at */
export function requireRole(c: Context<ApiEnv>, role: Role): void {
  const held = c.var.grant.role;
  if (roleIncludes(held, role)) return;
  throw new ApiError("forbidden", `this needs the role ${role} or above; the token is a ${held}'s`);
}
