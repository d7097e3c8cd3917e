import {
  deletePlace,
  type InfluxqlAnswer,
  identifier,
  literal,
  readSeries,
  selectSeries,
} from "./influxql.ts";
import { encodeBatch } from "./line-protocol.ts";
import { openLineWriter, reasonOf, StoreUnavailable } from "./line-writer.ts";
import type { Place, Store, StoreLimits } from "./store.ts";

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
  /** A deletion rewrites what lies in every shard that it touches. */
  deleteTimeoutMs: 300_000,
} as const;

export const influxdbLimits: StoreLimits = {
  // Bodies of 20,000 points cost the store half the CPU a point of those of 1,000; above, nothing is gained.
  maxPoints: 20_000,
  // One is written while the next is being sent; the third gives a store that shares its cores with the station its part of them.
  maxConcurrentWrites: 3,
  unsupportedTypes: [],
  forgets: true,
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
  given: { readonly writeTimeoutMs: number; readonly queryTimeoutMs: number } = influxdbDefaults,
): Store {
  const timeouts = { ...influxdbDefaults, ...given };
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

  async function post(path: string, sent: RequestInit, timeoutMs: number): Promise<string> {
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(timeoutMs)]);
    try {
      const answer = await fetch(`${url}${path}`, {
        ...sent,
        method: "POST",
        headers: { ...sent.headers, ...(authorization !== undefined && { authorization }) },
        signal,
      });
      const body = await answer.text();
      if (answer.ok) return body;
      throw new StoreUnavailable(
        `${url} answered ${answer.status}: ${reasonOf(body)}`,
        {},
        answer.status,
      );
    } catch (cause) {
      if (cause instanceof StoreUnavailable) throw cause;
      throw new StoreUnavailable(`${url} gave no answer to ${path}: ${reachable(cause)}`, {
        cause,
      });
    }
  }
  async function ask(
    influxql: string,
    timeoutMs: number = timeouts.queryTimeoutMs,
  ): Promise<InfluxqlAnswer> {
    const body = new URLSearchParams({ ...place, epoch: "ms", q: influxql });
    return JSON.parse(await post("/query", { body }, timeoutMs)) as InfluxqlAnswer;
  }
  /** What a statement gives, by measurement; nothing while the database is yet to be created. */
  async function tell(influxql: string, timeoutMs?: number) {
    const [result] = (await ask(influxql, timeoutMs)).results ?? [];
    if (result?.error === `database not found: ${database}`) return [];
    if (result?.error !== undefined) throw new StoreUnavailable(result.error, {});
    return result?.series ?? [];
  }
  async function tagValues(key: string, condition = ""): Promise<[measurement: string, string][]> {
    const series = await tell(`SHOW TAG VALUES WITH KEY = ${identifier(key)}${condition}`);
    return series.flatMap(({ name = "", values }) =>
      values.map(([, value]): [string, string] => [name, String(value)]),
    );
  }

  // 3 deletes databases and tables, and nothing of what is in them.
  const forgets = config.version !== 3;

  return {
    limits: { ...influxdbLimits, forgets },
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
    async places() {
      const places: Place[] = [];
      if (!forgets) return places;
      for (const province of new Set((await tagValues("province")).map(([, code]) => code))) {
        const units = await tagValues("unit", ` WHERE "province" = ${literal(province)}`);
        for (const [measurement, unit] of units) places.push({ measurement, province, unit });
      }
      return places;
    },
    async forget(place, before, from) {
      if (config.version === 1)
        await tell(deletePlace(place, before, from), timeouts.deleteTimeoutMs);
      if (config.version !== 2) return;
      const { measurement, province, unit } = place;
      const quoted = Object.entries({ _measurement: measurement, province, unit })
        .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
        .join(" AND ");
      const body = JSON.stringify({
        start: new Date(from ?? 0).toISOString(),
        stop: new Date(before - 1).toISOString(),
        predicate: quoted,
      });
      const query = new URLSearchParams({ org: config.org ?? "", bucket: config.bucket });
      const headers = { "content-type": "application/json" };
      await post(`/api/v2/delete?${query}`, { body, headers }, timeouts.deleteTimeoutMs);
    },
    async oldest() {
      const series = await tell("SELECT * FROM /.+/ ORDER BY time LIMIT 1");
      const times = series.map(({ values }) => Number(values[0]?.[0]));
      return times.length === 0 ? undefined : Math.min(...times);
    },
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
