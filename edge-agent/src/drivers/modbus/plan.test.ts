import { array, assert, integer, property, record } from "fast-check";
import { expect, test } from "vitest";
import { halve, type Place, plan } from "./plan.ts";

const limits = { most: 125, bridge: 8 };
const places = (...pairs: [number, number][]): Place[] =>
  pairs.map(([address, length]) => ({ address, length }));
const spans = (blocks: readonly Place[]) => blocks.map(({ address, length }) => [address, length]);

test.each([
  ["nothing", [], []],
  ["neighbours in any order", places([2, 2], [0, 2], [4, 1]), [[0, 5]]],
  ["a gap of the bound is read along", places([0, 1], [9, 1]), [[0, 10]]],
  [
    "a wider one is asked around",
    places([0, 1], [10, 1]),
    [
      [0, 1],
      [10, 1],
    ],
  ],
  ["one place in another", places([0, 4], [1, 1], [12, 1]), [[0, 13]]],
  ["as much as an answer carries", places([0, 2], [8, 117]), [[0, 125]]],
  [
    "no more than that",
    places([0, 2], [8, 118]),
    [
      [0, 2],
      [8, 118],
    ],
  ],
  ["the last register", places([65_534, 2]), [[65_534, 2]]],
])("%s", (_, given, expected) => {
  expect(spans(plan(given, limits))).toEqual(expected);
});

const table = array(
  record({ address: integer({ min: 0, max: 600 }), length: integer({ min: 1, max: 4 }) }),
  { maxLength: 80 },
);

test("every place is in one block, no block is too long, and none bridges too wide a gap", () => {
  assert(
    property(
      table,
      integer({ min: 0, max: 20 }),
      integer({ min: 4, max: 125 }),
      (all, bridge, most) => {
        const blocks = plan(all, { most, bridge });
        expect(new Set(blocks.flatMap((block) => block.places))).toEqual(new Set(all));
        expect(blocks.flatMap((block) => block.places)).toHaveLength(all.length);
        for (const block of blocks) {
          expect(block.length).toBeLessThanOrEqual(most);
          let end = block.address;
          for (const place of block.places) {
            expect(place.address).toBeGreaterThanOrEqual(block.address);
            expect(place.address - end).toBeLessThanOrEqual(bridge);
            end = Math.max(end, place.address + place.length);
          }
          expect(end).toBe(block.address + block.length);
        }
      },
    ),
  );
});

test("halving goes on down to single places and loses none", () => {
  assert(
    property(table, (all) => {
      const single: Place[] = [];
      const queue = plan(all, limits);
      for (let block = queue.pop(); block; block = queue.pop()) {
        if (block.places.length > 1) queue.push(...halve(block));
        else {
          single.push(...block.places);
          expect(spans([block])).toEqual(spans(block.places));
        }
      }
      expect(new Set(single)).toEqual(new Set(all));
      expect(single).toHaveLength(all.length);
    }),
  );
});
