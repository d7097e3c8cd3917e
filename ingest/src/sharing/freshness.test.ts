import { describe, expect, test } from "vitest";
import { outside, stateAt } from "./freshness.ts";

const hour = 3_600_000;
const day = 24 * hour;

describe("states by the published thresholds", () => {
  test.each([
    ["1d", 0, "up-to-date"],
    ["1d", 1, "due"],
    ["1d", 2 * day, "due"],
    ["1d", 2 * day + 1, "overdue"],
    ["1d", 3 * day, "overdue"],
    ["1d", 3 * day + 1, "delinquent"],
    ["1w", 7 * day, "due"],
    ["1w", 14 * day, "overdue"],
    ["1w", 14 * day + 1, "delinquent"],
    ["2w", 7 * day + 1, "overdue"],
    ["1mo", 14 * day, "due"],
    ["1mo", 30 * day, "overdue"],
    ["1mo", 30 * day + 1, "delinquent"],
    ["3mo", 30 * day + 1, "overdue"],
    ["3mo", 60 * day + 1, "delinquent"],
    ["1h", 2 * hour, "due"],
    ["1h", 2 * hour + 1, "overdue"],
    ["1h", 3 * hour + 1, "delinquent"],
  ] as const)("%s, %d ms after it was due: %s", (period, elapsed, state) => {
    expect(stateAt(period, 1000, 1000 + elapsed, [])).toBe(state);
  });

  test("exempt time does not count", () => {
    const exempt = [{ start: day, end: 5 * day }];
    expect(stateAt("1d", day, 7 * day, exempt)).toBe("due");
    expect(stateAt("1d", day, 7 * day + 1, exempt)).toBe("overdue");
  });
});

test("what lies outside of windows, whether they overlap or touch", () => {
  const windows = [
    { start: 10, end: 20 },
    { start: 15, end: 30 },
    { start: 30, end: 35 },
    { start: 90, end: 200 },
  ];
  expect(outside({ start: 0, end: 100 }, windows)).toBe(10 + 55);
  expect(outside({ start: 12, end: 18 }, windows)).toBe(0);
});
