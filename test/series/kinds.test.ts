import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { AlarmRule, Flag } from "@kenh/schemas";
import { describe, expect, test } from "vitest";
import { play, type Script } from "../../ingest/src/alarms/play.ts";
import { makeRule } from "../../ingest/src/alarms/rule.fixture.ts";
import { type Reading, run } from "../../ingest/src/alarms/run.fixture.ts";
import { loadCatalogue } from "../../ingest/src/catalogue.ts";
import type { RegisteredDevice } from "../../ingest/src/registry.ts";
import { noSharedData, sharedData } from "../support/shared-data.ts";

const schemas = fileURLToPath(new URL("../../schemas/", import.meta.url));
const hour = 3_600_000;
const minute = 60_000;

/** Rows of a file of the recorded series, without its header. */
function rowsOf(file: string): string[][] {
  const text = readFileSync(sharedData(`timeseries/${file}`), "utf8").trim();
  return text
    .split(/\r?\n/)
    .slice(1)
    .map((line) => line.split(","));
}
const levelsOf = (file: string) =>
  rowsOf(file).map(([at = "", value]): [ts: number, value: number] => [
    Date.parse(at),
    Number(value),
  ]);

describe.skipIf(noSharedData())("Pakse, 2018 to 2020, two readings a day", () => {
  const readings = levelsOf("mekong_pakse_013901_manual_2018_2020.csv");

  test.each([
    [11, 58],
    [12, 28],
  ])("stands above %i m on %i days", (limit, days) => {
    const rule = makeRule({ kind: "high", levels: [{ priority: 2, limit }] });
    const { crossings } = run(rule, readings);
    const ends = [...crossings.map(({ at }) => at), Number.POSITIVE_INFINITY];
    /** Days in Vietnam at one of whose readings the alarm stands. */
    const found = new Set<number>();
    for (let at = 0; at < crossings.length; at += 2) {
      for (const [ts] of readings) {
        if (ts >= (ends[at] as number) && ts < (ends[at + 1] as number)) {
          found.add(Math.floor((ts + 7 * hour) / (24 * hour)));
        }
      }
    }
    expect(found.size).toBe(days);
  });
});

describe.skipIf(noSharedData())("Hà Nội, 2016, hour by hour", () => {
  const flags: Record<string, Flag> = { Valid: 1, Missing: 9, Invalid: 4 };
  const readings = rowsOf("hanoi_embassy_pm25_hourly_2016.csv").map(
    ([at = "", aqi = "", qc = ""]): Reading => [
      Date.parse(at),
      aqi === "" ? null : Number(aqi),
      aqi === "" ? 9 : (flags[qc] as Flag),
    ],
  );

  test.each([6, 12, 24])(
    "the frozen rule finds the 92 hours of 153, and nothing else, after %i h",
    (hours) => {
      const rule = makeRule({
        kind: "frozen",
        quantity: "pm25_aqi",
        epsilon: 0,
        forMs: hours * hour,
        priority: 3,
      });
      const { crossings } = run(rule, readings, { intervalMs: hour });
      const last = Date.parse("2016-03-07T15:00:00Z");
      const first = last - 91 * hour;
      expect(crossings).toEqual([
        { event: "raise", at: first + hours * hour, value: 153, level: 0 },
        { event: "clear", at: last + hour, value: expect.any(Number), level: null },
      ]);
    },
  );
});

describe.skipIf(noSharedData())("the tide gauge at Seattle, a week", () => {
  const rows = rowsOf("noaa_9447130_seattle_6min_2015-01_week1.csv");
  const readings = rows.map(([at = "", value]): [number, number] => [
    Date.parse(`${at.replace(" ", "T")}Z`),
    Number(value),
  ]);
  const { rules } = loadCatalogue(schemas);
  const gauge: RegisteredDevice = {
    identity: "00/00000/example/gauge",
    profile: "generic-water",
    quantities: new Map([
      [
        "water_level_m",
        { name: "water_level_m", type: "float", unit: "m", label: { vi: "", en: "" } },
      ],
    ]),
    series: { measurement: "water", tags: [] },
    intervalMs: 6 * minute,
  };

  test("rises twice a day by the tide alone, which the tide of the day before explains mostly", () => {
    const rate = rules.get("water.rise.rate") as AlarmRule;
    const both = rules.get("water.rise") as AlarmRule;
    const { series, identity: device } = gauge;
    const samples = readings.map(([ts, value]) => ({
      device,
      point: { series, ts, fields: [{ name: "water_level_m", type: "float", value, flag: 2 }] },
    })) satisfies Script["samples"];
    const raised = play(both, rules, { devices: [gauge], samples }).filter(
      ({ rule, event }) => rule === both.id && event === "raise",
    );
    const tides = run(rate, readings).crossings.filter(({ event }) => event === "raise");
    expect(tides).toHaveLength(14);
    // The tides of that week grew from day to day.
    expect(raised.length).toBeLessThanOrEqual(5);
  });
});

describe.skipIf(noSharedData())("the gauge at Sekong bridge, 2024, every 15 minutes", () => {
  const readings = levelsOf("mekong_3s_sekong_014500_15min_2024.csv");
  const shipped = loadCatalogue(schemas).rules.get("water.invalid.jump") as AlarmRule;
  const own = makeRule({
    kind: "jump",
    windowMs: 15 * minute,
    levels: [{ priority: 3, limit: 0.3 }],
  });
  const rules: [name: string, AlarmRule, least: number][] = [
    ["the shipped rule for jumps", shipped, 0.6],
    ["one with a limit of 30 cm", own, 0.4],
  ];

  test.each(rules)(
    "%s leaves the river's own rises alone, and what lies behind a gap",
    (_, rule) => {
      expect(run(rule, readings).crossings).toEqual([]);
    },
  );

  test.each(rules)(
    "%s finds spikes of one reading at the places where they were planted",
    (_, rule, least) => {
      const places = Array.from({ length: 40 }, (_, n) => 500 + n * 537);
      const spiked = readings.map(([ts, value], at): Reading => {
        const n = places.indexOf(at);
        return [ts, n < 0 ? value : value + (n % 2 === 0 ? 1 : -1) * (least + n / 20)];
      });
      // A place beside a gap has no reading before it to be compared with.
      const fair = places.filter(
        (at) => (readings[at]?.[0] ?? 0) - (readings[at - 1]?.[0] ?? 0) === 15 * minute,
      );
      expect(fair.length).toBeGreaterThan(38);
      const { crossings } = run(rule, spiked);
      const raised = crossings.filter(({ event }) => event === "raise").map(({ at }) => at);
      expect(raised).toEqual(fair.map((at) => readings[at]?.[0]));
      // Each is over once as many good readings as the rule asks for have come after the way back.
      const cleared = crossings.filter(({ event }) => event === "clear").map(({ at }) => at);
      expect(cleared).toHaveLength(raised.length);
      cleared.forEach((at, n) => {
        const index = fair[n] as number;
        expect(at).toBe(readings[index + 1 + rule.offSamples]?.[0]);
      });
    },
  );
});
