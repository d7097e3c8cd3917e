import { expect, test } from "vitest";
import { gatherIntervals } from "./intervals.ts";
import type { SeriesPoint } from "./store.ts";

function gather(everyMs: number, type: "float" | "string", points: readonly SeriesPoint[]) {
  const intervals = gatherIntervals(everyMs, type);
  for (const point of points) intervals.add(...point);
  return intervals.points();
}

test("no points, no intervals", () => {
  expect(gather(10, "float", [])).toEqual([]);
});

test("numbers are averaged, intervals between are absent, the worst flag stands", () => {
  const points: SeriesPoint[] = [
    [10, 1, 1],
    [19, 2, 4],
    [40, 5, 1],
  ];
  expect(gather(10, "float", points)).toEqual([
    [10, 1.5, 4],
    [40, 5, 1],
  ]);
});

test("a missing reading takes no part in the mean; missing ones alone have no value", () => {
  const points: SeriesPoint[] = [
    [0, null, 9],
    [1, 4, 1],
    [10, null, 9],
  ];
  expect(gather(10, "float", points)).toEqual([
    [0, 4, 9],
    [10, null, 9],
  ]);
});

test("of other values the last stands, and a missing one does not hide it", () => {
  const points: SeriesPoint[] = [
    [0, "mở", 1],
    [1, "đóng", 2],
    [2, null, 9],
  ];
  expect(gather(10, "string", points)).toEqual([[0, "đóng", 9]]);
});

test("intervals are aligned to 1970, before it too", () => {
  const points: SeriesPoint[] = [
    [-11, 1, 1],
    [-1, 2, 1],
    [0, 3, 1],
  ];
  expect(gather(10, "float", points)).toEqual([
    [-20, 1, 1],
    [-10, 2, 1],
    [0, 3, 1],
  ]);
});
