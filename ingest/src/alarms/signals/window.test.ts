import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { makeRule } from "../rule.fixture.ts";
import { every, type Reading, run, told } from "../run.fixture.ts";

const minute = 60_000;
const hour = 60 * minute;
const hourly = { intervalMs: hour };
const pm25 = makeRule({
  kind: "window",
  statistic: "mean",
  windowMs: 24 * hour,
  inclusive: false,
  levels: [{ priority: 3, limit: 45, clear: 43 }],
});
const rain = (windowMs: number, limit: number) =>
  makeRule({
    kind: "window",
    statistic: "sum",
    windowMs,
    levels: [{ priority: 2, limit }],
  });
const tenMinutes = { intervalMs: 10 * minute };
const same = (value: number, count: number) => Array<number>(count).fill(value);

describe("window", () => {
  test("a mean of 24 hourly values is told once 18 of them are there", () => {
    const { values } = run(pm25, every(hour, [...same(10, 24), ...same(34, 24)]), hourly);
    expect(values.slice(0, 17)).toEqual(same(0, 17).map(() => undefined));
    expect(values[17]).toBe(10);
    expect(values[23]).toBe(10);
    expect(values[35]).toBeCloseTo(22, 10);
    expect(values[47]).toBe(34);
  });

  test("its alarm comes with the mean, not with the hour", () => {
    const { crossings } = run(pm25, every(hour, [...same(20, 24), ...same(80, 24)]), hourly);
    // 20 + 60 n / 24 > 45 from the 11th hour on.
    expect(told(crossings)).toEqual([`raise@${34 * hour} 0`]);
    expect(crossings[0]?.value).toBeCloseTo(47.5, 10);
  });

  test("rain that is enough is enough, however short the record", () => {
    const { crossings } = run(rain(hour, 30), every(10 * minute, [0, 16, 16]), tenMinutes);
    expect(told(crossings)).toEqual([`raise@${20 * minute} 0`]);
  });

  test("and is over when an hour that was watched had less", () => {
    const dry = run(rain(hour, 30), every(10 * minute, [16, 16, ...same(0, 8)]), tenMinutes);
    expect(told(dry.crossings)).toEqual([`raise@${10 * minute} 0`, `clear@${60 * minute}`]);
    const readings: Reading[] = [...every(10 * minute, [16, 16]), [5 * hour, 0]];
    const silent = run(rain(hour, 30), readings, tenMinutes);
    expect(told(silent.crossings)).toEqual([`raise@${10 * minute} 0`]);
  });

  test.each([
    ["max", "above", 5, [1, 6, 1, 1, 1], ["raise@1 0", "clear@4"]],
    ["min", "below", 5, [9, 4, 9, 9, 9], ["raise@1 0", "clear@4"]],
    ["min", "above", 5, [6, 6, 6, 1, 6], ["raise@2 0", "clear@3"]],
  ] as const)("%s, %s", (statistic, direction, limit, values, crossings) => {
    const levels = [{ priority: 3 as const, limit }];
    const rule = makeRule({
      kind: "window",
      statistic,
      direction,
      windowMs: 3,
      coverage: 1,
      levels,
    });
    expect(told(run(rule, every(1, values), { intervalMs: 1 }).crossings)).toEqual(crossings);
  });

  test("a device that sends more often than it should covers no more time by that", () => {
    const { values } = run(pm25, every(1000, same(10, 20_000)), hourly);
    expect(values.at(-1)).toBeUndefined();
  });

  test("readings each second cost no more room than one each ten minutes", () => {
    const { state, values } = run(pm25, every(1000, same(10, 100_000)), { intervalMs: 1000 });
    expect(values.at(-1)).toBeCloseTo(10, 10);
    expect(JSON.stringify(state).length).toBeLessThan(6000);
  });

  test("one reading a slot: exactly the mean, sum, least and greatest of the window", () => {
    const windowMs = 120;
    const steps = fc.array(
      fc.tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 0, max: 99 })),
      {
        minLength: 1,
        maxLength: 80,
      },
    );
    const statistics = {
      mean: (all: number[]) => all.reduce((a, b) => a + b, 0) / all.length,
      sum: (all: number[]) => all.reduce((a, b) => a + b, 0),
      min: (all: number[]) => Math.min(...all),
      max: (all: number[]) => Math.max(...all),
    };
    fc.assert(
      fc.property(steps, fc.constantFrom("mean", "sum", "min", "max"), (all, statistic) => {
        let ts = 0;
        const readings = all.map(([step, value]): [number, number] => {
          ts += step;
          return [ts, value];
        });
        const levels = [{ priority: 3 as const, limit: 1e9 }];
        const rule = makeRule({ kind: "window", statistic, windowMs, coverage: 0, levels });
        const expected = readings.map(([at]) =>
          statistics[statistic](
            readings.filter(([ts]) => ts > at - windowMs && ts <= at).map(([, value]) => value),
          ),
        );
        const { values } = run(rule, readings, { intervalMs: 1 });
        values.forEach((value, at) => {
          expect(value).toBeCloseTo(expected[at] as number, 8);
        });
      }),
    );
  });
});
