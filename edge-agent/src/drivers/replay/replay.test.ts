import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../../../test/support/folder.ts";
import { noSharedData, sharedData } from "../../../../test/support/shared-data.ts";
import type { DriverSample, Unreadable } from "../../driver.ts";
import { driver } from "./replay.ts";
import { timestampReader } from "./timestamp.ts";

async function play(config: Record<string, unknown>, signal = new AbortController().signal) {
  const samples: DriverSample[] = [];
  const unreadable: Unreadable[] = [];
  for await (const sample of driver
    .prepare({ speed: "max", ...config })
    .run(signal, (u) => unreadable.push(u))) {
    samples.push(sample);
  }
  return { samples, unreadable };
}

interface Golden {
  readonly config: Record<string, unknown>;
  readonly samples: readonly DriverSample[];
  readonly unreadable: readonly [number, string][];
}

describe("golden cases", () => {
  const golden = fileURLToPath(new URL("golden/", import.meta.url));
  test.each(readdirSync(golden))("%s", async (name) => {
    const expected = JSON.parse(readFileSync(join(golden, name, "case.json"), "utf8")) as Golden;
    const file = join(golden, name, "input.csv");
    const { samples, unreadable } = await play({ ...expected.config, file });
    expect(samples).toEqual(expected.samples);
    expect(unreadable).toHaveLength(expected.unreadable.length);
    // The parser runs ahead of the reader, so that broken records are told before earlier bad cells.
    unreadable.sort((a, b) => a.at.localeCompare(b.at));
    for (const [index, [line, reason]] of expected.unreadable.entries()) {
      expect(unreadable[index]?.at).toBe(`${file}:${line}`);
      expect(unreadable[index]?.reason).toContain(reason);
    }
  });
});

describe("time", () => {
  const good = { file: "x.csv", columns: { v: "water_level_m" } };
  test("a file without a zone is refused: nothing is guessed", () => {
    const parsed = driver.configSchema.safeParse({ ...good, time: { column: "t" } });
    expect(parsed.error?.issues[0]).toMatchObject({ path: ["time", "zone"] });
    expect(parsed.error?.issues[0]?.message).toContain("Asia/Ho_Chi_Minh");
    expect(
      driver.configSchema.safeParse({ ...good, time: { column: "t", zone: "Hanoi" } }).success,
    ).toBe(false);
  });

  test.each([
    ["2024-04-06T21:30Z", "iso", "in-timestamp", "2024-04-06T21:30:00.000Z"],
    ["2024-04-06T21:30Z", "yyyy-MM-dd'T'HH:mm'Z'", "UTC+7", "2024-04-06T14:30:00.000Z"],
    ["2015-01-01 00:00", "yyyy-MM-dd HH:mm", "UTC", "2015-01-01T00:00:00.000Z"],
    ["2025-03-06 09:00:00", "yyyy-MM-dd HH:mm:ss", "Asia/Ho_Chi_Minh", "2025-03-06T02:00:00.000Z"],
    ["2022-01-01", "iso", "Asia/Ho_Chi_Minh", "2021-12-31T17:00:00.000Z"],
    ["2025-03-05T07:00:00+07:00", "iso", "in-timestamp", "2025-03-05T00:00:00.000Z"],
  ])("%s as %s in %s is %s", (text, format, zone, expected) => {
    expect(new Date(timestampReader([format], zone)(text)).toISOString()).toBe(expected);
  });

  test.each([
    ["2025-11-02 01:30", "America/New_York", "comes twice"],
    ["2025-03-09 02:30", "America/New_York", "does not exist"],
    ["2025-03-09 02:30", "in-timestamp", "carries no zone"],
    ["09.03.2025", "UTC", "is not of the format"],
  ])("%s in %s has no single meaning: it %s", (text, zone, reason) => {
    expect(() => timestampReader(["yyyy-MM-dd HH:mm"], zone)(text)).toThrow(reason);
  });
});

