import { describe, expect, test } from "vitest";
import { makeRule } from "../rule.fixture.ts";
import { type Reading, run, told } from "../run.fixture.ts";

const minute = 60_000;
const hour = 60 * minute;
/** Two tides in 24 h 50 min. */
const period = 24 * hour + 50 * minute;
const tide = (ts: number) => 1.5 + 0.8 * Math.sin((4 * Math.PI * ts) / period);
const rule = makeRule({
  kind: "deviation",
  periodMs: period,
  toleranceMs: 15 * minute,
  levels: [{ priority: 2, limit: 0.15 }],
});
const gauge = (stepMs: number, days: number, surge: (ts: number) => number): Reading[] =>
  Array.from({ length: Math.floor((days * 24 * hour) / stepMs) }, (_, n) => {
    const ts = n * stepMs;
    return [ts, tide(ts) + surge(ts)];
  });

describe("deviation", () => {
  test.each([10_000, minute, 10 * minute, 15 * minute])(
    "the tide itself is none, at steps of %i ms",
    (stepMs) => {
      const { values, crossings } = run(
        rule,
        gauge(stepMs, 3, () => 0),
      );
      expect(crossings).toEqual([]);
      const known = values.filter((value) => value !== undefined) as number[];
      expect(known.length).toBeGreaterThan((1.9 * 24 * hour) / stepMs);
      // At first there are readings on one side of the instant only.
      const later = known.slice(Math.ceil((15 * minute) / stepMs));
      expect(Math.max(...later.map(Math.abs))).toBeLessThan(0.01);
    },
  );

  test("a surge on top of it is found, and so is its end", () => {
    const surge = (ts: number) => (ts >= 48 * hour && ts < 54 * hour ? 0.2 : 0);
    const { crossings } = run(rule, gauge(10 * minute, 2.9, surge));
    expect(told(crossings)).toEqual([`raise@${48 * hour} 0`, `clear@${54 * hour}`]);
  });

  test("without a reading near the same phase nothing is said", () => {
    const first = gauge(10 * minute, 0.5, () => 0);
    const later: Reading[] = [
      [period + 13 * hour, 9],
      [2 * period, 9],
    ];
    expect(run(rule, [...first, ...later]).values.every((value) => value === undefined)).toBe(true);
  });
});
