import fc from "fast-check";
import { expect, test } from "vitest";
import { backoffMs } from "./backoff.ts";

test("a wait lies between zero and a bound that doubles up to its greatest", () => {
  const bounds = { backoffBaseMs: 1000, backoffMaxMs: 60_000 };
  expect([0, 1, 2, 5, 6, 1000].map((n) => backoffMs(n, bounds, () => 1))).toEqual([
    1000, 2000, 4000, 32_000, 60_000, 60_000,
  ]);
  fc.assert(
    fc.property(fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), (failures, drawn) => {
      const wait = backoffMs(failures, bounds, () => drawn);
      return wait >= 0 && wait <= 60_000;
    }),
  );
});
