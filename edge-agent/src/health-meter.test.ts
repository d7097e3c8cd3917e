import { describe, expect, test } from "vitest";
import { healthSample } from "./health-meter.ts";

const ts = 1_790_000_000_000;
const empty = { messages: 0, bytes: 0, capacityBytes: 1000, oldestAt: null };
const right = { state: "synchronised", offsetMs: null } as const;

describe("what the agent measures of itself", () => {
  test("says how much waits, for how long, and how full the outbox is", () => {
    const outbox = { messages: 7, bytes: 700, capacityBytes: 1000, oldestAt: ts - 600_500 };
    expect(healthSample(ts, right, outbox)).toEqual({
      ts,
      values: {
        backlog_messages: 7,
        backlog_oldest_s: 600.5,
        outbox_used_pct: 70,
        clock_synced: true,
      },
    });
  });

  test.each([
    ["synchronised", true],
    ["unsynchronised", false],
    ["jumped", false],
    ["off", false],
    ["unknown", undefined],
  ] as const)("a clock that is %s is synchronised: %s", (state, synced) => {
    const { values } = healthSample(ts, { state, offsetMs: null }, empty);
    expect(values.clock_synced).toBe(synced);
    expect("clock_offset_s" in values).toBe(false);
  });

  test("an agent whose clock is behind the server's has an offset below 0", () => {
    const { values, qc } = healthSample(ts, { state: "off", offsetMs: 90_000 }, empty);
    expect([values.clock_offset_s, qc]).toEqual([-90, undefined]);
  });

  test("stays within what can be: a clock set back, a disk without room, messages beyond the bound", () => {
    const back = healthSample(ts, right, { ...empty, oldestAt: ts + 5000 });
    expect(back.values.backlog_oldest_s).toBe(0);
    const full = healthSample(ts, right, { ...empty, bytes: 10, capacityBytes: 0 });
    expect(full.values.outbox_used_pct).toBe(100);
  });
});
