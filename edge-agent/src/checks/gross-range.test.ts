import { expect, test } from "vitest";
import { grossRange } from "./gross-range.ts";

const water = { min: -2, max: 6, suspectMin: -1, suspectMax: 4 };

test.each([
  [-2.01, 4],
  [-2, 3],
  [-1, 1],
  [4, 1],
  [4.01, 3],
  [6, 3],
  [6.01, 4],
])("%d m is flagged %i", (value, flag) => {
  expect(grossRange(water)(0, value)).toBe(flag);
});

test("a bound that is not given binds nobody", () => {
  expect(grossRange({ min: 0 })(0, 1e9)).toBe(1);
  expect(grossRange({ suspectMax: 5 })(0, -1e9)).toBe(1);
});
