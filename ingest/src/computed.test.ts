import { DatabaseSync } from "node:sqlite";
import { pino } from "pino";
import { Registry as Metrics } from "prom-client";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { until } from "../../test/support/counterpart.ts";
import { type TemporaryFolder, temporaryFolder } from "../../test/support/folder.ts";
import { registryOf, weather } from "../../test/support/registry.ts";
import { type Derivation, openDerivation } from "./derive/derive.ts";
import { type Destinations, openDestinations } from "./destinations/destinations.ts";
import type { RegisteredDevice, Registry } from "./registry.ts";
import { openRollup, type Rollup } from "./rollup/rollup.ts";
import { openSqlite } from "./stores/sqlite.ts";
import type { Point, Store } from "./stores/store.ts";

const hour = 3_600_000;
/** 00:00 in Vietnam. */
const midnight = Date.parse("2026-11-01T17:00:00Z");
const log = pino({ level: "silent" });
const name = "pm25_ugm3";

let registry: Registry;
let device: RegisteredDevice;
let folder: TemporaryFolder;
let clock: number;
let main: Store;
let second: Store;
/** Why the main store takes nothing. */
let fault: Error | undefined;
let destinations: Destinations;
let rollup: Rollup;
let derivation: Derivation;
let stopping: AbortController;
let running: Promise<void>;

/** A main store that can be away, a second one, and what computes into them. */
beforeEach(async () => {
  registry = registryOf(weather);
  device = registry.find(weather.identity) as RegisteredDevice;
  folder = temporaryFolder("kenh-computed");
  main = openSqlite({ file: `${folder.path}/main.db` });
  second = openSqlite({ file: `${folder.path}/second.db` });
  fault = undefined;
  clock = midnight + 3 * hour;
  const now = () => clock;
  destinations = await openDestinations({
    file: `${folder.path}/destinations.db`,
    configured: { name: "pilot", config: { kind: "victoriametrics", url: "http://pilot.example" } },
    open: async (config) =>
      "url" in config && config.url === "http://pilot.example"
        ? {
            ...main,
            write: (batch) => (fault ? Promise.reject(fault) : main.write(batch)),
          }
        : second,
    ...{ registry, now, log, metrics: new Metrics() },
    policy: { firstMs: 5, maxMs: 20, random: () => 1 },
  });
  stopping = new AbortController();
  running = destinations.run(stopping.signal);
  await destinations.add({
    name: "official",
    store: { kind: "victoriametrics", url: "http://official.example" },
  });
  const { store } = destinations;
  const parts = { registry, store, now, log, after: 0 };
  derivation = openDerivation(`${folder.path}/derive.db`, { ...parts, metrics: new Metrics() });
  rollup = openRollup(`${folder.path}/rollup.db`, {
    ...{ ...parts, metrics: new Metrics() },
    minutesOf: () => "off",
  });
});
afterEach(async () => {
  stopping.abort();
  await running;
  derivation.close();
  rollup.close();
  await destinations.close();
  await main.close();
  folder[Symbol.dispose]();
});

/** Readings of an hour, in the store and fed. */
async function send(row: number, start: number, pm25: number): Promise<void> {
  const samples = Array.from(
    { length: 60 },
    (_, at): Point => ({
      series: device.series,
      ts: start + at * 60_000,
      fields: [{ name, type: "float", value: pm25, flag: 1 }],
    }),
  );
  await destinations.store.write(samples);
  const fed = [{ device, samples, receivedAt: clock, index: 0, agent: null }];
  for (const follower of [derivation, rollup]) follower.feed(row, fed);
  // Nothing more is waited for.
  clock += hour;
}

const works = [
  () => derivation.settle({ delivered: () => 9, observe: () => undefined }),
  () => rollup.settle(() => 9),
];
async function settle(): Promise<void> {
  for (const work of works) await work();
}
async function fail(): Promise<void> {
  for (const work of works) await expect(work()).rejects.toThrow("refused");
}

/** Loads that wait in the file for anybody. */
function loads(): number {
  const db = new DatabaseSync(`${folder.path}/destinations.db`, { readOnly: true });
  try {
    return Number(db.prepare("SELECT count(*) AS n FROM load").get()?.n);
  } finally {
    db.close();
  }
}

async function held(store: Store, field: string, measurement = "environment") {
  const series = { ...device.series, measurement };
  const fields = [{ name: field, type: "float" }] as const;
  const found = await store.query({ series, fields, from: 0, to: midnight * 2 });
  return found.get(field)?.map(([ts, value]) => [(ts - midnight) / hour, value]);
}

describe("what is computed while the main store is away", () => {
  test("holds no load back once it is there, however often it was tried", async () => {
    await send(1, midnight, 20);
    fault = new Error("connection refused");
    for (let n = 0; n < 3; n++) await fail();
    fault = undefined;
    // What comes late makes other points of what failed: in the store are the later ones.
    await send(2, midnight + 30_000, 40);
    await settle();
    await until(() => loads() === 0, "the book to be freed");
    for (const store of [main, second]) {
      expect(await held(store, "pm25_1h_ugm3")).toEqual([[0, 30]]);
      expect(await held(store, `${name}_mean`, "environment_1h")).toEqual([[0, 30]]);
    }
  });

  test("is in both, where its device is gone before the store is back", async () => {
    await send(1, midnight, 20);
    fault = new Error("connection refused");
    await fail();
    registry.remove(weather.identity);
    fault = undefined;
    await settle();
    await until(() => loads() === 0, "the book to be freed");
    for (const store of [main, second])
      expect(await held(store, "pm25_1h_ugm3")).toEqual([[0, 20]]);
  });
});