test("a column that the file does not have is an error that names those it has", async () => {
  const file = fileURLToPath(new URL("golden/stations/input.csv", import.meta.url));
  const config = { file, time: { column: "time", zone: "UTC" }, columns: { pm1: "pm1_ugm3" } };
  await expect(play(config)).rejects.toThrow(
    /no column "pm1"; it has "time", "station", "pm25", "open"/,
  );
  await expect(play({ ...config, file: "/nowhere.csv" })).rejects.toThrow(/ENOENT/);
});

test("at a factor the rows keep their distance, and shift-to-now begins at the present", async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "a.csv");
  const { writeFileSync } = await import("node:fs");
  writeFileSync(file, "t,v\n2020-01-01T00:00:00Z,1\n2020-01-01T00:01:00Z,2\n");
  const config = {
    file,
    time: { column: "t", zone: "in-timestamp" },
    columns: { v: "water_level_m" },
  };
  const started = performance.now();
  await play({ ...config, speed: 600 });
  expect(performance.now() - started).toBeGreaterThanOrEqual(99);

  const before = Date.now();
  const stop = new AbortController();
  for await (const { ts } of driver
    .prepare({ ...config, speed: 1, retime: "shift-to-now" })
    .run(stop.signal, () => {})) {
    expect(ts).toBeGreaterThanOrEqual(before);
    expect(ts).toBeLessThanOrEqual(Date.now());
    // The second row is a minute away: the abort ends the wait.
    stop.abort();
  }
  expect(
    driver.configSchema.safeParse({ ...config, speed: 2, retime: "shift-to-now" }).success,
  ).toBe(false);
});

