import { describe, expect, test } from "vitest";
import { makeRule } from "../rule.fixture.ts";
import { every, run, told } from "../run.fixture.ts";

const anomaly = {
  kind: "anomaly" as const,
  windowMs: 120,
  levels: [{ priority: 4 as const, limit: 6 }],
};
const rule = makeRule(anomaly);
/** 9, 10, 11, 10, … : median 10, median absolute deviation 0 or 1. */
const wave = (count: number) => Array.from({ length: count }, (_, n) => 10 + [0, 1, 0, -1][n % 4]!);

describe("anomaly", () => {
  test("far from what is usual, in either direction", () => {
    expect(told(run(rule, every(1, [...wave(100), 30])).crossings)).toEqual(["raise@100 0"]);
    expect(told(run(rule, every(1, [...wave(100), -10])).crossings)).toEqual(["raise@100 0"]);
    expect(run(rule, every(1, [...wave(100), 12])).crossings).toEqual([]);
  });

  test("nothing is said before half of the window and twenty readings are known", () => {
    const { values } = run(rule, every(1, wave(100)));
    expect(values.findIndex((value) => value !== undefined)).toBe(60);
    const slow = run(rule, every(5, wave(100)));
    expect(slow.values.findIndex((value) => value !== undefined)).toBe(20);
  });

  test("the reading itself is not among what it is compared with", () => {
    const { values } = run(rule, every(1, [...Array(80).fill(5), 6, 5]));
    expect(values.slice(-3)).toEqual([0, undefined, expect.any(Number)]);
  });

  test("where all is alike, only a rule that knows the sensor's own spread can tell", () => {
    const readings = every(1, [...Array(80).fill(5), 6]);
    expect(run(rule, readings).crossings).toEqual([]);
    const knowing = makeRule({ ...anomaly, leastSpread: 0.1 });
    expect(run(knowing, readings).values.at(-1)).toBeCloseTo(10, 10);
  });

  test("what lasts becomes usual", () => {
    const { crossings } = run(rule, every(1, [...wave(100), ...Array(100).fill(30)]));
    expect(crossings.map(({ event }) => event)).toEqual(["raise", "clear"]);
  });

  test("readings each second cost no more room", () => {
    const { state } = run(
      makeRule({ ...anomaly, windowMs: 86_400_000 }),
      every(1000, wave(100_000)),
    );
    expect(JSON.stringify(state).length).toBeLessThan(6000);
  });
});
