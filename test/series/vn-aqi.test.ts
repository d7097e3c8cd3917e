import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openRegistry, type StoreConfig, startIngest } from "@kenh/ingest";
import { type Sample, topicOf } from "@kenh/schemas";
import { openAccess } from "@kenh/schemas/node";
import { pino } from "pino";
import { Registry as Metrics } from "prom-client";
import { describe, expect, test } from "vitest";
import { absent, until } from "../support/counterpart.ts";
import { temporaryFolder } from "../support/folder.ts";
import { noInfluxd, startInfluxd } from "../support/influxd.ts";
import { shippedCatalogue } from "../support/registry.ts";
import { noSharedData, sharedData } from "../support/shared-data.ts";

const file = sharedData("timeseries/hanoi_embassy_pm25_hourly_2016.csv");
/** A quarter of the year: its worst winter days, its gaps, and the 92 hours of 153 in a row. */
const quarter = "2016-04-01";
const january = "2016-02-01";
const device = "00/00001/lang-ha/bui-min";
const from = Date.parse("2015-12-31T00:00:00Z");
const to = Date.parse("2016-04-03T00:00:00Z");

type Indices = Record<string, number>;

/** The same indices, computed by another program from the file. */
function computedElsewhere(end: string): { hourly: Indices; daily: Indices } {
  const script = fileURLToPath(new URL("vn_aqi.py", import.meta.url));
  return JSON.parse(execFileSync("python3", [script, file, end], { encoding: "utf8" }));
}

/** The rows of the file. Its column is an index of the United States; its numbers serve as µg/m³ here. */
function samples(end: string): Sample[] {
  const [, ...rows] = readFileSync(file, "utf8").trim().split(/\r?\n/);
  return rows.flatMap((row): Sample[] => {
    const [at = "", value = "", qc] = row.split(",");
    if (at >= end) return [];
    const ts = Date.parse(at);
    const flag = qc === "Valid" ? (1 as const) : (4 as const);
    return value === ""
      ? [{ ts, values: {}, qc: { pm25_ugm3: 9 as const } }]
      : [{ ts, values: { pm25_ugm3: Number(value) }, qc: { pm25_ugm3: flag } }];
  });
}

/** Sends the file to a station of its own, lets its clock come past the end, and gives what it derived. */
async function derived(
  store: StoreConfig,
  end: string,
): Promise<ReturnType<typeof computedElsewhere>> {
  using folder = temporaryFolder("vn-aqi");
  const catalogue = shippedCatalogue();
  const registry = openRegistry(join(folder.path, "registry.db"), catalogue);
  registry.put({ identity: device, profile: "generic-environment" });
  const access = openAccess(join(folder.path, "access.db"));
  const token = access.addToken("reader", "*");
  const metrics = new Metrics();
  let clock = to;
  const ingest = await startIngest({
    config: {
      ...{ host: "127.0.0.1", httpPort: 0, mqttPort: 0, dataDir: folder.path },
      ...{ store, retentionDays: 0, mqttDoor: undefined },
    },
    ...{ catalogue, access, registry, metrics },
    log: pino({ level: "silent" }),
    now: () => clock,
  });
  const get = async (quantity: string): Promise<Indices> => {
    const query = new URLSearchParams({ device, quantity, from: String(from), to: String(to) });
    const answer = await fetch(`${ingest.http}/api/v1/telemetry?${query}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const { points } = (await answer.json()) as { points: [number, number, number][] };
    return Object.fromEntries(points.map(([ts, value]) => [String(ts), value]));
  };
  try {
    const all = samples(end);
    for (let at = 0; at < all.length; at += 500) {
      await ingest.accept({
        topic: topicOf(device, "telemetry"),
        payload: Buffer.from(JSON.stringify(all.slice(at, at + 500))),
      });
    }
    // The readings have come; two minutes later their hours are closed.
    clock += 3 * 60_000;
    await until(
      async () => /kenh_derive_waiting 0\b/.test(await metrics.metrics()),
      "every hour and day to be derived",
      120_000,
    );
    return { hourly: await get("vn_aqi_hour"), daily: await get("vn_aqi_day") };
  } finally {
    await ingest.close();
    registry.close();
    access.close();
  }
}

describe.skipIf(noSharedData() ?? absent("python3"))("VN_AQI of a winter in Hà Nội", () => {
  test("is told for most hours and days, in several bands", () => {
    const expected = computedElsewhere(quarter);
    const hours = Object.values(expected.hourly);
    expect(hours.length).toBeGreaterThan(1500);
    expect(Object.keys(expected.daily).length).toBeGreaterThan(60);
    expect(Math.min(...hours)).toBeLessThan(100);
    expect(Math.max(...hours)).toBeGreaterThan(300);
  });

  test("is the same from SQLite", async () => {
    using folder = temporaryFolder("vn-aqi-store");
    const file = join(folder.path, "store.db");
    expect(await derived({ kind: "sqlite", file }, quarter)).toEqual(computedElsewhere(quarter));
  });

  test("is the same from InfluxDB 1.x", async (context) => {
    const reason = noInfluxd();
    if (reason) context.skip(reason);
    const influxd = await startInfluxd();
    try {
      const { url } = influxd;
      const store = { kind: "influxdb", version: 1, org: "", bucket: "kenh", url } as const;
      const expected = computedElsewhere(january);
      expect(await derived({ ...store, token: undefined }, january)).toEqual(expected);
      const { results } = await influxd.query(
        "SELECT count(vn_aqi_hour), count(vn_aqi_hour_leading) FROM environment",
        "kenh",
      );
      const hours = Object.keys(expected.hourly).length;
      expect(results[0]?.series?.[0]?.values[0]?.slice(1)).toEqual([hours, hours]);
    } finally {
      await influxd.dispose();
    }
  });
});