describe.skipIf(noSharedData())(`recorded series ${noSharedData() ?? ""}`, () => {
  const local = { format: "yyyy-MM-dd HH:mm:ss", zone: "Asia/Ho_Chi_Minh" };
  const air = {
    time: { column: "timestamp", ...local },
    missing: ["", "N/A"],
    columns: {
      aqi: "aqi",
      co: "co_aqi",
      temperature: "air_temperature_c",
      wind: "wind_speed_m_s",
      atmospheric_pressure: "air_pressure_hpa",
      humidity: "relative_humidity_pct",
      pm25: "pm25_aqi",
      pm10: "pm10_aqi",
      o3: "o3_aqi",
      no2: "no2_aqi",
    },
  };
  const stations = (...ids: string[]) => ({
    column: "station_id",
    devices: Object.fromEntries(ids.map((id) => [id, `82/29869/s-${id}/khi-01`])),
  });
  const published = { column: "timestamp_as_published", zone: "in-timestamp" };
  const nab = { time: { column: "timestamp", ...local, zone: "UTC" } };
  const skab = {
    delimiter: ";",
    time: { column: "datetime", ...local, zone: "UTC" },
    columns: {
      Current: "current_a",
      Voltage: "voltage_v",
      Temperature: "water_temperature_c",
      Pressure: "pressure_kpa",
    },
  };
  test.each([
    [
      "mekong_3s_sekong_014500_15min_2024.csv",
      { time: published, columns: { water_level_m: "water_level_m" } },
      22068,
      0,
    ],
    [
      "mekong_3s_sekong_014500_15min_2024_raw_head.csv",
      {
        time: { column: "Timestamp (UTC+07:00)", zone: "in-timestamp" },
        columns: { Value: "water_level_m" },
      },
      60,
      0,
    ],
    [
      "mekong_pakse_013901_manual_2018_2020.csv",
      { time: published, columns: { water_level_m: "water_level_m" } },
      2191,
      0,
    ],
    [
      "mekong_stung_treng_014501_daily_2022_2023.csv",
      {
        time: { column: "date_local", zone: "Asia/Phnom_Penh" },
        columns: { water_level_m: "water_level_m" },
      },
      730,
      0,
    ],
    [
      "noaa_9447130_seattle_6min_2015-01_week1.csv",
      {
        time: { column: "t_gmt", format: "yyyy-MM-dd HH:mm", zone: "UTC" },
        columns: { v_m_MLLW: "water_level_m", sigma: "water_level_sigma_m" },
        quality: [{ column: "flags", separator: ",", flags: { 0: 1, 1: 3 } }],
      },
      1680,
      0,
    ],
    [
      "hanoi_embassy_pm25_hourly_2016.csv",
      {
        time: { column: "date_as_published", zone: "in-timestamp" },
        columns: { aqi: "aqi" },
        quality: [{ column: "qc", flags: { Valid: 1, Invalid: 4, Missing: 9 } }],
      },
      8784,
      441,
    ],
    ["vn_air_can-tho_2025_03.csv", { ...air, deviceBy: stations("13661", "13687") }, 592, 590],
    [
      "vn_air_nha-trang_2025_03.csv",
      { ...air, deviceBy: stations("13417", "13762", "1585") },
      592,
      10,
    ],
    [
      "nab_ambient_temperature_system_failure.csv",
      {
        ...nab,
        columns: { value: { quantity: "air_temperature_c", scale: 5 / 9, offset: -160 / 9 } },
      },
      7267,
      0,
    ],
    ["nab_occupancy_6005.csv", { ...nab, columns: { value: "occupancy_pct" } }, 2380, 0],
    ["nab_rds_cpu_utilization_e47b3b.csv", { ...nab, columns: { value: "cpu_pct" } }, 4032, 0],
    ["skab_other_5.csv", skab, 1155, 0],
    ["skab_valve1_0.csv", skab, 1147, 0],
  ])(
    "%s is described by configuration alone: every row, in order, none invented",
    async (name, config, rows, missing) => {
      const { samples, unreadable } = await play({
        ...config,
        file: sharedData(`timeseries/${name}`),
      });
      expect(unreadable).toEqual([]);
      expect(samples).toHaveLength(rows);
      const quantities = Object.keys(config.columns).length;
      const readings = samples.reduce(
        (n, s) => n + Object.keys({ ...s.values, ...s.qc }).length,
        0,
      );
      expect(readings).toBe(rows * quantities);
      const absent = samples.reduce((n, s) => n + quantities - Object.keys(s.values).length, 0);
      expect(absent).toBe(missing);
    },
  );

  test("values and flags are those of the file", async () => {
    const file = sharedData("timeseries/mekong_3s_sekong_014500_15min_2024.csv");
    const { samples } = await play({
      file,
      time: published,
      columns: { water_level_m: "water_level_m" },
    });
    const facts = JSON.parse(readFileSync(sharedData("timeseries/facts.json"), "utf8")) as Record<
      string,
      { sum: number }
    >;
    const sum = samples.reduce((total, s) => total + Number(s.values.water_level_m), 0);
    expect(sum).toBeCloseTo(facts["mekong_3s_sekong_014500_15min_2024.csv"]?.sum ?? 0, 3);
    expect(samples[0]).toEqual({
      ts: Date.parse("2024-04-06T21:30Z"),
      values: { water_level_m: 3.351 },
    });

    const hanoi = await play({
      file: sharedData("timeseries/hanoi_embassy_pm25_hourly_2016.csv"),
      time: { column: "date_as_published", zone: "in-timestamp" },
      columns: { aqi: "aqi" },
      quality: [{ column: "qc", flags: { Valid: 1, Invalid: 4, Missing: 9 } }],
    });
    const flagged = (flag: number, value: boolean) =>
      hanoi.samples.filter((s) => s.qc?.aqi === flag && "aqi" in s.values === value).length;
    expect([flagged(1, true), flagged(4, true), flagged(9, true), flagged(9, false)]).toEqual([
      8286, 5, 52, 441,
    ]);
  });
});
