import { telemetrySchema } from "@kenh/schemas";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gauge, registryOf } from "../../test/support/registry.ts";
import { type Checked, check, limitsAt } from "./check.ts";
import type { RegisteredDevice } from "./registry.ts";

const now = 1_790_000_000_000;
const device = registryOf(gauge).find(gauge.identity) as RegisteredDevice;
const judge = (payload: unknown, retentionMs = 0) =>
  check(payload, device, now, limitsAt(now, retentionMs > 0 ? now - retentionMs : undefined));
const envelope = (samples: unknown, more: object = {}) => ({
  v: 1,
  agent: "gw-01",
  epoch: "5f0c",
  seq: 17,
  samples,
  ...more,
});
const values = ({ samples }: Checked) =>
  samples.flatMap(({ ts, fields }) =>
    fields.map(({ name, value, flag }) => [ts, name, value, flag]),
  );
const reasons = ({ rejects }: Checked) => rejects.map(({ reason, readings }) => [reason, readings]);

describe("forms", () => {
  const sample = {
    ts: now,
    values: { water_level_m: 1.93, battery_v: 3.6 },
    qc: { water_level_m: 3 },
  };
  const expected = [
    [now, "water_level_m", 1.93, 3],
    [now, "battery_v", 3.6, 2],
  ];
  test.each([
    ["envelope", envelope([sample]), { epoch: "5f0c", seq: 17 }],
    ["one sample", sample, { epoch: null, seq: null }],
    ["several samples", [sample], { epoch: null, seq: null }],
  ])("%s", (_, payload, sequence) => {
    const checked = judge(payload);
    expect(values(checked)).toEqual(expected);
    expect(checked).toMatchObject({ ...sequence, good: 2, rejects: [] });
  });
  test("flat, stamped on arrival", () => {
    expect(values(judge({ water_level_m: 1.93 }))).toEqual([[now, "water_level_m", 1.93, 2]]);
  });
  test("a missing reading is its flag alone", () => {
    expect(values(judge({ ts: 5, values: {}, qc: { water_level_m: 9 } }))).toEqual([
      [5, "water_level_m", null, 9],
    ]);
  });
  test("a value outside its plausible range is kept and flagged 4", () => {
    const checked = judge({ ts: 5, values: { water_level_m: 99 }, qc: { water_level_m: 1 } });
    expect(values(checked)).toEqual([[5, "water_level_m", 99, 4]]);
  });
});

describe("readings that can't be stored stand aside, and their neighbours don't", () => {
  const good = { ts: now, values: { water_level_m: 1 } };
  test.each<[string, unknown, unknown[], number]>([
    [
      "unknown quantity",
      { ts: 1, values: { tide: 1, water_level_m: 2 } },
      [["unknown-quantity", 1]],
      2,
    ],
    [
      "a text for a number",
      { ts: 1, values: { water_level_m: "2", battery_v: 1 } },
      [["type-mismatch", 1]],
      2,
    ],
    [
      "a number past all bounds",
      JSON.parse('{"ts":1,"values":{"water_level_m":1e999}}'),
      [["type-mismatch", 1]],
      1,
    ],
    [
      "null, list and object",
      { ts: 1, values: { water_level_m: null, ph: [], battery_v: {} } },
      [["type-mismatch", 3]],
      1,
    ],
    ["half a surrogate pair", { ts: 1, values: { firmware: "\ud800" } }, [["type-mismatch", 1]], 1],
    [
      "prototype as a name",
      JSON.parse('{"ts":1,"values":{"__proto__":1,"constructor":2}}'),
      [["unknown-quantity", 2]],
      1,
    ],
    [
      "a clock ahead",
      { ts: now + 300_001, values: { water_level_m: 1, ph: 7 } },
      [["clock-ahead", 2]],
      1,
    ],
    ["no time", { values: { water_level_m: 1 } }, [["invalid-envelope", 1]], 1],
    ["a broken time", { ts: 1.5, values: { water_level_m: 1 } }, [["invalid-envelope", 1]], 1],
    [
      "a flag that is none",
      { ts: 1, values: { water_level_m: 1 }, qc: { water_level_m: 7 } },
      [["invalid-envelope", 1]],
      1,
    ],
    [
      "a flag without value",
      { ts: 1, values: {}, qc: { water_level_m: 3 } },
      [["invalid-envelope", 1]],
      1,
    ],
    ["no reading at all", { ts: 1, values: {} }, [["invalid-envelope", 1]], 1],
    ["not a sample", 7, [["invalid-envelope", 1]], 1],
  ])("%s", (_, sample, rejected, kept) => {
    const checked = judge(envelope([sample, good]));
    expect(reasons(checked)).toEqual(rejected);
    expect(checked.good).toBe(kept);
    expect(values(checked).at(-1)).toEqual([now, "water_level_m", 1, 2]);
    expect(checked.seq).toBe(17);
    for (const { part, detail } of checked.rejects) {
      expect(detail).not.toBe("");
      expect(JSON.stringify(part)).toContain('"seq":17');
    }
  });
  test("five minutes ahead are believed", () => {
    expect(judge({ ts: now + 300_000, values: { water_level_m: 1 } }).good).toBe(1);
  });
  test("too old only where there is a retention", () => {
    const sample = { ts: now - 86_400_001, values: { water_level_m: 1 } };
    expect(judge(sample).good).toBe(1);
    expect(reasons(judge(sample, 86_400_000))).toEqual([["too-old", 1]]);
  });
  test("part of a flat payload stays flat", () => {
    const checked = judge({ water_level_m: 1, tide: 2, moon: 3 });
    expect(checked.good).toBe(1);
    expect(checked.rejects).toMatchObject([
      { reason: "unknown-quantity", readings: 2, part: { tide: 2, moon: 3 } },
    ]);
  });
});

