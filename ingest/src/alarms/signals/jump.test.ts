import { describe, expect, test } from "vitest";
import { makeRule } from "../rule.fixture.ts";
import { every, type Reading, run, told } from "../run.fixture.ts";

const rule = makeRule({ kind: "jump", windowMs: 100, levels: [{ priority: 3, limit: 0.5 }] });

const cases: [name: string, Reading[], string[]][] = [
  ["a spike up and back", every(50, [1, 1, 1.6, 1, 1]), ["raise@100 0", "clear@200"]],
  ["a spike down and back", every(50, [1, 1, 0.4, 1, 1]), ["raise@100 0", "clear@200"]],
  ["a step", every(50, [1, 1.6, 1.6]), ["raise@50 0", "clear@100"]],
  ["a steep rise in small steps is none", every(50, [1, 1.4, 1.8, 2.2]), []],
  [
    "after a gap nobody can say",
    [
      [0, 1],
      [101, 9],
    ],
    [],
  ],
  ["nor before a slower device's rhythm is known", every(300, [1, 9, 1]), ["raise@600 0"]],
  [
    "nor where it has been left",
    [
      [0, 1],
      [300, 1],
      [751, 9],
    ],
    [],
  ],
  [
    "nor does one gap make another rhythm",
    [
      [0, 1],
      [300, 1],
      [900, 1],
      [1800, 9],
    ],
    [],
  ],
  [
    "a reading that is not trusted is not the one before",
    [
      [0, 1],
      [50, 9, 4],
      [100, 1],
    ],
    [],
  ],
];

describe("jump", () => {
  test.each(cases)("%s", (_, readings, crossings) => {
    expect(told(run(rule, readings).crossings)).toEqual(crossings);
  });
});
