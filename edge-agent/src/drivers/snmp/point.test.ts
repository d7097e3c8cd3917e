import { conversionSchema } from "@kenh/schemas";
import { expect, test } from "vitest";
import { readPoint } from "./point.ts";
import { rawOf } from "./raw.ts";
import { rounds } from "./rounds.ts";
import { readState, type UpsFacts, type UpsState } from "./ups-state.ts";

const conversion = (fields: object) => conversionSchema.parse(fields);

test.each<[string | number, string | undefined, number, number | undefined]>([
  [229, undefined, 1, 229],
  [546, "V", 0.1, 54.6],
  ["229 V", "V", 1, 229],
  ["229V", "V", 1, 229],
  ["54.6 V", "V", 0.1, 54.6],
  ["546", "V", 0.1, 54.6],
  ["23.5", undefined, 1, 23.5],
  ["-4", undefined, 1, -4],
  ["54.6", "V", 0.1, undefined],
  ["23,5", undefined, 1, undefined],
  ["1.2.3", undefined, 1, undefined],
  ["12 34", undefined, 1, undefined],
  ["0x1F", undefined, 1, undefined],
  ["1e3", undefined, 1, undefined],
  ["2.3 kV", "V", 1, undefined],
  ["229 V", undefined, 1, undefined],
  ["", undefined, 1, undefined],
  ["N/A", undefined, 1, undefined],
])("the answer %j in %s at scale %d is %s", (raw, unit, scale, value) => {
  const outcome = readPoint(raw, { ...conversion({ scale }), unit });
  expect(outcome.value).toBe(value);
  expect(outcome.flag).toBe(value === undefined ? 9 : 2);
});

test("every type of the wire is read as what it is", () => {
  const read = (type: number, value: unknown) => rawOf({ oid: "1.3", type, value } as never);
  expect(read(70, Buffer.from("01020304050607", "hex"))).toBe(0x01020304050607);
  expect(read(66, 4294967295)).toBe(4294967295);
  expect(read(4, Buffer.from("Cháy\0"))).toBe("Cháy");
  expect(read(6, "1.3.6")).toBe("1.3.6");
  expect(read(5, null)).toBeUndefined();
});

const said: UpsFacts = {
  batteryStatus: 2,
  outputSource: 3,
  secondsOnBattery: 0,
  alarmsPresent: 0,
  alarms: [],
};
const alarm = (...ids: number[]) => ({
  alarms: ids.map((id) => `1.3.6.1.2.1.33.1.6.3.${id}`),
  alarmsPresent: ids.length,
});

test.each<[string, Partial<UpsFacts>, UpsState, boolean | undefined]>([
  ["normal", {}, "ok", false],
  ["booster", { outputSource: 6 }, "ok", false],
  ["reducer", { outputSource: 7 }, "ok", false],
  ["bypass", { outputSource: 4 }, "bypass", false],
  ["battery", { outputSource: 5 }, "on_battery", true],
  ["battery low", { outputSource: 5, batteryStatus: 3 }, "critical", true],
  ["battery depleted", { outputSource: 5, batteryStatus: 4 }, "critical", true],
  ["shutdown imminent", { outputSource: 5, ...alarm(23) }, "critical", true],
  ["no output", { outputSource: 2 }, "off", undefined],
  ["other", { outputSource: 1 }, "unknown", undefined],
  ["not said", { outputSource: undefined }, "unknown", undefined],
  ["low on line", { batteryStatus: 3 }, "low_battery", false],
  ["bad battery", alarm(1), "replace_battery", false],
  ["overload", alarm(8), "overload", false],
  ["fan", alarm(16), "alarm", false],
  ["an alarm that is counted and not listed", { alarmsPresent: 1 }, "alarm", false],
  ["normal with the alarm on battery", alarm(2), "contradictory", undefined],
  ["normal with seconds on battery", { secondsOnBattery: 40 }, "contradictory", undefined],
])("RFC 1628, %s: %o is %s", (_, facts, state, onBattery) => {
  expect(readState({ ...said, ...facts })).toMatchObject({ state, onBattery });
});

test("a hint brings a round forward, and the abort ends the waiting", async () => {
  const stop = new AbortController();
  let hint = (): void => {};
  const hints = {
    subscribe(onHint: () => void) {
      hint = onHint;
      return () => {};
    },
  };
  const rhythm = rounds(3_600_000, hints, stop.signal);
  expect((await rhythm.next()).done).toBe(false);
  const second = rhythm.next();
  hint();
  expect((await second).done).toBe(false);
  const third = rhythm.next();
  stop.abort();
  expect((await third).done).toBe(true);
});
