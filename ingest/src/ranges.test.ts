import fc from "fast-check";
import { expect, test } from "vitest";
import { Ranges } from "./ranges.ts";

test("holds what was added, whatever the order, and tells what was there before", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 60 })), (numbers) => {
      const ranges = new Ranges();
      const model = new Set<number>();
      for (const n of numbers) {
        expect(ranges.add(n)).toBe(!model.has(n));
        model.add(n);
      }
      for (let n = 0; n <= 61; n++) expect(ranges.has(n)).toBe(model.has(n));
      const missing = new Set(
        ranges
          .missing(1)
          .flatMap(([first, last]) =>
            Array.from({ length: last - first + 1 }, (_, i) => first + i),
          ),
      );
      for (let n = 1; n <= Math.max(0, ...model); n++) expect(missing.has(n)).toBe(!model.has(n));
      expect(new Ranges(JSON.parse(JSON.stringify(ranges)))).toEqual(ranges);
    }),
  );
});

test("keeps as few ranges as there can be", () => {
  const ranges = new Ranges();
  for (const n of [1, 5, 3, 2, 4, 9]) ranges.add(n);
  expect(ranges.toJSON()).toEqual([
    [1, 5],
    [9, 9],
  ]);
  expect(ranges.missing(1)).toEqual([[6, 8]]);
  expect(ranges.missing(0)).toEqual([
    [0, 0],
    [6, 8],
  ]);
});
