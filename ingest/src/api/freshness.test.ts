import { describe, expect, test } from "vitest";
import { freshnessOf } from "./freshness.ts";

const minute = 60_000;

describe("freshness", () => {
  test.each([
    ["a device that never said anything", undefined, 5000, "never"],
    ["now", 0, 5000, "live"],
    ["a clock ahead", -minute, 5000, "live"],
    ["a fast device within two minutes", 2 * minute, 5000, "live"],
    ["a fast device beyond", 2 * minute + 1, 5000, "stale"],
    ["a fast device within twenty", 20 * minute, 5000, "stale"],
    ["a fast device beyond twenty", 20 * minute + 1, 5000, "silent"],
    ["a slow device within three intervals", 45 * minute, 15 * minute, "live"],
    ["a slow device beyond", 45 * minute + 1, 15 * minute, "stale"],
    ["a slow device within ten times that", 450 * minute, 15 * minute, "stale"],
    ["a slow device beyond that", 450 * minute + 1, 15 * minute, "silent"],
    ["no interval known", 2 * minute + 1, undefined, "stale"],
  ] as const)("%s", (_, ageMs, intervalMs, freshness) => {
    const now = 1_790_000_000_000;
    const newest = ageMs === undefined ? undefined : now - ageMs;
    expect(freshnessOf(newest, intervalMs, now)).toBe(freshness);
  });
});
