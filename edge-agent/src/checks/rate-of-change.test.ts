import { expect, test } from "vitest";
import { rateOfChange } from "./rate-of-change.ts";

test.each<[string, [number, number][], number[]]>([
  [
    "the time between two values counts",
    [
      [0, 1],
      [10, 2],
      [11, 3],
      [21, 2],
    ],
    [2, 1, 3, 1],
  ],
  [
    "down as up",
    [
      [0, 5],
      [1, 1],
    ],
    [2, 3],
  ],
  [
    "back in time and twice at one time nothing is judged",
    [
      [10, 1],
      [10, 9],
      [5, 9],
      [15, 9],
    ],
    [2, 2, 2, 1],
  ],
])("%s", (_, values, expected) => {
  const judge = rateOfChange({ perSecond: 0.1 });
  expect(values.map(([seconds, value]) => judge(seconds * 1000, value))).toEqual(expected);
});
