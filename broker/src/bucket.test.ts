import { expect, test } from "vitest";
import { type Bucket, tokenBucket } from "./bucket.ts";

/** Takes one when there is one; how long to wait where there is none. */
function takeOne(bucket: Bucket): number {
  const waitMs = bucket.waitMs();
  if (waitMs === 0) bucket.take();
  return waitMs;
}

test("a burst passes, then the rate holds, and the answer says how long to wait", () => {
  let time = 1000;
  const bucket = tokenBucket(10, 3, () => time);
  const take = () => takeOne(bucket);
  expect([take(), take(), take()]).toEqual([0, 0, 0]);
  expect(take()).toBe(100);
  time += 60;
  expect(take()).toBe(40);
  time += 40;
  expect(take()).toBe(0);
  expect(take()).toBe(100);
});

test("what costs more than there is passes, and what comes next waits for it", () => {
  let time = 1000;
  const bucket = tokenBucket(100, 100, () => time);
  bucket.take(600);
  expect(bucket.waitMs()).toBe(5010);
  time += 5010;
  expect(bucket.waitMs()).toBe(0);
});

test("a clock that jumps gives no more than one burst, and never locks the sender out", () => {
  let time = 1000;
  const bucket = tokenBucket(10, 2, () => time);
  const take = () => takeOne(bucket);
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
