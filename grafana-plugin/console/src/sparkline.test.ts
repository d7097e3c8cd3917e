import { expect, test } from "vitest";
import { type Point, range } from "../../src/shared/line-path.ts";
import { sparkPath } from "./sparkline.tsx";

const series = (...points: Point[]): Point[] => points;

test("a gap in the data, and a value that failed its check, are gaps in the line", () => {
  const gappy = series([0, 1, 1], [1, 2, 1], [2, null, 9], [3, 50, 4], [4, 3, 2]);
  expect(range(gappy)).toEqual({ least: 1, most: 3 });
  expect(sparkPath(gappy, 1, { least: 1, most: 3 })).toBe("M2.0 33.0L41.0 18.0M158.0 3.0");
});

test("fewer than two values draw nothing; a constant lies in the middle", () => {
  expect(range(series([0, 1, 1], [1, null, 9]))).toBeNull();
  expect(sparkPath(series([0, 5, 1], [1, 5, 1]), 1, { least: 5, most: 5 })).toBe(
    "M2.0 18.0L158.0 18.0",
  );
});

test("steps that are left out are a gap too", () => {
  const paused = series([0, 1, 1], [1, 1, 1], [8, 3, 1], [10, 3, 1]);
  expect(sparkPath(paused, 1, { least: 1, most: 3 })).toBe(
    "M2.0 33.0L17.6 33.0M126.8 3.0L158.0 3.0",
  );
});
