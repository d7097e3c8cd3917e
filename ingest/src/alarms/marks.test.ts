import type { AlarmEvent } from "@kenh/schemas";
import { describe, expect, test } from "vitest";
import { chatteredAt, isAnnounced, markLimits, marksOf } from "./marks.ts";

const minute = 60_000;
const turns = (...ats: number[]) =>
  ats.map((at, n) => ({
    at,
    event: (n % 2 === 0 ? "raise" : "clear") as AlarmEvent,
    state: "unacknowledged" as const,
    value: 1,
    actor: null,
    comment: null,
  }));

test.each([
  ["raise", "unacknowledged", true],
  ["raise", "suppressed", false],
  ["raise", "shelved", false],
  ["escalate", "unacknowledged", true],
  ["unsuppress", "unacknowledged", true],
  ["unsuppress", "normal", false],
  ["de-escalate", "unacknowledged", false],
  ["comment", "unacknowledged", false],
] as const)("%s into %s is announced: %s", (event, state, expected) => {
  expect(isAnnounced({ event, state })).toBe(expected);
});

describe("chattering", () => {
  test.each([
    [[0, 1000], null],
    [[0, 30_000, minute], minute],
    [[0, 30_000, minute + 1], null],
    [[0, 1000, 2000, 10 * minute], 2000],
  ])("%j chattered at %s", (ats, expected) => {
    expect(chatteredAt(turns(...ats))).toBe(expected);
  });

  test("other events don't count", () => {
    const [first, second] = turns(0, 1);
    const comment = { ...turns(2)[0], event: "comment" as const, at: 2 };
    expect(chatteredAt([first, second, comment].filter((line) => line !== undefined))).toBeNull();
  });

  test("is told until it has been quiet for a while", () => {
    const alarm = { active: true, raisedAt: 2000, history: turns(0, 1000, 2000) };
    expect(marksOf(alarm, 3000)).toEqual(["chattering"]);
    expect(marksOf(alarm, 2001 + markLimits.chatteringQuietMs)).toEqual([]);
  });
});

test("stale is what has been active for more than a day", () => {
  const alarm = { active: true, raisedAt: 0, history: turns(0) };
  expect(marksOf(alarm, markLimits.staleMs)).toEqual([]);
  expect(marksOf(alarm, markLimits.staleMs + 1)).toEqual(["stale"]);
  expect(marksOf({ ...alarm, active: false }, markLimits.staleMs + 1)).toEqual([]);
});
