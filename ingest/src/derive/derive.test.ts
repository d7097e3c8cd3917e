import { cpSync } from "node:fs";
import { type Sample, topicOf } from "@kenh/schemas";
import { pino } from "pino";
import { Registry as Metrics } from "prom-client";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { until } from "../../../test/support/counterpart.ts";
import { type TemporaryFolder, temporaryFolder } from "../../../test/support/folder.ts";
import { registryOf, weather } from "../../../test/support/registry.ts";
import { openPipeline, type Pipeline } from "../pipeline.ts";
import { openSqlite } from "../stores/sqlite.ts";
import type { Point, Store } from "../stores/store.ts";
import { type Derivation, type DerivationLimits, openDerivation } from "./derive.ts";
import { followInTurn } from "./follow-all.ts";

const hour = 3_600_000;
/** 00:00 in Vietnam. */
const midnight = Date.parse("2026-11-01T17:00:00Z");
const log = pino({ level: "silent" });
const registry = registryOf(weather);
const series = registry.find(weather.identity)?.series as Point["series"];

let folder: TemporaryFolder;
let clock: number;
let station: ReturnType<typeof open>;

/** Pipeline, store and derivation as the ingest composes them, on one folder. */
function open(path: string, limits: Partial<DerivationLimits> = {}, broken?: Partial<Store>) {
  const store = openSqlite({ file: `${path}/store.db` });
  const now = () => clock;
  const metrics = new Metrics();
  const used = { ...store, ...broken };
  const options = { registry, store: used, now, log, metrics, after: 0, limits };
  const derivation = openDerivation(`${path}/derive.db`, options);
  /** Stands for the alarms: fed first, durable first. */
  const fed: number[] = [];
  const beside = {
    feed: (position: number) => void fed.push(position),
    checkpoint: () => false,
    durablePosition: Number.POSITIVE_INFINITY,
  };
  const follower = followInTurn(beside, derivation);
  const pipeline = openPipeline({ folder: path, registry, store, follower, log, now });
  const observed: Point[] = [];
  const ends = {
    delivered: pipeline.deliveredRow,
    observe: (_: unknown, points: readonly Point[]) => void observed.push(...points),
  };
  return { store, derivation, pipeline, metrics, ends, observed, fed };
}

beforeEach(() => {
  clock = midnight;
  folder = temporaryFolder("kenh-derive");
  station = open(folder.path);
});
afterEach(async () => {
  await close(station);
  folder[Symbol.dispose]();
});

async function close(one: { pipeline: Pipeline; derivation: Derivation; store: Store }) {
  await one.pipeline.close();
  one.derivation.close();
  await one.store.close();
}

async function send(samples: readonly Sample[], one = station): Promise<void> {
  clock = Math.max(clock, ...samples.map(({ ts }) => ts));
  await one.pipeline.accept({
    topic: topicOf(weather.identity, "telemetry"),
    payload: Buffer.from(JSON.stringify(samples)),
  });
  await delivered(one.pipeline);
}

const delivered = ({ ledger }: Pipeline) =>
  until(() => ledger.report().total.pending === 0, "the store to have it");

/** One reading a minute for a part of an hour. */
const minutes = (start: number, pm25: number, from = 0, to = 60): Sample[] =>
  Array.from({ length: to - from }, (_, at) => ({
    ts: start + (from + at) * 60_000,
    values: { pm25_ugm3: pm25 },
  }));

async function stored(name: string, one = station) {
  const type = name.endsWith("_leading") ? "string" : name.startsWith("vn") ? "integer" : "float";
  const query = { series, fields: [{ name, type } as const], from: 0, to: midnight * 2 };
  const points = (await one.store.query(query)).get(name) ?? [];
  return points.map(([ts, value]) => [(ts - midnight) / hour, value]);
}

/** Lets the clock come to so many hours and minutes after midnight, and what is due be done. */
async function reach(hours: number, minutesPast = 0, one = station) {
  clock = midnight + hours * hour + minutesPast * 60_000;
  await one.derivation.settle(one.ends);
}

