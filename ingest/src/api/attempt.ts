import { randomUUID } from "node:crypto";
import type { Context } from "hono";
import type { Audit, AuditEntry } from "../audit.ts";
import type { ApiEnv } from "./parts.ts";
import { ApiError } from "./problem.ts";

/** What a call says of itself before anything is known of what becomes of it. */
export type Attempt = Omit<AuditEntry, "result" | "detail">;
/** And what is learnt of it on the way. */
type Known = { -readonly [K in keyof Attempt]: Attempt[K] };

/**
 * @param call what was asked for, such as `acknowledge` or `registry.import`
 * @param alarm the one that it is about; empty for a call on something else
 */
export function attemptOf(c: Context<ApiEnv>, call: string, alarm = ""): Attempt {
  const { id: token, role, scope } = c.var.grant;
  const unsaid = { name: c.var.user ?? null, device: null, version: null };
  return {
    ...unsaid,
    ...{ comment: null, until: null },
    address: addressOf(c),
    token,
    role,
    scope,
    action: randomUUID(),
    call,
    alarm: alarm.slice(0, 200),
  };
}

/** Answers with what `work` gives, once the log has what became of it. */
export async function logged<T>(
  audit: Pick<Audit, "append">,
  attempt: Attempt,
  work: (known: Known) => T | Promise<T>,
): Promise<T> {
  const known: Known = { ...attempt };
  try {
    const answer = await work(known);
    audit.append([{ ...known, result: "done", detail: null }]);
    return answer;
  } catch (error) {
    audit.append([{ ...known, ...outcomeOf(error) }]);
    throw error;
  }
}

/** The connection's address, which nobody can choose, and behind a proxy what that says of the caller. */
export function addressOf(c: Context<ApiEnv>): string | null {
  const address = c.env.incoming?.socket.remoteAddress ?? null;
  const forwarded = c.req.header("forwarded") ?? c.req.header("x-forwarded-for");
  return forwarded === undefined ? address : `${address} for ${forwarded.slice(0, 200)}`;
}

/** What a failed call's line says of it. */
export function outcomeOf(error: unknown): Pick<AuditEntry, "result" | "detail"> {
  return error instanceof ApiError
    ? { result: error.kind, detail: error.message }
    : { result: "internal", detail: error instanceof Error ? error.message : String(error) };
}
