import { expect, test } from "vitest";
import { configOf } from "./config.ts";

test("how long alarms hold readings comes from the environment, where it says so", () => {
  expect(configOf({})).not.toHaveProperty("alarmHoldMs");
  expect(configOf({ KENH_ALARM_HOLD_MS: "2000" })).toMatchObject({ alarmHoldMs: 2000 });
  expect(() => configOf({ KENH_ALARM_HOLD_MS: "-1" })).toThrow(/KENH_ALARM_HOLD_MS=-1/);
});
