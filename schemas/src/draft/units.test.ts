import { expect, test } from "vitest";
import { conversionBetween, readUnit, type Unit, unitBySymbol } from "./units.ts";

test.each([
  ["°C", "Cel", 1],
  ["ºC", "Cel", 1],
  ["°F", "[degF]", 1],
  ["0.1V", "V", 0.1],
  ["0,01 Hz", "Hz", 0.01],
  ["1/10 A", "A", 0.1],
  ["x0.1 kW", "kW", 0.1],
  ["V*10", "V", 0.1],
  ["kWh/100", "kW.h", 0.01],
  ["0W", "W", 1],
  ["mW", "mW", 1],
  ["MW", "MW", 1],
  ["kVAr", "kvar", 1],
  ["W⋅m⁻²", "W/m2", 1],
  ["µmol⋅m⁻²⋅s⁻¹", "umol/(m2.s)", 1],
  ["m³/h", "m3/h", 1],
  ["‰", "[ppth]", 1],
  ["[hPa]", "hPa", 1],
  ["RMS Volts", "V", 1],
])("%s is read", (text, symbol, scale) => {
  const read = readUnit(text);
  expect(read?.unit.symbol).toBe(symbol);
  expect(read?.scale).toBeCloseTo(scale, 12);
});

test.each(["", "-", "N/A", "bool", "R/W", "12", "x10", "quả"])("%j is no unit", (text) => {
  expect(readUnit(text)).toBeUndefined();
});

test.each([
  ["[degF]", "Cel", 212, 100],
  ["K", "Cel", 273.15, 0],
  ["min", "s", 58, 3480],
  ["Pa", "hPa", 96412, 964.12],
  ["W.h", "kW.h", 1810, 1.81],
  ["1", "%", 0.42, 42],
])("%s in %s", (from, to, number, value) => {
  const { scale, offset } = conversionBetween(unitBySymbol(from) as Unit, unitBySymbol(to) as Unit);
  expect(number * scale + offset).toBeCloseTo(value, 6);
});
