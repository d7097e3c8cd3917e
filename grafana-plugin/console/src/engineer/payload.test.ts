import { expect, test } from "vitest";
import { laidOut } from "./payload.tsx";

test.each([
  ['{"a":{"b":1}}', '{\n  "a": {\n    "b": 1\n  }\n}'],
  ['{ "a" : "x y" }', '{\n  "a": "x y"\n}'],
])("JSON is laid out in lines: %s", (text, shown) => {
  expect(laidOut(text)).toBe(shown);
});

test.each([
  ["a number that would change", '{"id":12345678901234567890}'],
  ["a name that stands twice", '{"a":1,"a":2}'],
  ["no JSON", "Time=2026, 12"],
  ["a bare number", "23.50"],
  ["more than anybody reads", `[${"1,".repeat(3000)}1]`],
])("%s stays as it came", (_what, text) => {
  expect(laidOut(text)).toBe(text);
});
