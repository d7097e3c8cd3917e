import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Sample } from "@kenh/schemas";
import { afterAll, describe, expect, test } from "vitest";
import { until } from "../../../test/support/counterpart.ts";
import { temporaryFolder } from "../../../test/support/folder.ts";
import { type Influxd, noInfluxd, startInfluxd } from "../../../test/support/influxd.ts";
import { gauge, registryOf } from "../../../test/support/registry.ts";
import type { RegisteredDevice } from "../registry.ts";
import { openInfluxdb } from "../stores/influxdb.ts";
import type { Store } from "../stores/store.ts";
import { type HistoryStation, openStation, rolledOf } from "./history.fixture.ts";
import { readIntervals } from "./read.ts";

const [hour, day] = [3_600_000, 86_400_000];
/** 00:00 in Vietnam. */
const midnight = Date.parse("2026-10-04T17:00:00Z");
const ups = { identity: "82/29869/ubnd/ups-01", profile: "generic-power" };
const other = { identity: "82/29870/cau-cai-sau/muc-nuoc-01", profile: "generic-water" };
const registry = registryOf(gauge, ups, other);
const quantityOf = { [gauge.identity]: "water_level_m", [ups.identity]: "voltage_v" };
const days = 12;

let influxd: Influxd | undefined;
afterAll(() => influxd?.dispose());
const stores: Record<
  string,
  { skip?: string | undefined; open(): Promise<(() => Store) | undefined> }
> = {
  sqlite: { open: async () => undefined },
  "influxdb 1.x": {
    skip: noInfluxd(),
    async open() {
      influxd = await startInfluxd();
      const config = { url: influxd.url, version: 1, bucket: "kenh" } as const;
      return () => openInfluxdb(config);
    },
  },
};

const nameOf = (identity: string): string => quantityOf[identity] ?? "water_level_m";

/** A reading every hour of the first days, sent at the end of each. */
async function fill(station: HistoryStation): Promise<void> {
  for (let today = 0; today < days; today++) {
    station.clock = midnight + (today + 1) * day;
    for (const { identity } of [gauge, ups, other]) {
      const samples = Array.from({ length: 24 }, (_, at): Sample => {
        const ts = midnight + today * day + at * hour;
        return { ts, values: { [nameOf(identity)]: at / 100 } };
      });
      await station.send(identity, samples);
    }
  }
}

/** The first day, counted from midnight, of which something is stored; undefined when nothing is. */
async function firstDays({ store }: HistoryStation, identity: string) {
  const device = registry.find(identity) as RegisteredDevice;
  const name = nameOf(identity);
  const fields = [{ name, type: "float" as const }];
  const raw = await store.query({ series: device.series, fields, from: 0, to: 4e12 });
  const firsts = { raw: raw.get(name)?.[0]?.[0], ...(await rolledFirsts(store, device, name)) };
  return Object.fromEntries(
    Object.entries(firsts).map(([what, ts]) => [
      what,
      ts === undefined ? null : (ts - midnight) / day,
    ]),
  );
}

async function rolledFirsts(store: Store, device: RegisteredDevice, name: string) {
  const first = async (level: string) =>
    [...(await rolledOf(store, device, name, level)).keys()][0];
  return { minutes: await first("1m"), hours: await first("1h"), days: await first("1d") };
}

describe.each(Object.keys(stores))("in %s", (name) => {
  const { skip, open } = stores[name] as (typeof stores)[string];

  test.skipIf(skip)(
    `each class of each unit loses what its line says, to the day, and nothing else${skip ? ` (${skip})` : ""}`,
    async () => {
      const folder = temporaryFolder("kenh-retention");
      writeFileSync(
        join(folder.path, "retention.yaml"),
        `version: 1
keep:
  - { raw: 20, minutes: 30 }
  - { class: water, raw: 4, minutes: 6, hours: 9 }
  - { unit: 82/29870, class: water, raw: 10, minutes: off, hours: 10 }
`,
      );
      const station = openStation(registry, midnight + hour, await open(), folder);
      await fill(station);
      const { history } = station;
      station.clock = midnight + 14 * day + 3 * hour;
      // Nothing is rolled up: nothing goes.
      await history.rollup.survey.step();
      await history.keeper.pass();
      expect(await firstDays(station, gauge.identity)).toMatchObject({ raw: 0, hours: null });
      expect(await heldOf(station)).toBe(2);

      await station.settle();
      const all = { raw: 0, minutes: 0, hours: 0, days: 0 };
      expect(await firstDays(station, gauge.identity)).toEqual(all);
      expect(await firstDays(station, other.identity)).toEqual({ ...all, minutes: null });
      await history.keeper.pass();
      expect(await firstDays(station, gauge.identity)).toEqual({
        ...{ raw: 10, minutes: 8, hours: 5, days: 0 },
      });
      expect(await firstDays(station, other.identity)).toEqual({
        ...{ raw: 4, minutes: null, hours: 4, days: 0 },
      });
      expect(await firstDays(station, ups.identity)).toEqual(all);
      expect(await heldOf(station)).toBe(0);
      // The days answer for all of it, the hours and minutes for what is left of them.
      const from = midnight - day;
      expect(await countsOf(station, from, day)).toEqual(Array(days).fill(24));
      expect(await countsOf(station, from, hour)).toEqual(Array(7 * 24).fill(1));
      expect(await countsOf(station, from, hour / 4)).toEqual(Array(4 * 24).fill(1));
      expect(await countsOf(station, from, hour / 240)).toEqual(Array(2 * 24).fill(1));
      // A day that the span cuts is told by its hours as far as they are left.
      expect(await countsOf(station, midnight + 3.5 * day, day)).toEqual(Array(8).fill(24));
      expect(await countsOf(station, midnight + 6.5 * day, day)).toEqual([
        12,
        ...Array(5).fill(24),
      ]);
      await station.close();
    },
    60_000,
  );
});

