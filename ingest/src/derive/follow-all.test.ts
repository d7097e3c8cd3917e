import { describe, expect, test } from "vitest";
import type { Follower } from "../follow.ts";
import { followAll, followInTurn } from "./follow-all.ts";

/** A follower whose checkpoints end as told, one after the other, and the last one again and again; it counts them. */
function follower(...ends: (boolean | Error)[]) {
  const made = {
    checkpoints: 0,
    durablePosition: 0,
    fed: [] as number[],
    feed: (position: number) => void made.fed.push(position),
    checkpoint() {
      const end = ends[Math.min(made.checkpoints++, ends.length - 1)] as boolean | Error;
      if (end instanceof Error) throw end;
      return end;
    },
  };
  return made satisfies Follower;
}
const full = new Error("database or disk is full");
const countsOf = (all: readonly { checkpoints: number }[]) =>
  all.map(({ checkpoints }) => checkpoints);

describe("a checkpoint of several followers", () => {
  test("goes on to those behind one that can't be written, and says so", () => {
    const all = [follower(false), follower(full), follower(false), follower(false)];
    expect(() => followAll(...all)?.checkpoint()).toThrow(full);
    expect(countsOf(all)).toEqual([1, 1, 1, 1]);
  });

  test("names all that can't be written", () => {
    const all = [follower(new Error("the first")), follower(new Error("the second"))];
    expect(() => followAll(...all)?.checkpoint()).toThrow("the first; the second");
  });

  test("has all slices of the others before it says so", () => {
    const [broken, long] = [follower(full), follower(true, true, false)];
    const both = followAll(broken, long);
    expect([both.checkpoint(3), both.checkpoint(3)]).toEqual([true, true]);
    expect(() => both.checkpoint(3)).toThrow(full);
    expect(countsOf([broken, long])).toEqual([3, 3]);
  });

  test("gives a slice to one after the other", () => {
    const [first, second] = [follower(true, false), follower(false)];
    const both = followAll(first, second);
    expect([both.checkpoint(3), second.checkpoints]).toEqual([true, 0]);
    expect([both.checkpoint(3), second.checkpoints]).toEqual([false, 1]);
  });

  test("passes over one that rests on another that can't be written, and over it alone", () => {
    const [alarms, rollup, derivation, bridge] = [
      follower(full),
      follower(false),
      follower(false),
      follower(false),
    ];
    const all = followAll(followInTurn(followAll(alarms, rollup), derivation), bridge);
    expect(() => all.checkpoint()).toThrow(full);
    expect(countsOf([alarms, rollup, derivation, bridge])).toEqual([1, 1, 0, 1]);
  });
});

test("several followers are fed in their order, and as durable as the last of them", () => {
  const [first, second] = [follower(false), follower(false)];
  [first.durablePosition, second.durablePosition] = [7, 5];
  const both = followAll(undefined, first, undefined, second);
  both?.feed(8, []);
  expect([first.fed, second.fed, both?.durablePosition]).toEqual([[8], [8], 5]);
  expect(followAll(undefined)).toBeUndefined();
});
