import type { Flag } from "@kenh/schemas";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DriverSample } from "../driver.ts";
import { checks } from "./check.ts";
import { checksSchema } from "./config.ts";

const config = checksSchema.parse({
  water_level_m: { range: { min: -2, max: 6 }, spike: { suspect: 0.5 } },
  wind_speed_m_s: { rateOfChange: { perSecond: 5 } },
});

describe("a sample", () => {
  test.each<[string, DriverSample, DriverSample["qc"]]>([
    ["passes", { ts: 1, values: { water_level_m: 1 } }, { water_level_m: 1 }],
    ["fails", { ts: 1, values: { water_level_m: 7 } }, { water_level_m: 4 }],
    ["can't be judged yet", { ts: 1, values: { wind_speed_m_s: 3 } }, undefined],
    ["has no check", { ts: 1, values: { rain_mm: 3 } }, undefined],
    ["holds no number", { ts: 1, values: { water_level_m: "high" } }, undefined],
    [
      "was doubted by the driver",
      { ts: 1, values: { water_level_m: 1 }, qc: { water_level_m: 3 } },
      { water_level_m: 3 },
    ],
    ["lacks a value", { ts: 1, values: {}, qc: { water_level_m: 9 } }, { water_level_m: 9 }],
  ])("that %s", (_, sample, qc) => {
    const [judged, ...more] = checks(config)(sample);
    expect(more).toEqual([]);
    expect(judged).toEqual(qc ? { ...sample, qc } : sample);
  });

  test("each device and quantity has neighbours of its own, and what failed is nobody's", () => {
    const judge = checks(config);
    const level = (ts: number, value: number, more: Partial<DriverSample> = {}) =>
      judge({ ts, values: { water_level_m: value }, ...more })[0]?.qc?.water_level_m;
    expect(level(1000, 1)).toBe(1);
    expect(level(2000, 5, { device: "82/29869/x/y" })).toBe(1);
    expect(level(3000, 1.1)).toBe(1);
    expect(level(4000, 99)).toBe(4);
    expect(level(5000, 50, { qc: { water_level_m: 4 } })).toBe(4);
    expect(level(6000, 1.2)).toBe(1);
    expect(level(7000, 3)).toBe(3);
  });

  test("no value is changed or lost, and no flag is improved", () => {
    const flag = fc.constantFrom<Flag>(1, 2, 3, 4, 9);
    const samples = fc.array(
      fc.record({
        ts: fc.integer({ min: 0, max: 100_000 }),
        value: fc.double({ noNaN: true }),
        flag: fc.option(flag, { nil: undefined }),
      }),
    );
    const rank = [2, 1, 3, 4, 9];
    fc.assert(
      fc.property(samples, (drawn) => {
        const judge = checks(config);
        for (const { ts, value, flag: own } of drawn) {
          const values = { water_level_m: value };
          const [judged] = judge({ ts, values, ...(own && { qc: { water_level_m: own } }) });
          expect(judged?.values).toEqual(values);
          const after = judged?.qc?.water_level_m ?? 2;
          expect(rank.indexOf(after)).toBeGreaterThanOrEqual(rank.indexOf(own ?? 2));
        }
      }),
    );
  });
});

test.each([
  [{ water_level_m: { range: {} } }, "has no bound"],
  [{ water_level_m: { range: { min: 3, max: 1 } } }, "needs min"],
  [{ water_level_m: { spike: { suspect: 2, fail: 1 } } }, "must be above suspect"],
  [
    { water_level_m: { flatLine: { forMs: 2, failForMs: 1, tolerance: 0 } } },
    "must be above forMs",
  ],
  [{ Water: {} }, "must be a quantity"],
])("%j is refused: %s", (wrong, reason) => {
  expect(JSON.stringify(checksSchema.safeParse(wrong).error?.issues)).toContain(reason);
});