describe("the hour", () => {
  test("closes some minutes after its end, at its start, and no sooner", async () => {
    await send([...minutes(midnight, 20), ...minutes(midnight + hour, 40)]);
    await reach(2, 1);
    expect(await stored("pm25_1h_ugm3")).toEqual([[0, 20]]);
    expect(await stored("vn_aqi_hour")).toEqual([]);
    await reach(2, 2);
    expect(await stored("pm25_1h_ugm3")).toEqual([
      [0, 20],
      [1, 40],
    ]);
    // (40 + 20/2) / 1.5 = 33.3: 50 + 50 × 8.33/25.
    expect(await stored("vn_aqi_hour")).toEqual([[1, 67]]);
    expect(await stored("vn_aqi_hour_pm25")).toEqual([[1, 67]]);
    expect(await stored("vn_aqi_hour_leading")).toEqual([[1, "pm25"]]);
  });

  test("without readings it has an index while two of the last three hours have means, and never 0", async () => {
    for (const at of [0, 1, 2]) await send(minutes(midnight + at * hour, 25));
    for (let at = 1; at < 9; at++) await reach(at, 3);
    expect(await stored("vn_aqi_hour")).toEqual([
      [1, 50],
      [2, 50],
      [3, 50],
    ]);
    expect(station.derivation.waiting).toBe(1); // the day
  });

  test.each([
    ["44 of 60 minutes", minutes(midnight, 20, 0, 44), []],
    ["45 of 60 minutes", minutes(midnight, 20, 0, 45), [[0, 20]]],
    [
      "a burst: as many readings in ten minutes",
      Array.from({ length: 60 }, (_, at) => ({
        ts: midnight + at * 10_000,
        values: { pm25_ugm3: 20 },
      })),
      [],
    ],
    [
      "an hour of which a third is suspect",
      minutes(midnight, 20).map((sample, at) =>
        at % 3 === 0 ? { ...sample, qc: { pm25_ugm3: 3 as const } } : sample,
      ),
      [],
    ],
    [
      "a fifth of it suspect: passed over",
      minutes(midnight, 20).map((sample, at) =>
        at % 5 === 0
          ? { ts: sample.ts, values: { pm25_ugm3: 500 }, qc: { pm25_ugm3: 4 as const } }
          : sample,
      ),
      [[0, 20]],
    ],
    [
      "a station that sends but every quarter of an hour",
      [0, 15, 30, 45].map((at) => ({
        ts: midnight + at * 60_000,
        values: { pm25_ugm3: 20 },
      })),
      [[0, 20]],
    ],
    [
      "a station that sends but every hour",
      [{ ts: midnight + 10 * 60_000, values: { pm25_ugm3: 20 } }],
      [[0, 20]],
    ],
  ])("%s", async (_, samples, means) => {
    await send(samples);
    await reach(3);
    expect(await stored("pm25_1h_ugm3")).toEqual(means);
  });

  test("is computed again when readings of it come later, and with it the hours that rest on it", async () => {
    for (const at of [0, 2, 3]) await send(minutes(midnight + at * hour, 25));
    await reach(5, 2);
    expect(await stored("vn_aqi_hour")).toEqual([
      [2, 50],
      [3, 50],
      [4, 50],
    ]);
    await send(minutes(midnight + hour, 100));
    await reach(5, 4);
    const after = await stored("vn_aqi_hour");
    expect(after.map(([at]) => at)).toEqual([1, 2, 3, 4]);
    // c1 = c2 = 25, c3 = 100, c4 = 25, w = 1/2: 75/1.875 = 35 of dust: 70.
    expect(after[2]).toEqual([3, 70]);
  });

  test("gives the flag of its readings and the pollutant that leads", async () => {
    await send(
      minutes(midnight, 20).map(({ ts }) => ({
        ts,
        values: { pm25_ugm3: 10, pm10_ugm3: 60, no2_ugm3: 190 },
        qc: { pm25_ugm3: 1, pm10_ugm3: 1, no2_ugm3: 1 },
      })),
    );
    await send(minutes(midnight + hour, 20).map((sample) => ({ ...sample, qc: { pm25_ugm3: 1 } })));
    await reach(3);
    const [means, index] = ["pm25_1h_ugm3", "vn_aqi_hour"].map((name) =>
      station.observed.flatMap(({ fields }) => fields.filter((field) => field.name === name)),
    );
    expect(means?.map(({ flag }) => flag)).toEqual([1, 1]);
    expect(index?.map(({ value, flag }) => [value, flag])).toEqual([[33, 1]]);
    // Of gases the mean of the hour itself counts: NO2 was measured in the one before.
    expect(await stored("vn_aqi_hour_leading")).toEqual([[1, "pm25"]]);
    expect(await stored("vn_aqi_hour_no2")).toEqual([]);
  });
});

