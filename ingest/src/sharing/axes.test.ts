import { expect, test } from "vitest";
import { axesOf } from "./axes.ts";

const ledger = { received: 0, stored: 0, duplicate: 0, quarantined: 0, pending: 0 };
const nothing = { deliveries: { due: 0, onTime: 0, late: 0 } };
const tally = { readings: 0, wrong: 0, late: 0 };

test("where there is nothing to judge there is no share", () => {
  const none = { correct: null, complete: null, clean: null, live: null };
  expect(axesOf(nothing, tally, ledger, true)).toEqual(none);
  expect(axesOf(nothing, { ...tally, readings: 9 }, ledger, true).live).toBeNull();
});

test("each has its own numbers, rounded down", () => {
  const deliveries = { due: 300, onTime: 199, late: 50 };
  const counts = { received: 30_001, stored: 29_990, duplicate: 5, quarantined: 5, pending: 1 };
  expect(axesOf({ deliveries }, { readings: 3, wrong: 1, late: 0 }, counts, true)).toEqual({
    correct: 0.6666,
    complete: 0.83,
    clean: 0.9996,
    live: 0.6633,
  });
});

test("without periods what counts is how soon each reading came", () => {
  expect(axesOf(nothing, { readings: 10, wrong: 0, late: 1 }, ledger, false).live).toBe(0.9);
});

test("more wrong than readings, as after a repeat, is 0 and not below", () => {
  expect(axesOf(nothing, { readings: 1, wrong: 2, late: 0 }, ledger, true).correct).toBe(0);
});
