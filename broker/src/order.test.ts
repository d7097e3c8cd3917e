import fc from "fast-check";
import { expect, test } from "vitest";
import { type Place, standInLine } from "./order.ts";

test("work leaves in the order it came, in whatever order it ends, each in a turn of its own", async () => {
  const order = fc.integer({ min: 1, max: 30 }).chain((n) =>
    fc.shuffledSubarray(
      Array.from({ length: n }, (_, i) => i),
      { minLength: n },
    ),
  );
  await fc.assert(
    fc.asyncProperty(order, async (ends) => {
      const line = standInLine();
      const left: number[] = [];
      let turn = 0;
      const turns: number[] = [];
      const places = ends.map((_, i) => ({
        ready: false,
        leave() {
          left.push(i);
          turns.push(turn);
          queueMicrotask(() => turn++); // runs between two turns, never within one
        },
      }));
      for (const place of places) line.stand(place);
      for (const i of ends) line.settle(places[i] as Place);
      expect(left).toEqual([]);
      for (let i = 0; i <= ends.length; i++) await new Promise(setImmediate);
      expect(left).toEqual(ends.map((_, i) => i));
      expect(turns).toEqual(left);
    }),
    { numRuns: 50 },
  );
});
