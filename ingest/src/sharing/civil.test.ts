import { describe, expect, test } from "vitest";
import { instantOf, localOf, monthAfter, monthSpan, periodAt, periodsEndingIn } from "./civil.ts";

const at = instantOf;
const texts = ({ start, end }: { start: number; end: number }) => [
  localOf(start).slice(0, 16),
  localOf(end).slice(0, 16),
];

test("a month begins at midnight in Vietnam", () => {
  expect(monthSpan("2026-10")).toEqual({
    start: Date.parse("2026-09-30T17:00:00Z"),
    end: Date.parse("2026-10-31T17:00:00Z"),
  });
  expect([monthAfter("2026-12"), monthAfter("2026-01", -1), monthAfter("2026-10", -13)]).toEqual([
    "2027-01",
    "2025-12",
    "2025-09",
  ]);
});

describe("the period of an instant", () => {
  test.each([
    ["5m", "2026-10-05T06:07", "2026-10-05T06:05", "2026-10-05T06:10"],
    ["6h", "2026-10-05T06:00", "2026-10-05T06:00", "2026-10-05T12:00"],
    ["1d", "2026-10-05T00:00", "2026-10-05T00:00", "2026-10-06T00:00"],
    ["1d", "2026-10-05T23:59", "2026-10-05T00:00", "2026-10-06T00:00"],
    ["1w", "2026-10-11T23:59", "2026-10-05T00:00", "2026-10-12T00:00"],
    ["1mo", "2026-02-14T00:00", "2026-02-01T00:00", "2026-03-01T00:00"],
    ["3mo", "2026-12-31T23:59", "2026-10-01T00:00", "2027-01-01T00:00"],
  ] as const)("%s at %s", (period, local, start, end) => {
    expect(texts(periodAt(period, at(local)))).toEqual([start, end]);
  });

  test("2w begins on a Monday and lasts fourteen days", () => {
    const { start, end } = periodAt("2w", at("2026-10-14"));
    expect(new Date(start + 7 * 3_600_000).getUTCDay()).toBe(1);
    expect(end - start).toBe(14 * 86_400_000);
  });
});

test("a period belongs to the month of its last moment", () => {
  const weeks = [...periodsEndingIn("1w", monthSpan("2026-10"))].map((span) => texts(span)[0]);
  expect(weeks.map((text) => text?.slice(0, 10))).toEqual([
    "2026-09-28",
    "2026-10-05",
    "2026-10-12",
    "2026-10-19",
  ]);
  expect([...periodsEndingIn("1h", monthSpan("2026-10"))]).toHaveLength(31 * 24);
  expect([...periodsEndingIn("1mo", monthSpan("2026-10"))]).toHaveLength(1);
  expect([...periodsEndingIn("3mo", monthSpan("2026-10"))]).toHaveLength(0);
});
