import { describe, expect, test } from "vitest";
import { steadfast, type Writer, writeAll } from "./persist.ts";
import { type Batch, PermanentError, type Point } from "./stores/store.ts";

const point = (ts: number): Point => ({
  series: { measurement: "water", tags: [["device", "muc-nuoc"]] },
  ts,
  fields: [{ name: "water_level_m", type: "float", value: ts, flag: 1 }],
});
const points = (...times: number[]): Batch => times.map(point);

/** Takes what it is offered, or throws what its owner says; it remembers each offer. */
function taker(maxPoints = 100) {
  const made = {
    offered: [] as Batch[],
    taken: [] as number[],
    fault: (_: Batch): Error | undefined => undefined,
    limits: { maxPoints, maxConcurrentWrites: 1, unsupportedTypes: [], forgets: true },
    async write(batch: Batch) {
      made.offered.push(batch);
      const fault = made.fault(batch);
      if (fault) throw fault;
      made.taken.push(...batch.map(({ ts }) => ts));
    },
  };
  return made satisfies Writer;
}
const down = () => new Error("down");

describe("a steadfast writer", () => {
  test("offers what failed as the same batch, before what comes next", async () => {
    const store = taker();
    const { write } = steadfast(store);
    store.fault = down;
    const first = points(1, 2);
    await expect(write(first)).rejects.toThrow("down");
    await expect(write(points(1, 2, 3))).rejects.toThrow("down");
    expect(store.offered).toEqual([first, first]);
    store.fault = () => undefined;
    await write(points(1, 2, 3, 4));
    expect(store.offered[2]).toBe(first);
    expect(store.taken).toEqual([1, 2, 1, 2, 3, 4]);
    await write(points(5));
    expect(store.offered).toHaveLength(5);
  });

  test("writes what failed where nothing comes after it", async () => {
    const store = taker();
    const { write } = steadfast(store);
    await write([]);
    expect(store.offered).toEqual([]);
    store.fault = down;
    await expect(write(points(1))).rejects.toThrow("down");
    store.fault = () => undefined;
    await write([]);
    await write([]);
    expect(store.taken).toEqual([1]);
  });

  test("holds nothing of what is refused for ever", async () => {
    const store = taker();
    const { write } = steadfast(store);
    store.fault = down;
    await expect(write(points(1))).rejects.toThrow("down");
    const refuse = new PermanentError("of another type");
    store.fault = ([of]) => (of?.ts === 1 ? refuse : undefined);
    await write(points(2));
    await expect(write(points(1))).rejects.toThrow(refuse);
    await write([]);
    expect(store.taken).toEqual([2]);
    expect(store.offered).toHaveLength(4);
  });
});

describe("writing all", () => {
  test("passes over what is refused for ever, and says how much that is", async () => {
    const store = taker(4);
    store.fault = (batch) =>
      batch.some(({ ts }) => ts % 5 === 0) ? new PermanentError("five") : undefined;
    const refused = await writeAll(store, points(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
    expect(refused).toEqual({ points: 2, why: "five" });
    expect(store.taken).toEqual([1, 2, 3, 4, 6, 7, 8, 9]);
    expect(Math.max(...store.offered.map(({ length }) => length))).toBeLessThanOrEqual(4);
  });

  test("ends where the store does not answer", async () => {
    const store = taker();
    store.fault = down;
    await expect(writeAll(store, points(1, 2))).rejects.toThrow("down");
    expect(store.offered).toHaveLength(1);
  });
});
