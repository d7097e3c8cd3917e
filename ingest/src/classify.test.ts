import fc from "fast-check";
import { expect, test } from "vitest";
import { classify, lookups, type Message } from "./classify.ts";
import type { Point, Series, SeriesPoint } from "./stores/store.ts";

const one: Series = { measurement: "water", tags: [["device", "one"]] };
const two: Series = { measurement: "water", tags: [["device", "two"]] };
const point = (series: Series, ts: number, values: Record<string, number>): Point => ({
  series,
  ts,
  fields: Object.entries(values).map(([name, value]) => ({ name, type: "float", value, flag: 2 })),
});
const late = (...samples: Point[]): Message => ({ samples, late: true });
const fresh = (...samples: Point[]): Message => ({ samples, late: false });
const holds = (series: Series, found: Record<string, SeriesPoint[]>) => ({
  series,
  found: new Map(Object.entries(found)),
});

test("fresh messages ask nothing and pass as they are", () => {
  const message = fresh(point(one, 1, { a: 1 }));
  expect(lookups([message])).toEqual([]);
  expect(classify([message], [])[0]?.points).toBe(message.samples);
});

test("asks once for each series and stretch of time", () => {
  const hour = 3_600_000;
  const queries = lookups([
    late(point(one, 0, { a: 1 }), point(one, hour, { b: 1 })),
    fresh(point(two, 5, { a: 1 })),
    late(point(one, 24 * hour, { a: 1 })),
  ]);
  expect(
    queries.map(({ series, from, to, fields }) => [
      series,
      from,
      to,
      fields.map(({ name }) => name),
    ]),
  ).toEqual([
    [one, 0, hour, ["a", "b"]],
    [one, 24 * hour, 24 * hour, ["a", "b"]],
  ]);
});

test("tells new, duplicate and contradicting readings of one point apart", () => {
  const message = late(point(one, 1, { a: 1, b: 2, c: 3 }));
  const [classified] = classify([message], [holds(one, { a: [[1, 1, 2]], b: [[1, 9, 2]] })]);
  expect(classified?.duplicate).toBe(1);
  expect(classified?.conflicts).toMatchObject([{ field: { name: "b" }, kept: [9, 2] }]);
  expect(classified?.points).toEqual([point(one, 1, { c: 3 })]);
});

test("what can't have come before is new, though a try that was cut short has stored it", () => {
  const messages = [
    fresh(point(one, 1, { a: 1 }), point(one, 2, { a: 2 })),
    late(point(one, 1, { a: 1 }), point(one, 2, { a: 3 })),
  ];
  const stored: SeriesPoint[] = [
    [1, 1, 2],
    [2, 2, 2],
  ];
  for (const found of [stored, []]) {
    const [first, again] = classify(messages, [holds(one, { a: found })]);
    expect(first).toEqual({ points: messages[0]?.samples, duplicate: 0, conflicts: [] });
    expect(again).toMatchObject({ points: [], duplicate: 1, conflicts: [{ kept: [2, 2] }] });
  }
});

test("the same value with another flag contradicts too", () => {
  const [classified] = classify([late(point(one, 1, { a: 1 }))], [holds(one, { a: [[1, 1, 4]] })]);
  expect(classified?.conflicts).toHaveLength(1);
});

test("in any order, the first value of an instant stands and every reading is counted once", () => {
  const reading = fc.record({
    ts: fc.integer({ min: 0, max: 5 }),
    value: fc.integer({ min: 0, max: 2 }),
  });
  fc.assert(
    fc.property(
      fc.array(fc.array(reading, { minLength: 1, maxLength: 4 })),
      fc.array(reading),
      (messages, stored) => {
        const model = new Map<number, number>();
        for (const { ts, value } of stored) if (!model.has(ts)) model.set(ts, value);
        const answer = holds(one, { a: [...model].map(([ts, value]) => [ts, value, 2]) });
        const sorted = classify(
          messages.map((readings) =>
            late(...readings.map(({ ts, value }) => point(one, ts, { a: value }))),
          ),
          [answer],
        );
        messages.forEach((readings, at) => {
          const expected = { new: [] as number[], duplicate: 0, conflicts: 0 };
          for (const { ts, value } of readings) {
            const kept = model.get(ts);
            if (kept === undefined) {
              model.set(ts, value);
              expected.new.push(ts);
            } else if (kept === value) expected.duplicate++;
            else expected.conflicts++;
          }
          expect(sorted[at]?.points.map(({ ts }) => ts)).toEqual(expected.new);
          expect(sorted[at]?.duplicate).toBe(expected.duplicate);
          expect(sorted[at]?.conflicts).toHaveLength(expected.conflicts);
        });
      },
    ),
  );
});
