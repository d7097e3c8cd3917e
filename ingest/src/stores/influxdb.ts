import { type InfluxqlAnswer, identifier, readSeries, selectSeries } from "./influxql.ts";
import { encodeBatch } from "./line-protocol.ts";
import { openLineWriter, reasonOf, StoreUnavailable } from "./line-writer.ts";
import type { Store, StoreLimits } from "./store.ts";

export interface InfluxdbConfig {
  readonly url: string;
  readonly version: 1 | 2 | 3;
  /** 2.x only. */
  readonly org?: string | undefined;
  /** The database in 1.x and 3. `database/retention-policy` where it is not the default one. */
  readonly bucket: string;
  /** In 1.x `user:password`. */
  readonly token?: string | undefined;
}

export const influxdbDefaults = {
  /** influxd itself gives a write up after 10 s and says so: that answer is worth waiting for. */
  writeTimeoutMs: 15_000,
  /** A dashboard has given up by then. */
  queryTimeoutMs: 30_000,
} as const;

export const influxdbLimits: StoreLimits = {
  // Bodies of 20,000 points cost the store half the CPU a point of those of 1,000; above, nothing is gained.
  maxPoints: 20_000,
  // One is written while the next is being sent; more gain nothing (docs/decisions).
  maxConcurrentWrites: 2,
  unsupportedTypes: [],
};

/**
 * InfluxDB 1.x by `/write`, 2.x and 3 by `/api/v2/write`; all three read by InfluxQL at `/query`.
 * In 1.x a database that is missing is created by the first write. In 2.x `/query` finds the bucket
 * by the mapping that the server makes of its name; 3 creates the database itself.
 *
 * A point whose flag was stored and is written again with flag 1 keeps the flag: InfluxDB merges fields.
 */
export function openInfluxdb(
  config: InfluxdbConfig,
  timeouts: { readonly writeTimeoutMs: number; readonly queryTimeoutMs: number } = influxdbDefaults,
): Store {
  const url = config.url.replace(/\/+$/, "");
  const authorization = authorizationOf(config);
  const [database = "", policy] = config.bucket.split("/", 2);
  const place: Record<string, string> = policy ? { db: database, rp: policy } : { db: database };
  const closing = new AbortController();
  const writer = openLineWriter({
    url,
    authorization,
    timeoutMs: timeouts.writeTimeoutMs,
    ...(config.version === 1
      ? { path: `/write?${new URLSearchParams({ ...place, precision: "ms" })}` }
      : { org: config.org ?? "", bucket: config.bucket }),
  });

  async function ask(influxql: string): Promise<InfluxqlAnswer> {
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(timeouts.queryTimeoutMs)]);
    try {
      const answer = await fetch(`${url}/query`, {
        method: "POST",
        headers: authorization === undefined ? {} : { authorization },
        body: new URLSearchParams({ ...place, epoch: "ms", q: influxql }),
        signal,
      });
      const body = await answer.text();
      if (answer.ok) return JSON.parse(body) as InfluxqlAnswer;
      throw new StoreUnavailable(
        `${url} answered ${answer.status}: ${reasonOf(body)}`,
        {},
        answer.status,
      );
    } catch (cause) {
      if (cause instanceof StoreUnavailable) throw cause;
      throw new StoreUnavailable(`${url} gave no answer to a query: ${reachable(cause)}`, {
        cause,
      });
    }
  }

  return {
    limits: influxdbLimits,
    async write(batch) {
      const body = encodeBatch(batch);
      try {
        await writer.write(body);
      } catch (error) {
        const missing = error instanceof StoreUnavailable && error.status === 404;
        if (config.version !== 1 || !missing) throw error;
        const { results } = await ask(`CREATE DATABASE ${identifier(database)}`);
        const fault = results?.[0]?.error;
        if (fault !== undefined) throw new StoreUnavailable(fault, { cause: error });
        await writer.write(body);
      }
    },
    async query(query) {
      if (query.fields.length === 0) return new Map();
      const answer = await ask(selectSeries(query));
      // A database that the first write has yet to create has no points.
      const nothingYet = answer.results?.[0]?.error === `database not found: ${database}`;
      return readSeries(nothingYet ? {} : answer, query.fields);
    },
    // Its retention policy or bucket says how long it keeps.
    async forget() {},
    async close() {
      closing.abort();
      writer.close();
    },
  };
}

function authorizationOf({ version, token }: InfluxdbConfig): string | undefined {
  if (token === undefined || token === "") return undefined;
  // 1.x before 1.8 knows no `Token`; every 1.x knows the user's name and password.
  return version === 1 ? `Basic ${Buffer.from(token).toString("base64")}` : `Token ${token}`;
}

/** `fetch` says "fetch failed" and keeps the reason in its cause. */
function reachable(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}
