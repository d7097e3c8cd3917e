import { expect, test } from "vitest";
import { alarmReadingText, floodLevel, numberText } from "./reading-text.ts";

const gauge = { rule: "water.bd3", quantity: "water_level_m", unit: "m", limit: 2.3 };

test.each([
  [{ ...gauge, value: 2.33 }, "2,33\u00a0m (vượt BĐ III 3 cm)", "2.33\u00a0m (3 cm above BĐ III)"],
  [{ ...gauge, value: 2.28 }, "2,28\u00a0m (dưới BĐ III 2 cm)", "2.28\u00a0m (2 cm below BĐ III)"],
  [{ ...gauge, value: 2.3 }, "2,30\u00a0m (bằng BĐ III)", "2.30\u00a0m (at BĐ III)"],
  [
    { ...gauge, rule: "gauge.high", value: 1.5, limit: 1.2 },
    "1,50\u00a0m (vượt ngưỡng 30 cm)",
    "1.50\u00a0m (30 cm above limit)",
  ],
  [
    { rule: "heat", quantity: "air_temperature_c", unit: "Cel", value: 39.24, limit: 38 },
    "39,2°C (ngưỡng 38,0°C)",
    "39.2°C (limit 38.0°C)",
  ],
  [{ ...gauge, value: 2.33, limit: null }, "2,33\u00a0m", "2.33\u00a0m"],
])("a reading against its limit: %j", (alarm, vi, en) => {
  expect(alarmReadingText(alarm, "vi")).toBe(vi);
  expect(alarmReadingText(alarm, "en")).toBe(en);
});

test.each([
  [1234.5, "kPa", "1.234,5\u00a0kPa", "1,234.5\u00a0kPa"],
  [37.6, "%", "38%", "38%"],
  [12.34, "ug/m3", "12,3\u00a0µg/m³", "12.3\u00a0µg/m³"],
  [4, "[ppth]", "4,0\u00a0‰", "4.0\u00a0‰"],
  [7, "{count}", "7", "7"],
  [7.256, "unknown", "7,26\u00a0unknown", "7.26\u00a0unknown"],
  [1, "somebody's whole story", "1\u00a0somebody's w", "1\u00a0somebody's w"],
  [1, "a\u202eb\n", "1\u00a0a b ", "1\u00a0a b "],
  [1e300, "m", "1.00e+300\u00a0m", "1.00e+300\u00a0m"],
])("%d %s", (value, unit, vi, en) => {
  expect(numberText(value, unit, "vi")).toBe(vi);
  expect(numberText(value, unit, "en")).toBe(en);
});

test("only a rule of an official level is called BĐ", () => {
  expect(floodLevel("water.bd1")).toBe("BĐ I");
  expect(floodLevel("bd2")).toBe("BĐ II");
  expect(floodLevel("abd3")).toBeUndefined();
  expect(floodLevel("water.bd4")).toBeUndefined();
  expect(floodLevel("water.bd33")).toBeUndefined();
});
