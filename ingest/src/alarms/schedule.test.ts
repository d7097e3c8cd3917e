import { describe, expect, test } from "vitest";
import { makeRule } from "./rule.fixture.ts";
import { run, told } from "./run.fixture.ts";
import { hoursAt, isTimeZone } from "./schedule.ts";

const at = (text: string) => Date.parse(text);
const daylight = { from: "06:00", to: "18:00", timeZone: "Asia/Ho_Chi_Minh" };
const night = { from: "22:00", to: "06:00", timeZone: "Asia/Ho_Chi_Minh" };
const berlin = { from: "01:30", to: "06:00", timeZone: "Europe/Berlin" };

describe("hours", () => {
  test.each([
    [
      "begin",
      daylight,
      "2026-05-01T06:00+07:00",
      ["2026-05-01T06:00+07:00", "2026-05-01T18:00+07:00"],
    ],
    [
      "go on",
      daylight,
      "2026-05-01T17:59:59.999+07:00",
      ["2026-05-01T06:00+07:00", "2026-05-01T18:00+07:00"],
    ],
    ["end", daylight, "2026-05-01T18:00+07:00", null],
    ["are not yet", daylight, "2026-05-01T05:59:59.999+07:00", null],
    [
      "go past midnight",
      night,
      "2026-05-01T00:30+07:00",
      ["2026-04-30T22:00+07:00", "2026-05-01T06:00+07:00"],
    ],
    ["end in the morning", night, "2026-05-01T06:00+07:00", null],
    [
      "go by the clock in spring",
      berlin,
      "2026-03-29T01:45+01:00",
      ["2026-03-29T01:30+01:00", "2026-03-29T06:00+02:00"],
    ],
    [
      "before 1970 as well",
      { ...daylight, timeZone: "UTC" },
      "1969-12-31T12:00Z",
      ["1969-12-31T06:00Z", "1969-12-31T18:00Z"],
    ],
  ])("%s", (_, schedule, instant, hours) => {
    const expected = hours && { from: at(hours[0] as string), to: at(hours[1] as string) };
    expect(hoursAt(schedule, at(instant))).toEqual(expected);
  });

  test("a time zone is known by its name", () => {
    expect(isTimeZone("Asia/Ho_Chi_Minh")).toBe(true);
    expect(isTimeZone("Asia/Hanoi")).toBe(false);
  });
});

describe("a rule with hours", () => {
  const high = makeRule({
    kind: "low",
    quantity: "luma_mean",
    onDelayMs: 600_000,
    levels: [{ priority: 3, limit: 10 }],
    schedule: daylight,
  });
  const dark = (text: string) => [at(text), 2] as const;

  test("passes over what comes outside of them", () => {
    expect(
      run(high, [dark("2026-05-01T20:00+07:00"), dark("2026-05-01T21:00+07:00")]).crossings,
    ).toEqual([]);
  });

  test("raises within them", () => {
    const { crossings } = run(high, [
      dark("2026-05-01T07:00+07:00"),
      dark("2026-05-01T07:10+07:00"),
    ]);
    expect(told(crossings)).toEqual([`raise@${at("2026-05-01T07:10+07:00")} 0`]);
  });

  test("lets no delay run on from one day's to the next", () => {
    const readings = [dark("2026-05-01T17:55+07:00"), dark("2026-05-02T06:00+07:00")];
    const { crossings, state } = run(high, readings);
    expect(crossings).toEqual([]);
    expect(
      told(run(high, [dark("2026-05-02T06:10+07:00")], undefined, state).crossings),
    ).toHaveLength(1);
  });

  test("keeps what was raised: night ends nothing", () => {
    const { state } = run(high, [dark("2026-05-01T17:00+07:00"), dark("2026-05-01T17:50+07:00")]);
    const after = run(high, [[at("2026-05-01T19:00+07:00"), 99]], undefined, state);
    expect(after.crossings).toEqual([]);
    expect(after.state.level).toBe(0);
  });

  test("a state's delay does not run out after their end", () => {
    const state = makeRule({
      kind: "state",
      quantity: "tamper",
      equals: [true],
      onDelayMs: 600_000,
      priority: 2,
      schedule: daylight,
    });
    expect(run(state, [[at("2026-05-01T17:50+07:00"), true]]).state.due).toBeNull();
    expect(run(state, [[at("2026-05-01T17:49+07:00"), true]]).state.due).not.toBeNull();
  });
});
