import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { array, assert, constantFrom, double, integer, option, property, record } from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { DriverSample, Unreadable } from "../driver.ts";
import { levelConfigSchema } from "./config.ts";
import { levelOf } from "./level.ts";
import { runningMedian } from "./median.ts";
import { slopeJudge } from "./slope.ts";

function play(config: unknown, samples: readonly DriverSample[]) {
  const reports: Unreadable[] = [];
  const transform = levelOf(levelConfigSchema.parse(config), (report) => reports.push(report));
  return { given: samples.flatMap((sample) => transform(sample)), reports };
}

interface Golden {
  readonly config: unknown;
  readonly samples: readonly DriverSample[];
  readonly expected: readonly DriverSample[];
  readonly reports: readonly [string, string][];
}
const golden = fileURLToPath(new URL("golden/", import.meta.url));

test.each(readdirSync(golden))("golden case %s", (name) => {
  const file = readFileSync(join(golden, name, "case.json"), "utf8");
  const { config, samples, expected, reports } = JSON.parse(file) as Golden;
  const before = structuredClone(samples);
  const { given, reports: told } = play(config, samples);
  expect(given).toEqual(expected);
  expect(told.map(({ at }) => at)).toEqual(reports.map(([at]) => at));
  for (const [index, [, reason]] of reports.entries())
    expect(told[index]?.reason).toContain(reason);
  expect(samples).toEqual(before);
});

const begin = Date.parse("2026-01-01T00:00:00Z");
const reading = record({
  step: integer({ min: 0, max: 600_000 }),
  distance: double({ min: 0, max: 30, noNaN: true }),
  flag: option(constantFrom(1, 2, 3, 4, 9), { nil: undefined }),
});
const series = array(reading, { maxLength: 60 }).map((readings) => {
  let ts = begin;
  return readings.map(({ step, distance, flag }): DriverSample => {
    ts += step;
    return {
      ts,
      values: flag === 9 ? {} : { distance_m: distance },
      ...(flag && { qc: { distance_m: flag as 1 } }),
    };
  });
});
const config = {
  method: "distance",
  deadZoneM: 0.5,
  rangeM: 20,
  calibration: [{ from: "2025-06-01T00:00:00Z", mountElevationM: 10 }],
};

describe("whatever comes", () => {
  test("every sample stays one, its raw reading stays, and its flag gets no better", () => {
    assert(
      property(series, (samples) => {
        const { given } = play(config, samples);
        expect(given).toHaveLength(samples.length);
        for (const [index, { ts, values, qc }] of given.entries()) {
          const raw = samples[index] as DriverSample;
          expect(ts).toBe(raw.ts);
          expect(values["distance_m"]).toBe(raw.values["distance_m"]);
          expect(qc?.["distance_m"] ?? 2).toBeGreaterThanOrEqual(raw.qc?.["distance_m"] ?? 2);
          expect("water_level_m" in values).toBe(qc?.["water_level_m"] !== 9);
          expect(qc?.["water_level_m"] ?? 2).toBeGreaterThanOrEqual(
            Math.max(2, qc?.["distance_m"] ?? 2),
          );
        }
      }),
    );
  });

  test("without a median the level is exactly mounting less distance", () => {
    assert(
      property(series, (samples) => {
        const { given } = play({ ...config, medianOf: 1 }, samples);
        for (const { values } of given) {
          const { distance_m: distance, water_level_m: level } = values;
          if (typeof distance === "number") expect(level).toBeCloseTo(10 - distance, 8);
        }
      }),
    );
  });

  test("a new entry of the calibration changes nothing before it", () => {
    assert(
      property(series, integer({ min: 0, max: 36_000_000 }), (samples, after) => {
        const from = begin + after;
        const entry = { from: new Date(from).toISOString(), mountElevationM: 12 };
        const longer = { ...config, calibration: [...config.calibration, entry] };
        const past = (given: readonly DriverSample[]) => given.filter(({ ts }) => ts < from);
        expect(past(play(longer, samples).given)).toEqual(past(play(config, samples).given));
      }),
    );
  });

  test("a late reading neither moves the filters nor is moved by them", () => {
    assert(
      property(series, double({ min: 0.5, max: 20, noNaN: true }), (samples, distance) => {
        const late: DriverSample = { ts: begin - 1, values: { distance_m: distance } };
        const calm = play(config, samples).given;
        // Behind the first: before it nothing is late.
        const [first, ...rest] = samples.filter(({ qc }) => !qc || (qc["distance_m"] ?? 2) <= 3);
        if (!first || (first.values["distance_m"] as number) < 0.5) return;
        if ((first.values["distance_m"] as number) > 20) return;
        const trusted = [first, ...rest];
        const with_ = play(config, [first, late, ...rest]).given;
        expect(with_[1]?.values["water_level_m"]).toBeCloseTo(10 - distance, 8);
        expect(with_.filter((_, index) => index !== 1)).toEqual(play(config, trusted).given);
        expect(calm).toHaveLength(samples.length);
      }),
    );
  });
});

