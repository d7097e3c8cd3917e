import fc from "fast-check";
import { expect, test } from "vitest";
import { Timers } from "./timers.ts";

test("gives what is due, the earliest first, and nothing before its time", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(100)), fc.nat(100), (all, until) => {
      const timers = new Timers<{ at: number }>();
      for (const at of all) timers.add({ at });
      const taken: number[] = [];
      for (let one = timers.take(until); one; one = timers.take(until)) taken.push(one.at);
      expect(taken).toEqual(all.filter((at) => at <= until).sort((a, b) => a - b));
      const left = all.filter((at) => at > until);
      expect(timers.size).toBe(left.length);
      expect(timers.next).toBe(Math.min(...left, Number.POSITIVE_INFINITY));
    }),
  );
});