describe("messages that can't be taken apart", () => {
  test.each<[string, unknown, string, number]>([
    ["a number", 3, "invalid-envelope", 1],
    ["null", null, "invalid-envelope", 1],
    ["an empty list", [], "invalid-envelope", 1],
    ["an empty object", {}, "invalid-envelope", 1],
    [
      "another version",
      envelope([{ ts: 1, values: { ph: 1, battery_v: 2 } }], { v: 2 }),
      "invalid-envelope",
      2,
    ],
    [
      "a seq that is no number",
      envelope([{ ts: 1, values: { ph: 1 } }], { seq: "1" }),
      "invalid-envelope",
      1,
    ],
    ["no epoch", envelope([{ ts: 1, values: { ph: 1 } }], { epoch: "" }), "invalid-envelope", 1],
    ["no samples", envelope([]), "invalid-envelope", 1],
    [
      "too many samples",
      envelope(Array(1001).fill({ ts: 1, values: { ph: 7 } })),
      "too-large",
      1001,
    ],
  ])("%s", (_, payload, reason, readings) => {
    const checked = judge(payload);
    expect(reasons(checked)).toEqual([[reason, readings]]);
    expect(checked.good).toBe(0);
  });
});

test("any JSON is judged without a throw, every reading is counted once, and the published schema agrees", () => {
  const quantity = fc.constantFrom("water_level_m", "battery_v", "firmware", "tide");
  const value = fc.oneof(fc.double(), fc.string(), fc.boolean(), fc.constant(null));
  const sample = fc.record({
    ts: fc.oneof(fc.integer({ min: 0, max: now }), fc.double(), fc.string()),
    values: fc.oneof(fc.dictionary(quantity, value), fc.anything()),
    qc: fc.option(fc.dictionary(quantity, fc.constantFrom(0, 1, 2, 3, 4, 9)), { nil: undefined }),
  });
  const message = fc.oneof(
    fc.jsonValue(),
    fc.array(sample, { minLength: 1, maxLength: 3 }),
    fc.array(sample, { minLength: 1, maxLength: 3 }).map((samples) => envelope(samples)),
  );
  fc.assert(
    fc.property(message, (given) => {
      const payload = JSON.parse(JSON.stringify(given) ?? "null");
      const checked = judge(payload);
      const rejected = checked.rejects.reduce((sum, { readings }) => sum + readings, 0);
      expect(checked.good).toBe(
        checked.samples.reduce((sum, { fields }) => sum + fields.length, 0),
      );
      expect(checked.good + rejected).toBeGreaterThan(0);
      // What is stored to the last reading is what the schema allows.
      if (rejected === 0) expect(telemetrySchema.safeParse(payload).success).toBe(true);
    }),
    { numRuns: 500 },
  );
});
