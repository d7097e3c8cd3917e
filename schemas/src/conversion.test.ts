import { expect, test } from "vitest";
import { conversionSchema, convert } from "./conversion.ts";

const by = (given: object) => conversionSchema.parse(given);

test.each([
  ["scale and offset", 2345, { scale: 0.001, offset: 1 }, { value: 3.345, flag: 2 }],
  ["no binary dust", 2345, { scale: 0.001 }, { value: 2.345, flag: 2 }],
  ["a long counter to its last digit", 9007199254740991, {}, { value: 9007199254740991, flag: 2 }],
  ["a sentinel is missing", 32767, { sentinels: [32767] }, { value: null, flag: 9 }],
  ["no number is missing", Number.NaN, {}, { value: null, flag: 9 }],
  ["below what can be", 3, { validMin: 4, validMax: 20 }, { value: 3, flag: 4 }],
  ["at the bound", 4, { validMin: 4, validMax: 20 }, { value: 4, flag: 2 }],
])("%s", (_, raw, conversion, expected) => {
  expect(convert(raw, by(conversion))).toEqual(expected);
});
