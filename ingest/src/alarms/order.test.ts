import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ArrivalClock, type Arrived, byEventTime, Hold } from "./order.ts";

const subjects = ["a", "b", "c"].map((identity) => ({ identity }));
const of = (subject: number, ts: number, arrival: number): Arrived => ({
  ts,
  arrival,
  subject: subjects[subject] as Arrived["subject"],
});

/** Adds by the rule of the class: what is due before an arrival is released before it. */
function run(arrivals: readonly Arrived[], latenessMs: number, tickAt: readonly number[] = []) {
  const hold = new Hold<Arrived>(latenessMs);
  const released: (readonly [at: number, one: Arrived])[] = [];
  const releaseBefore = (instant: number): void => {
    while (hold.next < instant) {
      const at = hold.next;
      for (const one of hold.release(at).toSorted(byEventTime)) released.push([at, one]);
    }
  };
  for (const one of arrivals) {
    for (const tick of tickAt) if (tick < one.arrival) releaseBefore(tick);
    releaseBefore(one.arrival);
    hold.add(one);
  }
  releaseBefore(Number.POSITIVE_INFINITY);
  return released;
}
const order = (arrivals: readonly Arrived[], latenessMs = 250) =>
  run(arrivals, latenessMs).map(([, { ts }]) => ts);

const anyArrivals = fc
  .array(fc.tuple(fc.nat(2), fc.integer({ min: -2000, max: 400 }), fc.nat(120)), { maxLength: 60 })
  .map((steps) => {
    let arrival = 10_000;
    return steps.map(([subject, delay, apart]) => {
      arrival += apart;
      return of(subject, arrival + delay, arrival);
    });
  });

describe("the hold", () => {
  test("puts what comes within the window in order, over all devices", () => {
    expect(order([of(0, 1000, 1010), of(1, 900, 1200), of(2, 950, 1240)])).toEqual([
      900, 950, 1000,
    ]);
  });

  test("does not wait for what comes later", () => {
    expect(order([of(0, 1000, 1010), of(1, 900, 1400)])).toEqual([1000, 900]);
  });

  test("lets a clock that is ahead take along what is older of its device, and nobody else's", () => {
    const released = run([of(0, 60_000, 1000), of(0, 59_000, 1100), of(1, 1180, 1190)], 250);
    expect(released.map(([at, { ts }]) => [at, ts])).toEqual([
      [1250, 59_000],
      [1250, 60_000],
      [1450, 1180],
    ]);
  });

  test("any disorder within the window gives the order of event time", () => {
    const disordered = fc.array(fc.tuple(fc.nat(2), fc.nat(3000), fc.nat(200)), { maxLength: 60 });
    fc.assert(
      fc.property(disordered, (all) => {
        const arrivals = all
          .map(([subject, ts, delay]) => of(subject, ts, ts + delay))
          .sort((a, b) => a.arrival - b.arrival);
        expect(order(arrivals)).toEqual(arrivals.map(({ ts }) => ts).sort((a, b) => a - b));
      }),
    );
  });

  test("gives everything once, none before its time by more than what is newer has to wait", () => {
    fc.assert(
      fc.property(anyArrivals, (arrivals) => {
        const released = run(arrivals, 250);
        expect(new Set(released.map(([, one]) => one))).toEqual(new Set(arrivals));
        expect(released).toHaveLength(arrivals.length);
        for (const [at, { arrival }] of released) {
          expect(at).toBeGreaterThanOrEqual(arrival);
          expect(at).toBeLessThanOrEqual(arrival + 275);
        }
      }),
    );
  });

  test("releases at the same instants however often it is asked", () => {
    fc.assert(
      fc.property(anyArrivals, fc.array(fc.integer({ min: 10_000, max: 17_000 })), (all, ticks) => {
        const often = ticks.toSorted((a, b) => a - b);
        expect(run(all, 250, often)).toEqual(run(all, 250));
      }),
    );
  });

  test("without lateness holds only what is simultaneous", () => {
    expect(order([of(0, 5, 10), of(1, 3, 10), of(0, 4, 11)], 0)).toEqual([3, 5, 4]);
  });
});

describe("the clock of arrivals", () => {
  test("never goes back, and goes on where the station's clock is set back", () => {
    const clock = new ArrivalClock();
    const seen = [10_000, 10_500, 10_400, 3000, 3500, 12_000].map((at) => clock.at(at));
    expect(seen).toEqual([10_000, 10_500, 10_500, 10_500, 11_000, 19_500]);
    const again = new ArrivalClock(clock.state);
    expect(again.at(12_100)).toBe(clock.at(12_100));
  });
});
