import { type FieldType, type Flag, flags, isFlag, type Value } from "@kenh/schemas";
import { encodeBatch } from "./line-protocol.ts";
import { openLineWriter, StoreUnavailable } from "./line-writer.ts";
import {
  type Batch,
  PermanentError,
  type Series,
  type SeriesPoint,
  type SeriesQuery,
  type Store,
  type StoreLimits,
} from "./store.ts";

export interface VictoriaMetricsConfig {
  readonly url: string;
  /** Where queries go, if not there: of a cluster, `http://vmselect:8481/select/<account>/prometheus`. */
  readonly selectUrl?: string;
  /** Who keeps the points, if not there: every `vmstorage` of a cluster, such as `http://vmstorage-1:8482`. */
  readonly storageUrls?: readonly string[];
}

export const victoriaMetricsDefaults = {
  /** As for InfluxDB. */
  timeoutMs: 15_000,
} as const;

export const victoriaMetricsLimits: StoreLimits = {
  maxPoints: 20_000,
  // Writes under way at once share one barrier.
  maxConcurrentWrites: 4,
  // A string would be stored as the number 0.
  unsupportedTypes: ["string"],
  // It deletes whole series, and says so of them alone.
  forgets: false,
};

/**
 * VictoriaMetrics, run with `-influxTrimTimestamp=1ms -dedup.minScrapeInterval=1ms`
 * (without them times are cut to seconds, and a point written again stands twice) and with a
 * `-retentionPeriod` no shorter than the station's, for what is older is dropped without a word.
 * `-snapshotsMaxAge=1d` removes what a crash may leave of the barrier below. One node, or a cluster by
 * the addresses of its parts (`-dedup.minScrapeInterval` then at vmselect and vmstorage).
 *
 * A quantity becomes the metric `<measurement>_<quantity>`, its flag `<measurement>_<quantity>_qc`; booleans
 * are kept as 1 and 0. It rounds: 12 significant digits of a number are kept, and 18 digits span all
 * numbers of a block, from the greatest to the least decimal. Whatever else it would change is refused.
 */
export function openVictoriaMetrics(
  config: VictoriaMetricsConfig,
  { timeoutMs }: { readonly timeoutMs: number } = victoriaMetricsDefaults,
): Store {
  const plain = (address: string) => address.replace(/\/+$/, "");
  const url = plain(config.url);
  const selectUrl = plain(config.selectUrl ?? url);
  const storageUrls = (config.storageUrls ?? [url]).map(plain);
  const closing = new AbortController();
  const writer = openLineWriter({ url, path: "/write?precision=ms", timeoutMs });

  async function ask(
    base: string,
    path: string,
    parameters: [string, string][] = [],
  ): Promise<string> {
    try {
      const answer = await fetch(`${base}${path}`, {
        method: "POST",
        body: new URLSearchParams(parameters),
        signal: AbortSignal.any([closing.signal, AbortSignal.timeout(timeoutMs)]),
      });
      const body = await answer.text();
      if (answer.ok) return body;
      throw new Error(`${answer.status} ${body.trim().slice(0, 1000)}`);
    } catch (cause) {
      throw new StoreUnavailable(`${base}${path} failed: ${(cause as Error).message}`, { cause });
    }
  }

  const settle = shareBarrier(async () => {
    await Promise.all(
      storageUrls.map(async (base) => {
        const made = JSON.parse(await ask(base, "/snapshot/create")) as { snapshot: string };
        await ask(base, `/snapshot/delete?snapshot=${encodeURIComponent(made.snapshot)}`);
      }),
    );
  });

  return {
    limits: victoriaMetricsLimits,
    async write(batch) {
      refuseWhatIsRewritten(batch);
      await writer.write(encodeBatch(batch));
      await settle();
    },
    async query(query) {
      const selectors = query.fields.flatMap(({ name }) =>
        [name, `${name}_qc`].map((field): [string, string] => ["match[]", selector(query, field)]),
      );
      const range: [string, string][] = [
        ["start", `${Math.max(query.from, 1) / 1000}`],
        ["end", `${Math.max(query.to, 1) / 1000}`],
      ];
      if (selectors.length === 0) return new Map();
      return readExport(await ask(selectUrl, "/api/v1/export", [...selectors, ...range]), query);
    },
    // Its -retentionPeriod says how long it keeps, for all alike.
    async places() {
      return [];
    },
    async forget() {},
    async oldest() {
      // A look back that begins before 1970 finds nothing.
      const query = `min(tfirst_over_time({__name__!=""}[50y]))`;
      const answer = JSON.parse(
        await ask(selectUrl, "/api/v1/query", [["query", query]]),
      ) as InstantAnswer;
      const seconds = answer.data.result[0]?.value[1];
      return seconds === undefined ? undefined : Math.floor(Number(seconds) * 1000);
    },
    async close() {
      closing.abort();
      writer.close();
    },
  };
}

