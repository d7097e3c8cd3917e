import { expect, test } from "vitest";
import { tokenBucket } from "./bucket.ts";

test("a burst passes, then the rate holds, and the answer says how long to wait", () => {
  let time = 1000;
  const take = tokenBucket(10, 3, () => time);
  expect([take(), take(), take()]).toEqual([0, 0, 0]);
  expect(take()).toBe(100);
  time += 60;
  expect(take()).toBe(40);
  time += 40;
  expect(take()).toBe(0);
  expect(take()).toBe(100);
});

test("a clock that jumps gives no more than one burst, and never locks the sender out", () => {
  let time = 1000;
  const take = tokenBucket(10, 2, () => time);
  expect([take(), take()]).toEqual([0, 0]);
  time = 0;
  expect(take()).toBe(100);
  time = 1_000_000_000;
  expect([take(), take()]).toEqual([0, 0]);
  expect(take()).toBe(100);
  time = 0;
  expect(take()).toBe(100);
  time = 100;
  expect(take()).toBe(0);
});
