import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { flatLine } from "./flat-line.ts";

const minute = 60_000;
const config = { forMs: 10 * minute, failForMs: 20 * minute, tolerance: 0.01 };

describe("a value that does not move", () => {
  test("passes, is suspect after a while, fails later, and passes again once it moves", () => {
    const judge = flatLine(config);
    const flagged = Array.from({ length: 24 }, (_, at) =>
      judge(at * minute, at < 22 ? 1 + (at % 2) * 0.01 : 2),
    );
    expect(flagged).toEqual([2, ...Array(9).fill(1), ...Array(10).fill(3), 4, 4, 1, 1]);
  });

  test.each<[string, [number, number][], number[]]>([
    [
      "two values far apart show nothing",
      [
        [0, 1],
        [11, 1],
        [22, 1],
      ],
      [2, 2, 2],
    ],
    [
      "three are enough",
      [
        [0, 1],
        [5, 1],
        [10, 1],
      ],
      [2, 1, 3],
    ],
    [
      "a step back in time begins anew; a second value of one time counts for nothing",
      [
        [0, 1],
        [5, 1],
        [5, 7],
        [3, 1],
        [8, 1],
        [13, 1],
      ],
      [2, 1, 2, 2, 1, 3],
    ],
  ])("%s", (_, values, expected) => {
    const judge = flatLine(config);
    expect(values.map(([at, value]) => judge(at * minute, value))).toEqual(expected);
  });

  test("no value is flagged unless all before it for so long lay within the tolerance", () => {
    const steps = fc.array(
      fc.tuple(fc.integer({ min: 1, max: 6 * minute }), fc.constantFrom(1, 1.004, 1.008, 1.02)),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, (drawn) => {
        const judge = flatLine(config);
        const seen: { ts: number; value: number }[] = [];
        let ts = 0;
        for (const [stepMs, value] of drawn) {
          ts += stepMs;
          seen.push({ ts, value });
          if (judge(ts, value) < 3) continue;
          const since = seen.findLastIndex((each) => each.ts <= ts - config.forMs);
          const values = seen.slice(since).map((each) => each.value);
          expect(since).toBeGreaterThanOrEqual(0);
          expect(Math.max(...values) - Math.min(...values)).toBeLessThanOrEqual(
            config.tolerance + 1e-12,
          );
        }
      }),
    );
  });
});
