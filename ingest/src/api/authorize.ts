import { type Role, roleIncludes, scopeCovers } from "@kenh/schemas";
import type { Access, Grant } from "@kenh/schemas/node";
import type { Context, MiddlewareHandler } from "hono";
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
    return next();
  };
}

/** What a grant may know of; what belongs to no device is for the scope of all alone. */
export function visibleTo({ scope }: Grant): Visible {
  return (device) => scope === "*" || (device !== null && scopeCovers(scope, device));
}

/** @throws ApiError when the role of the token is too low; ask only after the scope was looked at */
export function requireRole(c: Context<ApiEnv>, role: Role): void {
  const held = c.var.grant.role;
  if (roleIncludes(held, role)) return;
  throw new ApiError("forbidden", `this needs the role ${role} or above; the token is a ${held}'s`);
}
