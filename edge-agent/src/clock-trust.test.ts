import { describe, expect, test } from "vitest";
import { type ClockTrust, createClockTrust, doubtClock } from "./clock-trust.ts";

const hour = 3_600_000;
const minute = 60_000;

describe("a clock", () => {
  test.each<[string, (clock: ClockTrust) => void, string, boolean]>([
    ["of which nobody says anything", () => {}, "unknown", false],
    ["that the system calls synchronised", (c) => c.told(true), "synchronised", false],
    ["that the system calls unsynchronised", (c) => c.told(false), "unsynchronised", true],
    [
      "that has lost its source runs on",
      (c) => {
        c.told(true);
        c.told(false);
      },
      "synchronised",
      false,
    ],
    ["that is right by a time server", (c) => c.measured(-999), "synchronised", false],
    ["that is wrong by a time server", (c) => c.measured(1001), "off", true],
    [
      "that is wrong by a time server, whatever the system says",
      (c) => {
        c.measured(5000);
        c.told(true);
      },
      "off",
      true,
    ],
  ])("%s", (_, happen, state, doubted) => {
    const clock = createClockTrust(1000);
    clock.observe(0, 0);
    happen(clock);
    expect(clock.state).toBe(state);
    expect(clock.doubted).toBe(doubted);
  });

  /** Runs evenly to one hour, is set by `stepMs`, and is looked at again. */
  function stepped(stepMs: number): ClockTrust {
    const clock = createClockTrust(1000);
    clock.told(true);
    clock.observe(0, 0);
    clock.observe(hour + 400, hour);
    clock.observe(hour + 400 + stepMs + minute, hour + minute);
    return clock;
  }

  test.each([
    [900, "synchronised"],
    [-900, "synchronised"],
    [1100, "jumped"],
    [-1100, "jumped"],
  ])("that steps by %i ms is %s", (stepMs, state) => {
    expect(stepped(stepMs).state).toBe(state);
  });

  test("that jumped is in doubt until something confirms it, or for ten minutes", () => {
    const confirmed = stepped(hour);
    confirmed.told(true);
    expect(confirmed.state).toBe("synchronised");
    const measured = stepped(hour);
    measured.measured(3);
    expect(measured.state).toBe("synchronised");
    const denied = stepped(hour);
    denied.told(false);
    expect(denied.state).toBe("jumped");
    for (const clock of [denied, stepped(hour)]) {
      clock.observe(2 * hour + 400 + 11 * minute, hour + 11 * minute);
      expect(clock.state).toBe("jumped");
      clock.observe(2 * hour + 400 + 12 * minute, hour + 12 * minute);
    }
    expect(denied.state).toBe("unsynchronised");
  });

  test("that jumped forgets what was measured before", () => {
    const clock = createClockTrust(1000);
    clock.observe(0, 0);
    clock.measured(2);
    clock.observe(hour, 1);
    expect([clock.state, clock.offsetMs]).toEqual(["jumped", null]);
  });
});

describe("samples of a clock in doubt", () => {
  const sample = {
    ts: hour,
    values: { water_level_m: 1, battery_v: 3.6, rain_mm: 0 },
    qc: { battery_v: 4 as const, rain_mm: 1 as const, wind_speed_m_s: 9 as const },
  };

  test("become suspect and keep their time; worse flags stay", () => {
    const clock = createClockTrust(1000);
    const pipe = doubtClock(
      clock,
      () => hour + 300,
      () => 0,
    );
    expect(pipe(sample)).toEqual([sample]);
    clock.told(false);
    expect(pipe(sample)).toEqual([
      { ...sample, qc: { battery_v: 4, rain_mm: 3, water_level_m: 3, wind_speed_m_s: 9 } },
    ]);
  });

  test("pass when the source has a time of its own", () => {
    const clock = createClockTrust(1000);
    clock.told(false);
    const pipe = doubtClock(
      clock,
      () => hour + 6000,
      () => 0,
    );
    expect(pipe(sample)).toEqual([sample]);
  });

  test("a jump is seen with the first sample after it", () => {
    let [now, monotonic] = [hour, 0];
    const pipe = doubtClock(
      createClockTrust(1000),
      () => now,
      () => monotonic,
    );
    expect(pipe(sample)[0]?.qc?.water_level_m).toBeUndefined();
    [now, monotonic] = [2 * hour, 1000];
    expect(pipe({ ...sample, ts: 2 * hour })[0]?.qc?.water_level_m).toBe(3);
  });
});
