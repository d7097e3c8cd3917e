import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DriverSample } from "../driver.ts";
import { reportSchema } from "./config.ts";
import { reportBy } from "./report.ts";

const at = (seconds: number, level: number, more: Partial<DriverSample> = {}): DriverSample => ({
  ts: seconds * 1000,
  values: { water_level_m: level },
  ...more,
});
/** Which of the samples go on, by their time in seconds. */
function reported(config: unknown, samples: readonly DriverSample[]): number[] {
  const report = reportBy(reportSchema.parse(config));
  return samples.flatMap(report).map(({ ts }) => ts / 1000);
}

describe("a reading goes on", () => {
  const flat = [0, 10, 20, 30, 40, 50, 60, 70].map((seconds) => at(seconds, 1));
  test.each<[string, unknown, readonly DriverSample[], number[]]>([
    ["on change", { on: "change" }, [at(0, 1), at(1, 1), at(2, 1.001), at(3, 1.001)], [0, 2]],
    ["on period", { on: "period", periodMs: 30_000 }, flat, [0, 30, 60]],
    [
      "on both: unchanged by the period, changed at once",
      { on: "both", periodMs: 30_000 },
      [...flat.slice(0, 5), at(45, 2), ...[50, 60, 70, 75].map((s) => at(s, 2))],
      [0, 30, 45, 75],
    ],
    [
      "beyond the absolute deadband",
      { on: "change", deadband: { default: { absolute: 0.1 } } },
      [at(0, 1), at(1, 1.1), at(2, 1.11), at(3, 1.2)],
      [0, 2],
    ],
    [
      "beyond the relative deadband, measured from what was reported: creeping shows",
      { on: "change", deadband: { water_level_m: { relative: 0.1 }, default: { absolute: 9 } } },
      [at(0, 1), at(1, 1.05), at(2, 1.09), at(3, 1.11), at(4, 1.2)],
      [0, 3],
    ],
    [
      "when its flag changes, or its value goes missing",
      { on: "change" },
      [
        at(0, 1),
        at(1, 1, { qc: { water_level_m: 3 } }),
        at(2, 1, { qc: { water_level_m: 3 } }),
        { ts: 3000, values: {}, qc: { water_level_m: 9 } },
        { ts: 4000, values: {}, qc: { water_level_m: 9 } },
        at(5, 1),
      ],
      [0, 1, 3, 5],
    ],
    [
      "when it is urgent",
      { on: "period", periodMs: 60_000 },
      [at(0, 1), at(1, 1, { urgent: true }), at(2, 1)],
      [0, 1],
    ],
    [
      "when it is not later than the last: a clock set back silences nobody",
      { on: "both", periodMs: 60_000 },
      [at(100, 1), at(100, 1), at(40, 1), at(50, 1), at(100, 1)],
      [100, 100, 40, 100],
    ],
    [
      "for each device by itself",
      { on: "change" },
      [at(0, 1), at(1, 1, { device: "82/29869/x/y" }), at(2, 1, { device: "82/29869/x/y" })],
      [0, 1],
    ],
  ])("%s", (_, config, samples, expected) => {
    expect(reported(config, samples)).toEqual(expected);
  });
});

test("of a sample, what says nothing new is left out, with its flag", () => {
  const report = reportBy(reportSchema.parse({ on: "change" }));
  const values = { mains_present: true, input_voltage_v: 223, ups_status: "OL" };
  const qc = { input_voltage_v: 1 as const };
  expect(report({ ts: 0, values, qc })).toEqual([{ ts: 0, values, qc }]);
  expect(report({ ts: 1, values: { ...values, ups_status: "OB" }, qc })).toEqual([
    { ts: 1, values: { ups_status: "OB" } },
  ]);
});

test("what a reader takes for the present is never off by more than the deadband", () => {
  const levels = fc.array(fc.double({ min: -5, max: 5, noNaN: true }));
  fc.assert(
    fc.property(levels, fc.double({ min: 0, max: 1, noNaN: true }), (values, absolute) => {
      const report = reportBy(
        reportSchema.parse({ on: "change", deadband: { default: { absolute } } }),
      );
      let shown: unknown;
      for (const [seconds, value] of values.entries()) {
        for (const sample of report(at(seconds, value))) shown = sample.values.water_level_m;
        expect(Math.abs(Number(shown) - value)).toBeLessThanOrEqual(absolute + 1e-12);
      }
    }),
  );
});

test.each([
  [{ on: "period" }, "periodMs"],
  [{ on: "sometimes" }, "on"],
  [{ on: "change", periodMs: 5 }, "periodMs"],
])("%j is refused because of %s", (wrong, key) => {
  expect(JSON.stringify(reportSchema.safeParse(wrong).error?.issues)).toContain(key);
});
