import { describe, expect, test } from "vitest";
import { explain, memoryOf } from "./explain.ts";
import { makeRule } from "./rule.fixture.ts";
import type { Reading } from "./run.fixture.ts";

const device = { identity: "82/29869/cau-cao-lanh/muc-nuoc-01", intervalMs: 10 };
const rule = makeRule({
  kind: "high",
  levels: [
    { priority: 3, limit: 10 },
    { priority: 1, limit: 20, onDelayMs: 0 },
  ],
  hysteresis: 1,
  onDelayMs: 20,
});
const observed = (readings: readonly Reading[]) =>
  readings.map(([ts, value, flag = 2]) => ({ ts, value, flag }));
const short = (readings: readonly Reading[], by = rule, from = 0, until = 1e9) =>
  explain(by, device, observed(readings), from, until).steps.map(
    ({ event, at, level, since, limit }) =>
      `${event}@${at} level ${level} limit ${limit} since ${since}`,
  );

describe("explain", () => {
  test("tells what was waited for, since when, against which limit, and what came of it", () => {
    expect(
      short([
        [0, 12],
        [10, 5],
        [20, 12],
        [40, 13],
        [50, 25],
        [60, 3],
      ]),
    ).toEqual([
      "pending@0 level 0 limit 10 since 0",
      "given-up@10 level 0 limit 10 since 0",
      "pending@20 level 0 limit 10 since 20",
      "raise@40 level 0 limit 10 since 20",
      "escalate@50 level 1 limit 20 since null",
      "clear@60 level null limit 20 since null",
    ]);
  });

  test("tells what was passed over, and why", () => {
    const by = makeRule({
      kind: "rate",
      windowMs: 100,
      levels: [{ priority: 2, limit: 5 }],
      schedule: { from: "00:00", to: "12:00", timeZone: "UTC" },
    });
    const noon = 12 * 3_600_000;
    const readings: Reading[] = [
      [0, 1],
      [10, 1, 4],
      [20, null, 9],
      [30, "1"],
      [40, 1, 3],
      [50, 1, 4],
      [noon, 99],
    ];
    const { passedOver, readings: count } = explain(by, device, observed(readings), 0, noon);
    expect(count).toBe(7);
    expect(passedOver).toEqual([
      { why: "too little known yet", count: 1, first: 0, last: 0 },
      { why: "flag 4", count: 2, first: 10, last: 50 },
      { why: "flag 9", count: 1, first: 20, last: 20 },
      { why: "another type", count: 1, first: 30, last: 30 },
      { why: "flag 3", count: 1, first: 40, last: 40 },
      { why: "outside the schedule", count: 1, first: noon, last: noon },
    ]);
  });

  test("remembers what is before and tells what is after", () => {
    const readings: Reading[] = [
      [0, 12],
      [20, 12],
      [40, 5],
    ];
    expect(short(readings, rule, 30)).toEqual(["clear@40 level null limit 10 since null"]);
    expect(memoryOf(rule)).toBe(20);
  });

  test("names the edge of the band that was passed", () => {
    const band = makeRule({ kind: "outside", levels: [{ priority: 3, low: 207, high: 253 }] });
    const readings: Reading[] = [
      [0, 260],
      [1, 230],
      [2, 200],
    ];
    expect(short(readings, band)).toEqual([
      "raise@0 level 0 limit 253 since null",
      expect.stringMatching(/^clear@1 /),
      "raise@2 level 0 limit 207 since null",
    ]);
  });

  test("lets time run to the end for what time alone decides", () => {
    const stale = makeRule({ kind: "stale", priority: 3, leastMs: 100 });
    expect(short([[0, 1]], stale, 0, 100)).toEqual([]);
    expect(short([[0, 1]], stale, 0, 101)).toEqual(["raise@100 level 0 limit null since null"]);
  });
});
