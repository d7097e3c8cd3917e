import type { Flag } from "@kenh/schemas";
import { expect, test } from "vitest";
import { worst } from "./judge.ts";

test.each<[readonly Flag[], Flag]>([
  [[], 2],
  [[2, 1], 1],
  [[1, 2, 3], 3],
  [[3, 4, 1], 4],
  [[9, 4], 9],
])("%j is %i in all", (found, expected) => {
  expect(worst(found)).toBe(expected);
  expect(worst(found.toReversed())).toBe(expected);
});
