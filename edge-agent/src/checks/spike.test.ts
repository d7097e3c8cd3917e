import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { spike } from "./spike.ts";

const config = { suspect: 0.5, fail: 2, withinMs: 600_000 };
const minute = 60_000;
const flagsOf = (values: readonly number[], stepMs = minute): number[] => {
  const judge = spike(config);
  return values.map((value, at) => judge(at * stepMs, value));
};

describe("the newest value beside its neighbours", () => {
  test.each<[string, number[], number[]]>([
    ["quiet water", [1, 1.1, 1.2, 1.1], [2, 1, 1, 1]],
    ["one spike; the return passes", [1, 1, 2, 1, 1], [2, 1, 3, 1, 1]],
    ["a spike beyond the high threshold", [1, 1, 9, 1], [2, 1, 4, 1]],
    ["a step: its first value is suspect, the next confirms it", [1, 1, 2, 2, 2], [2, 1, 3, 1, 1]],
    ["spikes one after another", [1, 1, 5, -5, 5, 1], [2, 1, 4, 4, 4, 1]],
    ["the bound itself passes", [1, 1.5, 2], [2, 1, 1]],
    ["a spike that comes first", [9, 1, 1], [2, 4, 1]],
  ])("%s", (_, values, expected) => {
    expect(flagsOf(values)).toEqual(expected);
  });

  test("after a gap, back in time and twice at one time nothing is judged", () => {
    expect(flagsOf([1, 9, 1], 600_001)).toEqual([2, 2, 2]);
    const judge = spike(config);
    const steps: [number, number][] = [
      [10, 1],
      [10, 9],
      [20, 1],
      [5, 9],
      [30, 9.1],
    ];
    expect(steps.map(([ts, value]) => judge(ts * 1000, value))).toEqual([2, 2, 1, 2, 1]);
  });

  test("what the three-point test of QARTOD flags is flagged here, after a value that passed", () => {
    const levels = fc.array(fc.integer({ min: -40, max: 40 }), { minLength: 3, maxLength: 40 });
    fc.assert(
      fc.property(levels, (tenths) => {
        const values = tenths.map((n) => n / 10);
        const flagged = flagsOf(values);
        for (let n = 1; n < values.length - 1; n++) {
          if (flagged[n - 1] !== 1) continue;
          const [a = 0, b = 0, c = 0] = values.slice(n - 1, n + 2);
          const peak = Math.sign(b - a) === Math.sign(b - c);
          const deviation = peak ? Math.min(Math.abs(b - a), Math.abs(b - c)) : 0;
          if (deviation > config.fail + 1e-9) expect(flagged[n]).toBe(4);
          else if (deviation > config.suspect + 1e-9) expect(flagged[n]).toBeGreaterThanOrEqual(3);
        }
      }),
    );
  });
});
