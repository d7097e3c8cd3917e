import { describe, expect, test } from "vitest";
import { makeRule } from "../rule.fixture.ts";
import { every, type Reading, run, told } from "../run.fixture.ts";

const minute = 60_000;
const rise = {
  kind: "rate" as const,
  windowMs: 60 * minute,
  levels: [{ priority: 2 as const, limit: 0.3 }],
};
const level = (from: number, to: number, count: number) =>
  Array.from({ length: count }, (_, n) => from + ((to - from) * n) / (count - 1));

const cases: [name: string, rule: ReturnType<typeof makeRule>, Reading[], string[]][] = [
  [
    "at 15 min steps the change is that to the reading an hour before",
    makeRule(rise),
    every(15 * minute, [1, 1.05, 1.1, 1.2, 1.29, 1.36, 1.36, 1.36, 1.36]),
    [`raise@${75 * minute} 0`, `clear@${90 * minute}`],
  ],
  [
    "a fall is a change below 0",
    makeRule({ ...rise, direction: "below", levels: [{ priority: 2, limit: -0.3 }] }),
    every(15 * minute, [2, 1.95, 1.9, 1.8, 1.7, 1.9]),
    [`raise@${60 * minute} 0`, `clear@${75 * minute}`],
  ],
  [
    "a fast rise is told before an hour has been seen",
    makeRule(rise),
    every(5 * minute, [1, 1.2, 1.4]),
    [`raise@${10 * minute} 0`],
  ],
  [
    "but nothing is over before",
    makeRule({ ...rise, windowMs: 60 * minute }),
    every(5 * minute, [1, 1.4, 1, 1, 1, 1]),
    [`raise@${5 * minute} 0`],
  ],
  [
    "one bad reading makes one comparison wrong, not an hour of them",
    makeRule({ ...rise, onDelayMs: 10 * minute }),
    every(5 * minute, [...Array(13).fill(1), 0.2, ...Array(30).fill(1)]),
    [],
  ],
  [
    "after a gap the change is unknown",
    makeRule(rise),
    [...every(15 * minute, [1, 1, 1, 1, 1]), ...every(15 * minute, [3, 3.1], 600 * minute)],
    [],
  ],
  ["readings each second, in slots", makeRule(rise), every(1000, level(1, 1.5, 3 * 3600)), []],
  [
    "readings each second, rising faster",
    makeRule({ ...rise, onDelayMs: 30 * minute }),
    every(1000, level(1, 2, 3 * 3600)),
    // 0.3 m are reached after 0.9 h of a rise by 1 m in 3 h; known to half a minute.
    ["raise after 84 min"],
  ],
];

describe("rate", () => {
  test.each(cases)("%s", (_, rule, readings, crossings) => {
    const got = told(run(rule, readings).crossings).map((line) =>
      crossings[0]?.startsWith("raise after")
        ? line.replace(/@(\d+) 0/, (_all, at) => ` after ${Math.floor(Number(at) / minute)} min`)
        : line,
    );
    expect(got).toEqual(crossings);
  });

  test("between two readings the base lies on the line between them", () => {
    const readings: Reading[] = [
      [0, 1],
      [20 * minute, 2],
      [70 * minute, 2],
    ];
    expect(run(makeRule(rise), readings).values[2]).toBeCloseTo(2 - 1.5, 10);
  });

  test("what is remembered stays small, and is written and read in any form", () => {
    const { state } = run(makeRule(rise), every(1000, level(1, 2, 20_000)));
    const text = JSON.stringify(state.memory);
    expect(text.length).toBeLessThan(8000);
  });
});