test("a median lies among the newest readings, and of one or two is the newest", () => {
  assert(
    property(
      array(record({ step: integer({ min: 1, max: 30_000 }), value: double({ noNaN: true }) })),
      constantFrom(1, 3, 5, 7),
      (readings, of) => {
        const median = runningMedian(of, 60_000);
        const seen: { ts: number; value: number }[] = [];
        let ts = 0;
        for (const { step, value } of readings) {
          ts += step;
          seen.push({ ts, value });
          const recent = seen.slice(-of).filter((each) => ts - each.ts < 60_000);
          const result = median({ ts, value });
          expect(recent.map((each) => each.value)).toContain(result);
          if (recent.length <= 2) expect(result).toBe(value);
          const above = recent.filter((each) => each.value > result).length;
          const below = recent.filter((each) => each.value < result).length;
          expect(Math.max(above, below)).toBeLessThanOrEqual(recent.length / 2);
        }
      },
    ),
  );
});

test("what has really risen is believed in time", () => {
  assert(
    property(double({ min: 0.6, max: 20, noNaN: true }), (rise) => {
      const judge = slopeJudge(0.5, 2);
      expect(judge({ ts: 0, value: 0 })).toBe(2);
      const minutes = Math.ceil(rise / 0.5) + 1;
      const flags = Array.from({ length: minutes }, (_, at) =>
        judge({ ts: (at + 1) * 60_000, value: rise }),
      );
      expect(flags[0]).toBe(rise > 2 ? 4 : 3);
      expect(flags.at(-1)).toBe(2);
      expect(flags).toEqual([...flags].sort((a, b) => b - a));
    }),
  );
});

describe("configuration", () => {
  const entry = { from: "2026-01-01T00:00:00Z", mountElevationM: 5 };
  test.each([
    [{ method: "distance", calibration: [] }, "calibration"],
    [
      { method: "distance", calibration: [{ ...entry, from: "2026-01-01T00:00:00" }] },
      "with its zone",
    ],
    [{ method: "distance", calibration: [{ ...entry, from: "2026-01-01" }] }, "with its zone"],
    [{ method: "distance", calibration: [entry, entry] }, "is not after the entry before it"],
    [{ method: "distance", calibration: [entry], medianOf: 4 }, "must be odd"],
    [{ method: "distance", calibration: [entry], from: "water_level_m" }, "another quantity"],
    [{ method: "distance", calibration: [entry], deadZoneM: 3, rangeM: 2 }, "must lie beyond"],
    [{ method: "distance", calibration: [entry], failSlopeMPerMin: 0.1 }, "must not be below"],
    [{ method: "pressure", calibration: [entry] }, "sensorElevationM"],
  ])("%j is refused", (given, reason) => {
    expect(levelConfigSchema.safeParse(given).error?.message).toContain(reason);
  });

  test("the samples of the README are two", () => {
    const readme = readFileSync(new URL("README.md", import.meta.url), "utf8");
    const blocks = [...readme.matchAll(/```yaml\n([\s\S]*?)```/g)].map(
      ([, text = ""]) => parse(text) as { level: unknown },
    );
    expect(blocks.map(({ level }) => levelConfigSchema.parse(level).method)).toEqual([
      "distance",
      "pressure",
    ]);
  });
});
