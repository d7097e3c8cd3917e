import type { Value } from "@kenh/schemas";
import { describe, expect, test } from "vitest";
import { makeRule } from "../rule.fixture.ts";
import { every, type Reading, run, told } from "../run.fixture.ts";

const frozen = {
  kind: "frozen" as const,
  priority: 3 as const,
  epsilon: 0.002,
  forMs: 60,
  leastSamples: 5,
};
const rule = makeRule(frozen);
const same = (value: Value, count: number) => Array<Value>(count).fill(value);

const cases: [name: string, Reading[], string[]][] = [
  [
    "told when it has lasted, over at any change",
    every(10, [...same(1, 9), 1.01]),
    ["raise@60 0", "clear@90"],
  ],
  ["changes within epsilon are none", every(10, [1, 1.002, 1.001, 1, 1.002, 1, 1]), ["raise@60 0"]],
  ["a slow drift is a change", every(10, [1, 1.001, 1.002, 1.003, 1.004, 1.005, 1.006, 1.007]), []],
  ["too few readings prove nothing", every(30, same(1, 4)), []],
  [
    "nor does silence",
    [
      [0, 1],
      [10, 1],
      [20, 1],
      [30, 1],
      [90, 1],
      [100, 1],
    ],
    [],
  ],
  ["a text may freeze", every(20, same("a1f0", 5)), ["raise@80 0"]],
  ["and thaw", every(20, [...same("a1f0", 5), "77"]), ["raise@80 0", "clear@100"]],
  ["a number is no text", every(20, [...same("1", 3), ...same(1, 3)]), []],
];

describe("frozen", () => {
  test.each(cases)("%s", (_, readings, crossings) => {
    expect(told(run(rule, readings).crossings)).toEqual(crossings);
  });

  test("with an epsilon of 0 exactly the same is frozen", () => {
    const exact = makeRule({ ...frozen, epsilon: 0 });
    expect(told(run(exact, every(10, same(153, 8))).crossings)).toEqual(["raise@60 0"]);
    expect(run(exact, every(10, [1, 1, 1, 1 + 1e-8, 1, 1, 1, 1])).crossings).toEqual([]);
  });
});