/** The counts of the gauge's intervals from then on, by Vietnam's clock. */
async function countsOf({ store, history }: HistoryStation, from: number, everyMs: number) {
  const found = await readIntervals(
    { store, rollup: history.rollup },
    {
      ...{ device: deviceOf(gauge.identity), quantity: { name: "water_level_m", type: "float" } },
      ...{ from, to: midnight + 20 * day, everyMs, zone: "vn", aggregate: "count" },
    },
  );
  return found.map(([, count]) => count);
}

const heldOf = async ({ metrics }: HistoryStation) =>
  (await metrics.getSingleMetric("kenh_retention_held_places")?.get())?.values[0]?.value;

test("what is gone stays gone: a longer retention computes nothing anew from what is left, and takes nothing of before", async () => {
  const folder = temporaryFolder("kenh-retention");
  const file = join(folder.path, "retention.yaml");
  writeFileSync(file, "version: 1\nkeep:\n  - { raw: 4 }\n");
  let station = openStation(registry, midnight, undefined, folder);
  await fill(station);
  station.clock = midnight + 13 * day;
  await station.settle();
  await station.history.keeper.pass();
  expect(await firstDays(station, gauge.identity)).toEqual({
    raw: 8,
    minutes: 0,
    hours: 0,
    days: 0,
  });

  writeFileSync(file.replace(folder.path, station.path), "version: 1\nkeep:\n  - { raw: 400 }\n");
  station = await station.kill();
  const before = await firstDays(station, gauge.identity);
  const wanted = await rolledOf(station.store, deviceOf(gauge.identity), "water_level_m", "1h");
  await station.send(gauge.identity, [
    { ts: midnight + 2 * day + hour / 2, values: { water_level_m: 9 } },
    { ts: midnight + 9 * day + hour / 2, values: { water_level_m: 9 } },
  ]);
  await station.settle();
  expect(await firstDays(station, gauge.identity)).toEqual(before);
  const hours = await rolledOf(station.store, deviceOf(gauge.identity), "water_level_m", "1h");
  expect(hours.get(midnight + 2 * day)).toEqual(wanted.get(midnight + 2 * day));
  expect(hours.get(midnight + 9 * day)).toMatchObject({ count: 2, max: 9 });
  expect(station.quarantined()).toEqual(["too-old"]);
  await station.close();
});

test("the file is followed: a wrong one is told and changes nothing, a right one is in force", async () => {
  const station = openStation(registry, midnight);
  const file = join(station.path, "retention.yaml");
  const { retention } = station.history;
  const stopping = new AbortController();
  const running = station.history.run(() => 0, stopping.signal);
  const refused = async () =>
    (await station.metrics.getSingleMetric("kenh_retention_file_refused")?.get())?.values[0]?.value;
  const rawDays = () => retention.policy.daysOf("water", "82/29869", "raw");
  writeFileSync(file, "version: 1\nkeep:\n  - { raw: 5 }\n");
  await until(() => rawDays() === 5, "the file to be in force");
  expect(retention.oldestOf(deviceOf(gauge.identity).series)).toBe(midnight - 5 * day);
  writeFileSync(file, "version: 1\nkeep:\n  - { raw: five }\n");
  await until(async () => (await refused()) === 1, "the fault to be told");
  expect(rawDays()).toBe(5);
  writeFileSync(file, "version: 1\nkeep: []\n");
  await until(() => rawDays() === 0, "the next one to be in force");
  expect(await refused()).toBe(0);
  stopping.abort();
  await running;
  await station.close();
}, 120_000);

const deviceOf = (identity: string) => registry.find(identity) as RegisteredDevice;
