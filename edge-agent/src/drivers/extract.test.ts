import { anything, array, assert, property, string } from "fast-check";
import { describe, expect, test } from "vitest";
import {
  extract,
  formatPath,
  interpret,
  isoTime,
  leaves,
  parsePath,
  pathSchema,
  pick,
  pointsSchema,
  ruleSchema,
} from "./extract.ts";

describe("a path", () => {
  test.each([
    ["", []],
    ["a.b", ["a", "b"]],
    ["rxInfo[0].rssi", ["rxInfo", "0", "rssi"]],
    ['["c.d"].e', ["c.d", "e"]],
    ["switch:0.AHT1X-0x38", ["switch:0", "AHT1X-0x38"]],
    ['a["he said \\"no\\""]', ["a", 'he said "no"']],
  ])("%j is read", (text, path) => {
    expect(parsePath(text)).toEqual(path);
  });

  test.each([".a", "a.", "a..b", "a[", "a[b]", "a]", 'a"b', "a['b']", '["a"]b'])(
    "%j is refused, with the way out",
    (text) => {
      expect(() => parsePath(text)).toThrow(RangeError);
      expect(pathSchema.safeParse(text).error?.issues[0]?.message).toContain("write it like");
    },
  );

  test("is written as it is read, whatever the names", () => {
    assert(
      property(array(string()), (path) => {
        expect(parsePath(formatPath(path))).toEqual(path);
      }),
    );
  });
});

test("nothing inherited is found, and a hostile key is a key like any other", () => {
  const hostile = JSON.parse('{"__proto__":{"x":1},"constructor":{"y":2},"list":[7]}') as unknown;
  expect(pick(hostile, ["__proto__", "x"])).toBe(1);
  expect(pick(hostile, ["constructor", "y"])).toBe(2);
  for (const path of ["toString", "x", "list.length", "constructor.name", "list.at"]) {
    expect(pick(hostile, parsePath(path))).toBeUndefined();
  }
  expect(pick({}, ["__proto__"])).toBeUndefined();
  expect(pick("text", ["length"])).toBeUndefined();
  expect(pick(null, [])).toBeNull();
  const points = pointsSchema.parse([{ path: "__proto__.x", quantity: "ph" }]);
  expect(extract(hostile, points, () => {}).values).toEqual({ ph: 1 });
  expect(({} as { x?: number }).x).toBeUndefined();
});

test("leaves of anything end, each at a path that leads to it", () => {
  assert(
    property(anything({ withNullPrototype: false, maxDepth: 5 }), (document) => {
      for (const { path, value } of leaves(document)) {
        const found = pick(document, parsePath(path));
        expect(
          found === value || (found as { value?: unknown }).value === value || Number.isNaN(value),
        ).toBe(true);
      }
    }),
  );
  let deep: unknown = 1;
  for (let i = 0; i < 100_000; i++) deep = [deep];
  expect(leaves(deep)).toEqual([]);
  expect(leaves(Array.from({ length: 100_000 }, (_, i) => i))).toHaveLength(1000);
  expect(leaves({ t: { value: 1, unit: "°C" }, u: { value: { v: 2 } } })).toEqual([
    { path: "t", value: 1, unit: "°C" },
    { path: "u.value.v", value: 2 },
  ]);
});

const rule = (raw: object) => ruleSchema.parse({ quantity: "x", ...raw });

test.each([
  ["a number", 21.5, {}, 21.5, 2],
  ["a number as text", " 21.5 ", {}, 21.5, 2],
  ["a number with an exponent", "-1.5e3", {}, -1500, 2],
  ["a number to be scaled", "1500", { scale: 0.001 }, 1.5, 2],
  ["a sentinel", -999, { sentinels: [-999] }, null, 9],
  ["what the device can't mean", 101, { validMax: 100 }, 101, 4],
  ["value and unit", { value: 3.6, unit: "V" }, { unit: "V" }, 3.6, 2],
  ["value without a unit", { value: "3.6" }, { unit: "V" }, 3.6, 2],
  ["nothing", null, {}, null, 9],
  ["an object of nothing", { value: null }, {}, null, 9],
  ["a word with a meaning", "leak", { map: { leak: true, normal: false } }, true, 2],
  ["a word for no value", "No Sensor", { map: { "No Sensor": null } }, null, 9],
  ["a number beside a map", 4, { map: { "No Sensor": null } }, 4, 2],
  ["truth", false, { type: "boolean" }, false, 2],
  ["text", "OL", { type: "string" }, "OL", 2],
  ["infinity", Number.POSITIVE_INFINITY, {}, null, 9],
])("%s", (_, raw, given, value, flag) => {
  expect(interpret(raw, rule(given))).toEqual({ value, flag });
});

test.each([
  ["a word for a number", "No Sensor", {}, '"No Sensor" is no number'],
  ["a number with its unit", "76%", {}, '"76%" is no number'],
  ["nothing written", "", {}, '"" is no number'],
  ["another unit", { value: 3600, unit: "mV" }, { unit: "V" }, 'is in "mV" and not in "V"'],
  ["truth for a number", true, {}, '"true" is no number'],
  ["a number for truth", 1, { type: "boolean" }, '"1" is not true or false'],
  ["a list", [1], {}, "is no single value"],
  ["a hexadecimal number", "0x10", {}, "is no number"],
  ["an inherited name of the map", "toString", { map: {} }, "is no number"],
])("%s is missing, with the reason", (_, raw, given, reason) => {
  expect(interpret(raw, rule(given))).toEqual({
    value: null,
    flag: 9,
    reason: expect.stringContaining(reason),
  });
});

test.each([
  ["2022-07-18T09:34:15.775023242+00:00", "2022-07-18T09:34:15.775Z"],
  ["2021-11-11T08:33:34.926321616Z", "2021-11-11T08:33:34.926Z"],
  ["2025-10-05T21:21:33.856-0400", "2025-10-06T01:21:33.856Z"],
  ["2026-11-22 07:00+07", "2026-11-22T00:00:00.000Z"],
  ["2024-02-08T17:57:55.2Z", "2024-02-08T17:57:55.200Z"],
])("%s is %s", (text, expected) => {
  expect(new Date(isoTime(text) ?? 0).toISOString()).toBe(expected);
});

test.each(["2026-11-22T07:00:00", "2026-13-01T00:00:00Z", "soon", "", "2026-11-22"])(
  "%j is no time with a zone",
  (text) => {
    expect(isoTime(text)).toBeUndefined();
  },
);

test("one quantity has one point", () => {
  const twice = [
    { path: "a", quantity: "ph" },
    { path: "b", quantity: "ph" },
  ];
  expect(pointsSchema.safeParse(twice).success).toBe(false);
});
