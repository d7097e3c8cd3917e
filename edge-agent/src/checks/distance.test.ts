import { expect, test } from "vitest";
import { distance } from "./distance.ts";

test.each([
  [1.01, 1, 0.01],
  [1.1, 1, 0.1],
  [2.4, 2.3, 0.1],
  [-0.3, -0.2, 0.1],
  [123_456.7, 123_456.6, 0.1],
])("%d and %d are not further apart than %d", (a, b, bound) => {
  expect(distance(a, b)).toBeLessThanOrEqual(bound);
  expect(distance(b, a)).toBeGreaterThan(bound * 0.999_999);
});

test("the largest numbers are as far apart as can be", () => {
  expect(distance(-Number.MAX_VALUE, Number.MAX_VALUE)).toBe(Number.POSITIVE_INFINITY);
});
