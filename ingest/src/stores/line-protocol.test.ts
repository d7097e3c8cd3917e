import type { Flag, Value } from "@kenh/schemas";
import { describe, expect, test } from "vitest";
import { encodeBatch, encodeLine } from "./line-protocol.ts";
import { type Field, PermanentError, type Series } from "./store.ts";

const series: Series = {
  measurement: "water",
  tags: [
    ["province", "82"],
    ["device", "muc-nuoc-01"],
  ],
};
const field = (name: string, type: Field["type"], value: Value | null, flag: Flag = 1): Field => ({
  name,
  type,
  value,
  flag,
});
const encode = (...fields: Field[]): string =>
  encodeBatch([{ series, ts: 1_790_000_000_000, fields }]);
const line = (fields: string): string =>
  `water,province=82,device=muc-nuoc-01 ${fields} 1790000000000`;

describe("a point", () => {
  test.each([
    ["a float", field("water_level_m", "float", 1.93), "water_level_m=1.93"],
    ["a whole float", field("water_level_m", "float", 2), "water_level_m=2"],
    ["a great float", field("energy_j", "float", 1e21), "energy_j=1e+21"],
    ["an integer", field("count", "integer", 3), "count=3i"],
    ["a boolean", field("door_open", "boolean", true), "door_open=true"],
    ["a string", field("state", "string", 'a "b" \\'), 'state="a \\"b\\" \\\\"'],
    ["a line break in a string", field("state", "string", "a\nb"), 'state="a\nb"'],
    ["a flag", field("water_level_m", "float", 1.93, 3), "water_level_m=1.93,water_level_m_qc=3i"],
    ["a missing reading", field("water_level_m", "float", null, 9), "water_level_m_qc=9i"],
    [
      "an awkward field name",
      field("a b,c=d", "float", 1, 4),
      "a\\ b\\,c\\=d=1,a\\ b\\,c\\=d_qc=4i",
    ],
  ])("with %s", (_, given, expected) => {
    expect(encode(given)).toBe(line(expected));
  });

  test("with several fields, in their order", () => {
    const given = [
      field("b", "float", null, 9),
      field("a", "float", 1, 2),
      field("c", "integer", 1),
    ];
    expect(encode(...given)).toBe(line("b_qc=9i,a=1,a_qc=2i,c=1i"));
  });

  test.each([
    ["NaN", field("v", "float", Number.NaN), "v is NaN"],
    ["infinity", field("v", "float", Number.POSITIVE_INFINITY), "v is Infinity"],
    ["a fraction as integer", field("v", "integer", 1.5), "v is 1.5"],
    [
      "an integer beyond what JavaScript counts",
      field("v", "integer", 2 ** 53),
      "v is 9007199254740992",
    ],
    ["a string as float", field("v", "float", "1"), 'v is "1"; its type is float'],
    ["a number as boolean", field("v", "boolean", 1), "v is 1; its type is boolean"],
    ["a number as string", field("v", "string", 1), "v is 1; its type is string"],
    ["half a character", field("v", "string", "\ud800"), "lone surrogate"],
    ["neither value nor flag", field("v", "float", null), "neither a value nor a flag"],
    ["the name time", field("time", "float", 1), "may not be named time"],
    ["an empty name", field("", "float", 1), "field name is empty"],
    ["a name ending in a backslash", field("v\\", "float", 1), "ends in \\"],
  ])("with %s is refused", (_, given, words) => {
    expect(() => encode(given)).toThrow(PermanentError);
    expect(() => encode(given)).toThrow(words);
  });

  test("without a field, or at half a millisecond, is refused", () => {
    expect(() => encode()).toThrow(/no field/);
    const fields = [field("v", "float", 1)];
    expect(() => encodeBatch([{ series, ts: 0.5, fields }])).toThrow(/time 0.5/);
    expect(() => encodeLine({ ...series, fields: [], time: 1 })).toThrow(/no field/);
  });
});

test.each<[string, Series, string]>([
  ["a comment", { measurement: "#water", tags: [] }, "#"],
  ["no name", { measurement: "", tags: [] }, "measurement is empty"],
  ["a line break", { measurement: "water", tags: [["site", "a\nb"]] }, "line break"],
  ["a carriage return", { measurement: "water", tags: [["site", "a\rb"]] }, "line break"],
  ["a NUL", { measurement: "water", tags: [["site", "a\0"]] }, "NUL"],
  ["a backslash at the end", { measurement: "water", tags: [["site", "a\\"]] }, "ends in"],
  ["an empty tag", { measurement: "water", tags: [["site", ""]] }, "tag site is empty"],
  ["half a character", { measurement: "water", tags: [["site", "\udc00"]] }, "lone surrogate"],
  ["a tag named time", { measurement: "water", tags: [["time", "a"]] }, "named time"],
])("a series with %s is refused each time it comes", (_, wrong, words) => {
  const batch = [{ series: wrong, ts: 1, fields: [field("v", "float", 1)] }];
  for (const _again of [1, 2]) {
    expect(() => encodeBatch(batch)).toThrow(PermanentError);
    expect(() => encodeBatch(batch)).toThrow(words);
  }
});

test("a batch is a line for each point; an empty one is empty", () => {
  const fields = [field("v", "float", 1)];
  const twin: Series = { measurement: "power", tags: [] };
  expect(encodeBatch([])).toBe("");
  expect(
    encodeBatch([
      { series, ts: 1, fields },
      { series: twin, ts: -2, fields },
      { series, ts: 3, fields },
    ]),
  ).toBe(
    "water,province=82,device=muc-nuoc-01 v=1 1\npower v=1 -2\nwater,province=82,device=muc-nuoc-01 v=1 3",
  );
});
