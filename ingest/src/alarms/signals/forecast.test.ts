import { describe, expect, test } from "vitest";
import { makeRule } from "../rule.fixture.ts";
import { every, run, told } from "../run.fixture.ts";

const minute = 60_000;
const hour = 60 * minute;
const forecast = {
  kind: "forecast" as const,
  trendMs: 2 * hour,
  horizonMs: 3 * hour,
  levels: [{ priority: 3 as const, limit: 2.3 }],
};
const ramp = (count: number, from: number, step: number) =>
  Array.from({ length: count }, (_, n) => from + n * step);

describe("forecast", () => {
  test("a steady rise is told three hours ahead", () => {
    const { values, crossings } = run(makeRule(forecast), every(15 * minute, ramp(40, 1, 0.05)));
    // 0.2 m/h: 2.3 m come in 6.5 h; 3.5 h is when that is three hours off.
    expect(told(crossings)).toEqual([`raise@${3.5 * hour} 0`]);
    expect(values[3]).toBeUndefined();
    expect(values[4]).toBeCloseTo(1.2 + 0.6, 10);
  });

  test("a fall below a limit as well", () => {
    const low = makeRule({ ...forecast, direction: "below", levels: [{ priority: 3, limit: 0 }] });
    const { crossings } = run(low, every(15 * minute, ramp(40, 2, -0.05)));
    expect(told(crossings)).toEqual([`raise@${7 * hour} 0`]);
  });

  test("what stands or falls reaches nothing above", () => {
    expect(run(makeRule(forecast), every(15 * minute, ramp(40, 2.29, 0))).crossings).toEqual([]);
    expect(run(makeRule(forecast), every(15 * minute, ramp(40, 2.29, -0.05))).crossings).toEqual(
      [],
    );
  });

  test("after a gap there is no trend until half of its window is seen", () => {
    const { values } = run(makeRule(forecast), [
      ...every(15 * minute, ramp(10, 1, 0.01)),
      ...every(15 * minute, ramp(6, 1, 0.5), 24 * hour),
    ]);
    expect(values.slice(10).map((value) => value === undefined)).toEqual([
      ...Array(4).fill(true),
      ...Array(2).fill(false),
    ]);
  });

  test("readings each second, in slots, give the same line", () => {
    const { values, state } = run(makeRule(forecast), every(1000, ramp(8000, 1, 0.2 / 3600)));
    expect(values.at(-1)).toBeCloseTo(1 + 7999 * (0.2 / 3600) + 0.6, 3);
    expect(JSON.stringify(state).length).toBeLessThan(6000);
  });
});
