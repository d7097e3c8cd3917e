import { expect, test } from "vitest";
import { Suspects } from "./suspects.ts";

test("what was on its way when the connection broke is tried alone at once, then ever more rarely, and cleared by a PUBACK", () => {
  const suspects = new Suspects();
  expect(suspects.has(7)).toBe(false);
  suspects.blame([7, 8], 0);
  expect([suspects.has(7), suspects.has(8), suspects.count]).toEqual([true, true, 0]);
  expect(suspects.due(0)).toBe(7);
  suspects.blame([7], 1);
  expect(suspects.due(1)).toBe(8);
  suspects.clear(8);
  expect(suspects.due(1)).toBe(7);
  suspects.blame([7], 2);
  expect(suspects.count).toBe(1);
  expect(suspects.due(1000)).toBeUndefined();
  expect(suspects.due(30_002)).toBe(7);
  suspects.blame([7], 30_002);
  expect(suspects.due(60_000)).toBeUndefined();
  expect(suspects.due(90_002)).toBe(7);
  suspects.clear(7);
  expect(suspects.has(7)).toBe(false);
  expect(suspects.due(1e9)).toBeUndefined();
});

test("what is remembered is bounded", () => {
  const suspects = new Suspects();
  const many = Array.from({ length: 12_000 }, (_, i) => i);
  for (const now of [0, 1, 2]) suspects.blame(many, now);
  expect(suspects.count).toBeLessThanOrEqual(10_000);
});