/**
 * A 204 means "in memory": for up to 5 s a kill loses the points, and queries may pass them over for
 * longer. Making a snapshot brings all that was taken before to disk and to sight; it is removed at once.
 * Calls that come while one is being made share the next one.
 */
function shareBarrier(barrier: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  return () => {
    next ??= running
      .catch(() => undefined) // those who wait for that one hear of it
      .then(() => {
        next = undefined;
        running = barrier();
        return running;
      });
    return next;
  };
}

/** Above it, a number leaves its neighbours in a block fewer than six decimals. */
const greatestFloat = 1e12;
const sound = new WeakSet<Series>();

function refuseWhatIsRewritten(batch: Batch): void {
  for (const { series, ts, fields } of batch) {
    if (!(ts > 0)) {
      throw new PermanentError(`ts ${ts} is not after 1970: VictoriaMetrics would stamp it anew`);
    }
    if (!sound.has(series)) {
      refuseBackslash(series);
      sound.add(series);
    }
    for (const { name, type, value } of fields) {
      if (type === "string") {
        throw new PermanentError(`${name} is a string: VictoriaMetrics would store the number 0`);
      }
      if (type === "float" && Math.abs(value as number) > greatestFloat) {
        throw new PermanentError(`${name} is ${value}: VictoriaMetrics would round its neighbours`);
      }
    }
  }
}

/** It reads `\\,` as a backslash and the end of the value, InfluxDB as a backslash and a comma. */
function refuseBackslash({ measurement, tags }: Series): void {
  for (const text of [measurement, ...tags.flat()]) {
    if (!text.includes("\\")) continue;
    throw new PermanentError(
      `${JSON.stringify(text)} has a backslash, which VictoriaMetrics reads anew`,
    );
  }
}

function selector({ series }: SeriesQuery, field: string): string {
  const labels = [["__name__", `${series.measurement}_${field}`], ...series.tags];
  return `{${labels.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(",")}}`;
}

/** The answer of `/api/v1/query` for one number. */
interface InstantAnswer {
  readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] };
}

/** A line of `/api/v1/export`. */
interface ExportedMetric {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (number | null)[];
  readonly timestamps: readonly number[];
}

function readExport(text: string, query: SeriesQuery): Map<string, SeriesPoint[]> {
  const columns = new Map<string, Map<number, number>>();
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const { metric, values, timestamps } = JSON.parse(line) as ExportedMetric;
    // A series with more tags matches too, and is another one.
    if (Object.keys(metric).length !== query.series.tags.length + 1) continue;
    const column = columns.get(metric.__name__ ?? "") ?? new Map<number, number>();
    timestamps.forEach((ts, i) => {
      const value = values[i];
      if (ts >= query.from && ts <= query.to && typeof value === "number") column.set(ts, value);
    });
    columns.set(metric.__name__ ?? "", column);
  }
  return new Map(
    query.fields.map(({ name, type }) => {
      const metric = `${query.series.measurement}_${name}`;
      return [name, join(columns.get(metric), columns.get(`${metric}_qc`), type)];
    }),
  );
}

const empty: ReadonlyMap<number, number> = new Map();

function join(values = empty, qc = empty, type: FieldType): SeriesPoint[] {
  const instants = [...new Set([...values.keys(), ...qc.keys()])].sort((a, b) => a - b);
  return instants.map((ts) => [ts, readValue(values.get(ts), type), readFlag(qc.get(ts))]);
}

function readValue(stored: number | undefined, type: FieldType): Value | null {
  if (stored === undefined) return null;
  return type === "boolean" ? stored !== 0 : stored;
}

function readFlag(stored: number | undefined): Flag {
  return isFlag(stored) ? stored : flags.pass;
}
