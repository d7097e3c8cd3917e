import { cpSync } from "node:fs";
import { join } from "node:path";
import type { Flag, Sample, Value } from "@kenh/schemas";
import { flags, topicOf } from "@kenh/schemas";
import { pino } from "pino";
import { Registry as Metrics } from "prom-client";
import { until } from "../../../test/support/counterpart.ts";
import { type TemporaryFolder, temporaryFolder } from "../../../test/support/folder.ts";
import { openPipeline } from "../pipeline.ts";
import type { RegisteredDevice, Registry } from "../registry.ts";
import { openSqlite } from "../stores/sqlite.ts";
import type { Store } from "../stores/store.ts";
import type { Figures } from "./figures.ts";
import { openHistory } from "./history.ts";
import { aggregates } from "./shape.ts";

const log = pino({ level: "silent" });

/** Pipeline, store and history as the ingest composes them; killed, it goes on from what is on disk. */
export interface HistoryStation {
  readonly store: Store;
  readonly history: ReturnType<typeof openHistory>;
  readonly metrics: Metrics;
  readonly path: string;
  clock: number;
  /** Takes samples of a device, and waits until they are in the store. */
  send(device: string, samples: readonly Sample[]): Promise<void>;
  /** Why what was set aside was. */
  quarantined(): string[];
  /** Rolls up all that is due by the clock. */
  settle(): Promise<void>;
  /** As after a kill: a process that opens what this one had on disk at this moment. */
  kill(): Promise<HistoryStation>;
  close(): Promise<void>;
}

/** @param openStore the store beside the folder's own files; the embedded one when absent */
export function openStation(
  registry: Registry,
  clock: number,
  openStore: (path: string) => Store = (path) => openSqlite({ file: join(path, "store.db") }),
  folder: TemporaryFolder = temporaryFolder("kenh-history"),
  rawDays = 0,
): HistoryStation {
  const { path } = folder;
  const metrics = new Metrics();
  const store = openStore(path);
  let at = clock;
  const now = () => at;
  const parts = { folder: path, registry, store, now, log, metrics, after: 0 };
  const history = openHistory({ ...parts, rawDays });
  const judge = { oldestOf: history.retention.oldestOf };
  const pipeline = openPipeline({ ...parts, follower: history.rollup }, { judge });
  async function close(): Promise<void> {
    await pipeline.close();
    history.close();
    await store.close();
    folder[Symbol.dispose]();
  }
  const station: HistoryStation = {
    ...{ store, history, metrics, path, close },
    get clock() {
      return at;
    },
    set clock(now) {
      at = now;
    },
    async send(device, samples) {
      const payload = Buffer.from(JSON.stringify(samples));
      await pipeline.accept({ topic: topicOf(device, "telemetry"), payload });
      await until(() => pipeline.ledger.report().total.pending === 0, "the store to have it");
    },
    quarantined: () =>
      pipeline.quarantine.list({ visible: () => true }).items.map(({ reason }) => reason),
    settle: () => history.rollup.settle(pipeline.deliveredRow),
    async kill() {
      const next = temporaryFolder("kenh-history");
      cpSync(path, next.path, { recursive: true });
      await close();
      return openStation(registry, at, openStore, next, rawDays);
    },
  };
  return station;
}

/** A reading as it stands in the store. */
export interface Reading {
  readonly ts: number;
  readonly value: Value | null;
  readonly flag: Flag;
}

/** The figures of readings, computed in the plainest way. */
export function plainly(readings: readonly Reading[]): Figures {
  const sorted = readings.toSorted((a, b) => a.ts - b.ts);
  const good = sorted.filter(({ value, flag }) => value !== null && flag < flags.fail);
  const numbers = good.flatMap(({ value }) => (typeof value === "number" ? [value] : []));
  const some = numbers.length > 0;
  return {
    count: good.length,
    min: some ? Math.min(...numbers) : null,
    max: some ? Math.max(...numbers) : null,
    mean: some ? numbers.reduce((sum, value) => sum + value, 0) / numbers.length : null,
    last: good.at(-1)?.value ?? null,
    worst: Math.max(...readings.map(({ flag }) => flag)) as Flag,
  };
}

/** Everything that is rolled up of a quantity at one level, by the start of its windows, read field by field. */
export async function rolledOf(
  store: Store,
  { series, quantities }: RegisteredDevice,
  quantity: string,
  level: string,
): Promise<Map<number, Partial<Record<keyof Figures, Value | null>>>> {
  const type = quantities.get(quantity)?.type ?? "float";
  const typeOf = { count: "integer", worst: "integer", mean: "float" } as const;
  const fields = aggregates.map((one) => ({
    name: `${quantity}_${one}`,
    type: one in typeOf ? typeOf[one as keyof typeof typeOf] : type,
  }));
  const found = await store.query({
    series: { ...series, measurement: `${series.measurement}_${level}` },
    ...{ fields, from: 0, to: 4e12 },
  });
  const windows = new Map<number, Partial<Record<keyof Figures, Value | null>>>();
  for (const aggregate of aggregates) {
    for (const [ts, value] of found.get(`${quantity}_${aggregate}`) ?? []) {
      const window = windows.get(ts) ?? { min: null, max: null, mean: null, last: null };
      windows.set(ts, window);
      window[aggregate] = value;
    }
  }
  return windows;
}
