import { expect, test } from "vitest";
import { wordsOf } from "./words.ts";

test.each([
  ["airTemperature", ["air", "temperature"]],
  ["TempC_SHT", ["temperature"]],
  ["windspeed", ["wind", "speed"]],
  ["pm2_5", ["pm25"]],
  ["PM 2.5", ["pm25"]],
  ["CO₂", ["co2"]],
  ["battVoltage", ["battery", "voltage"]],
  ["Nhiệt độ không khí", ["temperature", "air"]],
  ["Độ ẩm đất", ["moisture"]],
  ["muc_nuoc", ["waterlevel"]],
  ["Điện áp pha A", ["voltage"]],
  ["Hướng gió", ["winddirection"]],
  ["Hệ số công suất", ["factor"]],
  ["Cường độ dòng điện", ["current"]],
  ["humidityAlarmLow", ["humidity", "threshold"]],
])("%s says %j", (text, words) => {
  expect([...wordsOf(text).known]).toEqual(expect.arrayContaining(words));
});

test.each([
  ["Ua", "1"],
  ["Uab", "12"],
  ["V 31", "31"],
  ["I3", "3"],
  ["VoltageL2", "2"],
  ["Gen V L1-N", "1"],
  ["Phase C current", "3"],
  ["pha B", "2"],
])("%s is of phase %s", (text, phase) => {
  expect(wordsOf(text, "electric").phase).toBe(phase);
});

test("a symbol of a meter is a letter of a node", () => {
  expect([...wordsOf("p").known]).toEqual(["pressure"]);
  expect([...wordsOf("P total", "electric").known]).toEqual(["active", "power", "total"]);
});
