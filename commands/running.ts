import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Problem, problemMediaType } from "@kenh/schemas";
import { Refusal } from "./output.ts";
import { accessOf } from "./state.ts";

/** Where a running station writes its address. */
const addressFile = (dataDir: string): string => join(dataDir, "station.json");

/** A command that is killed leaves its token behind: it ends by itself. */
const callMs = 24 * 3_600_000;

/**
 * Asks the station that runs on `dataDir`. Whoever may write in that folder is its administrator: a
 * token is made for the one call and taken back.
 * @throws Refusal when no station runs there or its answer is no.
 */
export async function ask<T>(
  dataDir: string,
  path: string,
  init: { method?: "GET" | "POST"; body?: unknown } = {},
): Promise<T> {
  const base = addressOf(dataDir);
  const access = accessOf(dataDir);
  const token = access.addToken("admin", "*", { expiresAt: Date.now() + callMs });
  try {
    const response = await fetch(new URL(path, base), {
      method: init.method ?? "GET",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(init.body !== undefined && { body: JSON.stringify(init.body) }),
    }).catch((cause) => {
      throw notRunning(dataDir, cause);
    });
    if (response.headers.get("content-type")?.startsWith(problemMediaType)) {
      const problem = (await response.json()) as Problem;
      throw new Refusal(problem.detail ?? problem.title);
    }
    return (await response.json()) as T;
  } finally {
    const grant = access.grant(token);
    if (grant) access.removeToken(grant.id);
    access.close();
  }
}

function addressOf(dataDir: string): string {
  try {
    return (JSON.parse(readFileSync(addressFile(dataDir), "utf8")) as { http: string }).http;
  } catch (cause) {
    throw notRunning(dataDir, cause);
  }
}

function notRunning(dataDir: string, cause: unknown): Refusal {
  const refusal = new Refusal(
    `no station runs on ${dataDir}: start it with kenh station --data ${dataDir}`,
  );
  refusal.cause = cause;
  return refusal;
}
