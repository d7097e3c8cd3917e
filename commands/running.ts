import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Problem, problemMediaType } from "@kenh/schemas";
import { Refusal } from "./output.ts";
import { accessOf } from "./state.ts";

/** Where a running station writes its address. */
const addressFile = (dataDir: string): string => join(dataDir, "station.json");

/** A command that is killed leaves its token behind: it ends by itself. */
const callMs = 24 * 3_600_000;

/** What a call asks for. */
interface Call {
  readonly method?: "GET" | "POST" | "DELETE";
  readonly body?: unknown;
}

/**
 * Asks the station that runs on `dataDir`. Whoever may write in that folder is its administrator: a
 * token is made for the one call and taken back.
 * @throws Refusal when no station runs there or its answer is no.
 */
export function ask<T>(dataDir: string, path: string, call: Call = {}): Promise<T> {
  return withAnswer(dataDir, path, call, (response) => response.json() as Promise<T>);
}

/** As `ask`, of what is a file. */
export function fetchFile(dataDir: string, path: string): Promise<Uint8Array> {
  const read = async (response: Response) => new Uint8Array(await response.arrayBuffer());
  return withAnswer(dataDir, path, {}, read);
}

async function withAnswer<T>(
  dataDir: string,
  path: string,
  { method = "GET", body }: Call,
  read: (response: Response) => Promise<T>,
): Promise<T> {
  const base = addressOf(dataDir);
  const access = accessOf(dataDir);
  const token = access.addToken("admin", "*", { expiresAt: Date.now() + callMs });
  try {
    const response = await fetch(new URL(path, base), {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }).catch((cause) => {
      throw notRunning(dataDir, cause);
    });
    await refuseProblem(response);
    return await read(response);
  } finally {
    const grant = access.grant(token);
    if (grant) access.removeToken(grant.id);
    access.close();
  }
}

/**
 * The data of each server-sent event of a stream, until the signal aborts. A stream that breaks is
 * taken up again where it stood.
 * @throws Refusal when no station runs there any more, or its answer is no.
 */
export async function* follow(
  dataDir: string,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const access = accessOf(dataDir);
  const token = access.addToken("admin", "*");
  let place: string | undefined;
  try {
    while (!signal.aborted) {
      const response = await fetch(new URL(path, addressOf(dataDir)), {
        signal,
        headers: {
          authorization: `Bearer ${token}`,
          ...(place !== undefined && { "last-event-id": place }),
        },
      }).catch((cause) => {
        if (signal.aborted) return undefined;
        throw notRunning(dataDir, cause);
      });
      if (!response) return;
      await refuseProblem(response);
      let rest = "";
      try {
        for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
          const blocks = (rest + chunk).split("\n\n");
          rest = blocks.pop() ?? "";
          for (const block of blocks) {
            place = /^id: (.*)$/m.exec(block)?.[1] ?? place;
            const data = /^data: (.*)$/m.exec(block)?.[1];
            if (data !== undefined) yield data;
          }
        }
      } catch {
        // Broken on the way: the next request says whether the station is still there.
      }
    }
  } finally {
    const grant = access.grant(token);
    if (grant) access.removeToken(grant.id);
    access.close();
  }
}

async function refuseProblem(response: Response): Promise<void> {
  if (!response.headers.get("content-type")?.startsWith(problemMediaType)) return;
  const problem = (await response.json()) as Problem;
  throw new Refusal(problem.detail ?? problem.title);
}

function addressOf(dataDir: string): string {
  try {
    return (JSON.parse(readFileSync(addressFile(dataDir), "utf8")) as { http: string }).http;
  } catch (cause) {
    throw notRunning(dataDir, cause);
  }
}

/** What a path asks for, with its question mark: what is given, and nothing where that is nothing. */
export function queryOf(given: Readonly<Record<string, string | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined) query.set(name, value);
  }
  return query.size > 0 ? `?${query}` : "";
}

/** There is no station to ask. */
export class NotRunning extends Refusal {}

function notRunning(dataDir: string, cause: unknown): NotRunning {
  const refusal = new NotRunning(
    `no station runs on ${dataDir}: start it with kenh station --data ${dataDir}`,
  );
  refusal.cause = cause;
  return refusal;
}