describe("the day", () => {
  test("closes after 24:00 in Vietnam and stands at its start", async () => {
    for (let at = 0; at < 24; at++) await send(minutes(midnight + at * hour, at < 12 ? 50 : 61.4));
    await reach(24, 1);
    expect(await stored("vn_aqi_day")).toEqual([]);
    await reach(24, 2);
    expect(await stored("vn_aqi_day")).toEqual([[0, 110]]);
    expect(await stored("vn_aqi_day_leading")).toEqual([[0, "pm25"]]);
  });

  test("has none with 17 hours of dust, and one when the eighteenth comes later", async () => {
    for (let at = 0; at < 17; at++) await send(minutes(midnight + at * hour, 25));
    await reach(26);
    expect(await stored("vn_aqi_day")).toEqual([]);
    await send(minutes(midnight + 20 * hour, 25));
    await reach(27);
    expect(await stored("vn_aqi_day")).toEqual([[0, 50]]);
  });
});

describe("nothing is lost or doubled", () => {
  test("what a device sends under a derived name is refused", async () => {
    await send([{ ts: midnight, values: { vn_aqi_hour: 12, vn_aqi_day_leading: "pm25" } }]);
    const { items } = station.pipeline.quarantine.list();
    expect(items.map(({ reason, detail }) => [reason, detail])).toEqual([
      ["unknown-quantity", expect.stringContaining("computed here")],
    ]);
    expect(station.pipeline.ledger.report().total).toMatchObject({ received: 2, quarantined: 2 });
  });

  test("the ledger counts what was received and nothing that was derived", async () => {
    await send([...minutes(midnight, 20), ...minutes(midnight + hour, 20)]);
    await reach(3);
    expect(station.observed.length).toBeGreaterThan(2);
    expect(station.pipeline.ledger.report().total).toMatchObject({ received: 120, stored: 120 });
  });

  test("the files as a crash leaves them, at any step, give the same in the end", async () => {
    const send3 = [0, 1, 2].map((at) => minutes(midnight + at * hour, 20 + 10 * at));
    const seen: string[] = [];
    using copies = temporaryFolder("kenh-derive-crash");
    const keep = (): void => {
      const copy = `${copies.path}/${seen.length}`;
      cpSync(folder.path, copy, { recursive: true });
      seen.push(copy);
    };
    for (const samples of send3) await send(samples);
    keep();
    await reach(3, 2);
    keep();
    await close(station);
    keep();
    station = open(folder.path);
    await reach(5);
    const [means, index] = [await stored("pm25_1h_ugm3"), await stored("vn_aqi_hour")];
    expect(index.map(([at]) => at)).toEqual([1, 2, 3]);
    for (const copy of seen) {
      clock = midnight + 3 * hour;
      const again = open(copy);
      await delivered(again.pipeline);
      await reach(5, 0, again);
      expect(await stored("pm25_1h_ugm3", again)).toEqual(means);
      expect(await stored("vn_aqi_hour", again)).toEqual(index);
      await close(again);
    }
  });

  test("what the store does not take is tried again, and not told before", async () => {
    await close(station);
    let down = true;
    const sound = openSqlite({ file: `${folder.path}/store.db` });
    station = open(
      folder.path,
      {},
      {
        write: (batch) => (down ? Promise.reject(new Error("refused")) : sound.write(batch)),
      },
    );
    await send([...minutes(midnight, 20), ...minutes(midnight + hour, 20)]);
    await expect(reach(3)).rejects.toThrow("refused");
    expect(station.observed).toEqual([]);
    down = false;
    await reach(3, 1);
    expect(await stored("vn_aqi_hour")).toEqual(
      [
        [1, 40],
        [2, 40],
      ].slice(0, 1),
    );
    await sound.close();
  });

  test("more past hours than may wait are counted and stored, not derived", async () => {
    await close(station);
    clock = midnight + 100 * hour;
    station = open(folder.path, { maxWaiting: 3 });
    await send(
      [0, 1, 2, 3, 4].map((at) => ({ ts: midnight + at * hour, values: { pm25_ugm3: 9 } })),
    );
    expect(await station.metrics.metrics()).toMatch(/kenh_derive_dropped_total 2\b/);
    await reach(101);
    expect(await stored("pm25_1h_ugm3")).toHaveLength(3);
    expect(await stored("pm25_ugm3")).toHaveLength(5);
  });
});
