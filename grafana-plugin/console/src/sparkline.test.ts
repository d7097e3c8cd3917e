import { expect, test } from "vitest";
import { linePath, range } from "./sparkline.tsx";
import type { Series } from "./station.ts";

const series = (...points: Series["points"][number][]): Series => ({
  quantity: "q",
  unit: "m",
  points,
});

test("a gap in the data, and a value that failed its check, are gaps in the line", () => {
  const gappy = series([0, 1, 1], [1, 2, 1], [2, null, 9], [3, 50, 4], [4, 3, 2]);
  expect(range(gappy)).toEqual({ least: 1, most: 3 });
  expect(linePath(gappy, { least: 1, most: 3 })).toBe("M2.0 33.0L41.0 18.0M158.0 3.0");
});

test("fewer than two values draw nothing; a constant lies in the middle", () => {
  expect(range(series([0, 1, 1], [1, null, 9]))).toBeNull();
  expect(linePath(series([0, 5, 1], [1, 5, 1]), { least: 5, most: 5 })).toBe(
    "M2.0 18.0L158.0 18.0",
  );
});
