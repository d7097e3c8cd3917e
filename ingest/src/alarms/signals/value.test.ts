import { describe, expect, test } from "vitest";
import { makeRule } from "../rule.fixture.ts";
import { every, type Reading, run, told } from "../run.fixture.ts";

const levels = [
  { priority: 3 as const, limit: 10 },
  { priority: 2 as const, limit: 20 },
  { priority: 1 as const, limit: 30 },
];
const high = { kind: "high" as const, levels, hysteresis: 1 };

const cases: [name: string, rule: ReturnType<typeof makeRule>, Reading[], string[]][] = [
  [
    "high goes up and down by levels, and skips",
    makeRule(high),
    every(1, [5, 10, 25, 31, 29, 28.9, 5]),
    ["raise@1 0", "escalate@2 1", "escalate@3 2", "de-escalate@5 1", "clear@6"],
  ],
  [
    "the gravest level may come first",
    makeRule({
      ...high,
      onDelayMs: 10,
      levels: levels.map((l, n) => ({ ...l, onDelayMs: 10 - n * 4 })),
    }),
    every(1, [0, ...Array(12).fill(35)]),
    ["raise@3 2"],
  ],
  [
    "each level runs by its own delay, and a milder one stands behind the gravest",
    makeRule({
      ...high,
      levels: [
        { priority: 3, limit: 10, onDelayMs: 5 },
        { priority: 1, limit: 20, onDelayMs: 2, offDelayMs: 1 },
      ],
    }),
    every(1, [25, 25, 25, 25, 25, 25, 15, 15, 15]),
    ["raise@2 1", "de-escalate@7 0"],
  ],
  [
    "clear stands instead of limit and hysteresis",
    makeRule({ kind: "high", levels: [{ priority: 3, limit: 45, clear: 43 }] }),
    every(1, [45, 43.5, 43, 42.9]),
    ["raise@0 0", "clear@3"],
  ],
  [
    "the limit itself may not count",
    makeRule({ kind: "high", inclusive: false, levels: [{ priority: 3, limit: 10 }] }),
    every(1, [10, 10.1, 10, 11]),
    ["raise@1 0", "clear@2", "raise@3 0"],
  ],
  [
    "low counts down",
    makeRule({
      kind: "low",
      hysteresis: 5,
      levels: [
        { priority: 4, limit: 50 },
        { priority: 1, limit: 10 },
      ],
    }),
    every(1, [60, 50, 10, 15, 15.1, 55, 55.1]),
    ["raise@1 0", "escalate@2 1", "de-escalate@4 0", "clear@6"],
  ],
  [
    "outside leaves the band at either end, its edges are in it",
    makeRule({ kind: "outside", hysteresis: 2, levels: [{ priority: 3, low: 207, high: 253 }] }),
    every(1, [207, 206.9, 208.9, 209, 253, 253.1, 251.1, 251]),
    ["raise@1 0", "clear@3", "raise@5 0", "clear@7"],
  ],
  [
    "outside has levels too",
    makeRule({
      kind: "outside",
      levels: [
        { priority: 3, low: 10, high: 20 },
        { priority: 1, low: 5, high: 25 },
      ],
    }),
    every(1, [15, 4, 9, 26, 15]),
    ["raise@1 1", "de-escalate@2 0", "escalate@3 1", "clear@4"],
  ],
  [
    "so many readings in a row, whatever the time",
    makeRule({ ...high, onSamples: 3, offSamples: 2 }),
    every(1, [12, 12, 8, 12, 12, 12, 8, 12, 8, 8]),
    ["raise@5 0", "clear@9"],
  ],
  [
    "readings and delay must both be there",
    makeRule({ ...high, onSamples: 2, onDelayMs: 10 }),
    [
      [0, 12],
      [5, 12],
      [10, 12],
    ],
    ["raise@10 0"],
  ],
  [
    "the median of five lets a spike pass",
    makeRule({ ...high, medianOf: 5 }),
    every(1, [1, 1, 1, 1, 99, 1, 1, 1, 1, 12, 12, 12]),
    ["raise@11 0"],
  ],
  ["a median of too few is none", makeRule({ ...high, medianOf: 3 }), every(1, [99, 99]), []],
];

describe("high, low, outside", () => {
  test.each(cases)("%s", (_, rule, readings, crossings) => {
    expect(told(run(rule, readings).crossings)).toEqual(crossings);
  });

  test("a crossing has the value that was compared", () => {
    const { crossings } = run(makeRule({ ...high, medianOf: 3 }), every(1, [11, 13, 99]));
    expect(crossings).toEqual([{ event: "raise", at: 2, value: 13, level: 0 }]);
  });
});
