import type { Flag } from "@kenh/schemas";
import { describe, expect, test } from "vitest";
import { elapse } from "../evaluate.ts";
import { makeRule } from "../rule.fixture.ts";
import { run, told } from "../run.fixture.ts";
import { silenceOf } from "./stale.ts";

const minute = 60_000;
const rule = makeRule({ kind: "stale", priority: 3 });
const lorawan = makeRule({ kind: "stale", priority: 3, extraMs: 10 * minute });
const device = { intervalMs: minute };

describe("stale", () => {
  test.each([
    ["three intervals", rule, minute, 3 * minute],
    ["two minutes at least", rule, 1000, 2 * minute],
    ["ten minutes more", lorawan, 20 * minute, 70 * minute],
    ["for ever where nobody knows the interval", rule, undefined, null],
  ])("a device may be silent for %s", (_, by, intervalMs, silence) => {
    expect(by.kind === "stale" && silenceOf(by, { intervalMs })).toBe(silence);
  });

  const heard = run(rule, [[1_000_000, 1]], device).state;
  const elapsed = (now: number, heardAt: number, from = heard) => {
    const state = structuredClone(from);
    return { crossings: elapse(rule, device, state, { now, heardAt }), state };
  };

  test("raised by the station's clock, dated in the device's time", () => {
    // The device's clock is an hour behind.
    const heardAt = 1_000_000 + 60 * minute;
    const just = elapsed(heardAt + 3 * minute, heardAt);
    expect(just.crossings).toEqual([]);
    const after = elapsed(heardAt + 3 * minute + 1, heardAt);
    expect(told(after.crossings)).toEqual([`raise@${1_000_000 + 3 * minute} 0`]);
    expect(elapsed(heardAt + 1e9, heardAt, after.state).crossings).toEqual([]);
  });

  test("an outage of the station is not one of the device: a start counts as hearing", () => {
    const now = 1_000_000 + 600 * minute;
    expect(elapsed(now, now - minute).crossings).toEqual([]);
  });

  test("the next sample ends it, whatever it measures", () => {
    const { state } = elapsed(9e9, 0);
    expect(told(run(rule, [[2_000_000, "OL"]], device, state).crossings)).toEqual([
      "clear@2000000",
    ]);
  });

  test("a sample from before the silence was told ends it there", () => {
    const { state } = elapsed(9e9, 0);
    const after = run(rule, [[1_060_000, 1]], device, state);
    expect(told(after.crossings)).toEqual([`clear@${1_000_000 + 3 * minute}`]);
    expect(after.late).toBe(1);
  });

  test.each<Flag>([3, 4, 9])("a reading of flag %i ends no silence", (flag) => {
    const { state } = elapsed(9e9, 0);
    expect(run(rule, [[2_000_000, 1, flag]], device, state).crossings).toEqual([]);
  });

  test("a device that was never heard of is not silent", () => {
    const { state } = run(rule, [], device);
    expect(elapsed(9e9, 0, state).crossings).toEqual([]);
  });
});
