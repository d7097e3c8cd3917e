import { pino } from "pino";
import { Registry as Metrics } from "prom-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RegisteredDevice } from "../../ingest/src/registry.ts";
import { rolledOf } from "../../ingest/src/rollup/history.fixture.ts";
import { openRollup, type Rollup } from "../../ingest/src/rollup/rollup.ts";
import { openInfluxdb } from "../../ingest/src/stores/influxdb.ts";
import { openSqlite } from "../../ingest/src/stores/sqlite.ts";
import type { Point, Store } from "../../ingest/src/stores/store.ts";
import { openVictoriaMetrics } from "../../ingest/src/stores/victoriametrics.ts";
import { until } from "../support/counterpart.ts";
import { temporaryFolder } from "../support/folder.ts";
import { type Influxd, noInfluxd, startInfluxd } from "../support/influxd.ts";
import { registryOf } from "../support/registry.ts";
import { noSharedData } from "../support/shared-data.ts";
import { noVictoriaMetrics, startVictoriaMetrics } from "../support/victoria-metrics.ts";
import { recorded } from "./recorded.ts";

const river = { identity: "82/29869/so-lieu/sekong", profile: "generic-water" };
const registry = registryOf(river);
const device = registry.find(river.identity) as RegisteredDevice;
const after = Date.parse("2025-01-02T00:00:00Z");
const skip = noSharedData() ?? noInfluxd();

/** The gauge at Sekong bridge in 2024, a reading every quarter of an hour. */
function points(): Point[] {
  const readings = recorded[0]?.readings() ?? [];
  return readings.map(({ ts, value, flag }) => ({
    ...{ series: device.series, ts },
    fields: [{ name: "water_level_m", type: "float", value, flag }],
  }));
}

/** Stores the year, and has it rolled up as what stood there before. */
async function rollUp(store: Store, path: string, year = points()): Promise<Rollup> {
  for (let at = 0; at < year.length; at += 5000) await store.write(year.slice(at, at + 5000));
  const rollup = openRollup(`${path}/rollup.db`, {
    ...{ registry, store, minutesOf: () => "dense", now: () => after, metrics: new Metrics() },
    ...{ log: pino({ level: "silent" }), after: 0 },
  });
  await until(async () => {
    await rollup.settle(() => 0);
    return rollup.survey.isDone;
  }, "what there is to be found");
  await rollup.settle(() => 0);
  // The day that goes on is all that waits.
  expect([...rollup.earliest().values()]).toEqual([Date.parse("2025-01-01T17:00:00Z")]);
  return rollup;
}

describe.skipIf(skip)(`a year of the Mekong${skip ? ` (${skip})` : ""}`, () => {
  const folder = temporaryFolder("kenh-rollup");
  let influxd: Influxd;
  let store: Store;
  let rollup: Rollup;
  beforeAll(async () => {
    influxd = await startInfluxd();
    store = openInfluxdb({ url: influxd.url, version: 1, bucket: "kenh" });
    rollup = await rollUp(store, folder.path);
  }, 120_000);
  afterAll(async () => {
    rollup?.close();
    await store?.close();
    await influxd?.dispose();
    folder[Symbol.dispose]();
  });

  test.each([
    ["1h", "1h", 5000],
    ["1d", "1d, -7h", 200],
  ])("%s is what InfluxQL computes of it", async (level, grouping, least) => {
    const value = '"water_level_m"';
    const of = ["count", "min", "max", "mean", "last"].map((name) => `${name}(${value})`);
    const { results } = await influxd.query(
      `SELECT ${of.join(", ")} FROM water WHERE time < now() GROUP BY time(${grouping}) fill(none)`,
      "kenh",
    );
    const theirs = results[0]?.series?.[0]?.values ?? [];
    const ours = await rolledOf(store, device, "water_level_m", level);
    expect(ours.size).toBeGreaterThan(least);
    expect(ours.size).toBe(theirs.length);
    for (const [ts, count, min, max, mean, last] of theirs) {
      const { mean: own, ...exact } = ours.get(Number(ts)) ?? {};
      expect(exact).toEqual({ count, min, max, last, worst: 2 });
      if (level === "1h") expect(own).toBe(mean);
      else expect(Math.abs(Number(own) - Number(mean))).toBeLessThan(1e-12);
    }
  });

  test("no minutes are written of readings that are a quarter of an hour apart", async () => {
    expect((await rolledOf(store, device, "water_level_m", "1m")).size).toBe(0);
  });

  test("the embedded store has the same, to the last bit", async () => {
    const own = openSqlite({ file: `${folder.path}/store.db` });
    using other = temporaryFolder("kenh-rollup");
    const again = await rollUp(own, other.path);
    for (const level of ["1h", "1d"]) {
      const here = await rolledOf(own, device, "water_level_m", level);
      expect(here).toEqual(await rolledOf(store, device, "water_level_m", level));
    }
    again.close();
    await own.close();
  });

  test("VictoriaMetrics has the same as far as it keeps digits", async (context) => {
    const absent = noVictoriaMetrics();
    if (absent) return context.skip(absent);
    const victoria = await startVictoriaMetrics();
    const own = openVictoriaMetrics({ url: victoria.url });
    using other = temporaryFolder("kenh-rollup");
    // A month will do, to the end of a day.
    const there = await rolledOf(store, device, "water_level_m", "1d");
    const end = Number([...there.keys()][30]);
    const again = await rollUp(
      own,
      other.path,
      points().filter(({ ts }) => ts < end),
    );
    const here = await rolledOf(own, device, "water_level_m", "1d");
    expect(here.size).toBe(30);
    expect([...here.keys()]).toEqual([...there.keys()].filter((ts) => ts < end));
    for (const [ts, { mean, ...exact }] of here) {
      const { mean: theirs, ...others } = there.get(ts) ?? {};
      expect(exact).toEqual(others);
      expect(Number(mean)).toBeCloseTo(Number(theirs), 9);
    }
    again.close();
    await own.close();
    await victoria.dispose();
  });
});
