import type { FieldType, Flag, Value } from "@kenh/schemas";
// biome-ignore lint/correctness/noUndeclaredDependencies: for tests alone; the repository has one vitest
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  type Batch,
  type Field,
  PermanentError,
  type Point,
  type Series,
  type SeriesPoint,
  type Store,
} from "./store.ts";

/** A store under test together with the real thing behind it. */
export interface Subject {
  /** Opens a store as the product does. */
  open(): Promise<Store> | Store;
  /** Ends the process behind the store at once (SIGKILL); absent for an embedded store. */
  kill?(): Promise<void>;
  /** Starts that process again on its data. */
  revive?(): Promise<void>;
  /** Writes a string into the field of this series as another program would; absent where none can. */
  storeString?(series: Series, field: string, ts: number): Promise<void>;
  /** Which of the awkward tag values it can't keep as they are, and refuses. */
  readonly refusedTags?: readonly string[];
  dispose(): Promise<void>;
}

const start = Date.UTC(2026, 0, 1);
const minute = 60_000;

/** Tags and names that a careless writer or query trips over. */
const awkward = [
  "two words",
  "a,b=c",
  'say "hi"',
  "o'clock",
  "back\\slash",
  "a\\,b\\ c\\=d",
  "cầu Cao Lãnh 🌊",
  `' OR '1'='1`,
  `x" OR "device" = 'a'`,
  "tab\there",
  "-- comment /* */ ;",
] as const;

/**
 * What every store must do, shown on the real one. Each test has a series of its own.
 * @param skip why the real thing can't be had here; a text skips with this reason
 */
export function storeConformance(
  name: string,
  skip: string | undefined,
  makeSubject: () => Promise<Subject>,
): void {
  describe.skipIf(skip)(`${name} keeps the contract of a store${skip ? ` (${skip})` : ""}`, () => {
    let subject: Subject;
    let store: Store;
    let made = 0;
    const opened: Store[] = [];

    beforeAll(async () => {
      subject = await makeSubject();
    });
    afterAll(async () => {
      await subject?.dispose();
    });
    afterEach(async () => {
      for (const one of opened.splice(0)) await one.close();
    });

    async function open(): Promise<Store> {
      const one = await subject.open();
      opened.push(one);
      return one;
    }
    function newSeries(device = "gauge"): Series {
      made++;
      const tags = { province: "82", unit: "29869", site: `site-${made}`, device };
      return { measurement: "water", tags: Object.entries(tags) };
    }
    async function readAll(
      series: Series,
      fieldName: string,
      type: FieldType = "float",
    ): Promise<readonly SeriesPoint[]> {
      const fields = [{ name: fieldName, type }];
      const found = await store.query({ series, fields, from: start - 1e9, to: start + 1e9 });
      return found.get(fieldName) ?? [];
    }

    test("every point comes back once, in order of time, whatever the order of writing", async () => {
      store = await open();
      const series = newSeries();
      const ids = Array.from({ length: 500 }, (_, i) => i);
      const shuffled = ids.toSorted((a, b) => ((a * 7919) % 500) - ((b * 7919) % 500));
      await store.write(shuffled.map((id) => level(series, start + id * minute, id)));
      const read = await readAll(series, "water_level_m");
      expect(read).toEqual(ids.map((id) => [start + id * minute, id, 1]));
    });

    test("a point written again is one point", async () => {
      store = await open();
      const series = newSeries();
      const batch = [level(series, start, 1.93, 3), level(series, start + minute, 1.94)];
      await store.write(batch);
      await store.write(batch);
      await store.write([...batch, ...batch]);
      expect(await readAll(series, "water_level_m")).toEqual([
        [start, 1.93, 3],
        [start + minute, 1.94, 1],
      ]);
    });

    test("each type comes back as it was given", async () => {
      store = await open();
      const values: Record<FieldType, readonly Value[]> = {
        float: [0, -0.64, 1.93, 6632243, 1.5e-7, 123456.789],
        integer: [0, -1, 42, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER],
        boolean: [true, false],
        string: [
          "",
          "mở",
          "1",
          "true",
          'a "b" \\ c\\',
          "two\nlines",
          "nul\0nul",
          "cấp 🌊",
          " , = ",
        ],
      };
      for (const [type, given] of Object.entries(values) as [FieldType, Value[]][]) {
        if (store.limits.unsupportedTypes.includes(type)) continue;
        const series = newSeries();
        await store.write(
          given.map((value, i) => point(series, start + i, [field(`a_${type}`, type, value)])),
        );
        const read = await readAll(series, `a_${type}`, type);
        expect(read, type).toEqual(given.map((value, i) => [start + i, value, 1]));
      }
    });

    test("a type that can't be held is refused for ever", async () => {
      store = await open();
      const samples: Record<FieldType, Value> = {
        float: 1.5,
        integer: 1,
        boolean: true,
        string: "x",
      };
      for (const type of store.limits.unsupportedTypes) {
        const bad = point(newSeries(), start, [field("v", type, samples[type])]);
        await expect(store.write([bad]), type).rejects.toThrow(PermanentError);
      }
    });

    test("flags stand beside their values, and a missing reading has its flag alone", async () => {
      store = await open();
      const series = newSeries();
      const given: [number, number | null, Flag][] = [
        [start, 1, 1],
        [start + 1, 2, 2],
        [start + 2, 3, 3],
        [start + 3, 4, 4],
        [start + 4, null, 9],
        [start + 5, 5, 9],
      ];
      await store.write(given.map(([ts, value, flag]) => level(series, ts, value, flag)));
      expect(await readAll(series, "water_level_m")).toEqual(given);
    });

    test("several fields of an instant are told apart; one without points is an empty list", async () => {
      store = await open();
      const series = newSeries();
      const temperature = field("water_temperature_c", "float", 28.5, 2);
      await store.write([
        point(series, start, [field("water_level_m", "float", 1), temperature]),
        level(series, start + 1, 2),
      ]);
      const names = ["water_level_m", "water_temperature_c", "battery_v"];
      const fields = names.map((one) => ({ name: one, type: "float" as const }));
      const found = await store.query({ series, fields, from: start, to: start + 1 });
      expect(Object.fromEntries(found)).toEqual({
        water_level_m: [
          [start, 1, 1],
          [start + 1, 2, 1],
        ],
        water_temperature_c: [[start, 28.5, 2]],
        battery_v: [],
      });
    });

    test("a series that was never written has no points", async () => {
      store = await open();
      expect(await readAll(newSeries(), "water_level_m")).toEqual([]);
      expect(await readAll({ measurement: "nothing", tags: [] }, "water_level_m")).toEqual([]);
    });

    test("from and to are both included", async () => {
      store = await open();
      const series = newSeries();
      await store.write([0, 1, 2, 3, 4].map((i) => level(series, start + i, i)));
      const fields = [{ name: "water_level_m", type: "float" as const }];
      const found = await store.query({ series, fields, from: start + 1, to: start + 3 });
      expect(found.get("water_level_m")?.map(([, value]) => value)).toEqual([1, 2, 3]);
    });

    test("it knows of whom it has something, since when, and forgets of one measurement of one unit what is older", async (context) => {
      store = await open();
      if (!store.limits.forgets) {
        expect(await store.places()).toEqual([]);
        return context.skip("it keeps all that it has for the same time");
      }
      const of = (
        measurement: string,
        province: string,
        unit: string,
        device = "gauge",
      ): Series => ({
        measurement,
        tags: Object.entries({ province, unit, site: "forget", device }),
      });
      const mine = [of("water_x", "82", "so-nnmt"), of("water_x", "82", "so-nnmt", "other")];
      const others = [
        of("water_x", "82", "o'clock"),
        of("water_x", "83", "so-nnmt"),
        of("water", "82", "so-nnmt"),
        of("water_x_1h", "82", "so-nnmt"),
      ];
      const count = 300;
      for (const series of [...mine, ...others]) {
        await store.write(
          Array.from({ length: count }, (_, i) =>
            level(series, start + i * minute, i, i % 2 ? 1 : 3),
          ),
        );
      }
      const [first] = mine as [Series];
      const place = { measurement: "water_x", province: "82", unit: "so-nnmt" };
      const found = (await store.places()).filter(({ measurement }) => measurement === "water_x");
      expect(found).toHaveLength(3);
      expect(found).toContainEqual(place);
      expect(found).toContainEqual({ ...place, unit: "o'clock" });
      expect(await store.oldest()).toBeLessThanOrEqual(start);
      const left = async (series: Series) =>
        (await readAll(series, "water_level_m")).map(([, value]) => value);
      await store.forget(place, start + 100 * minute);
      for (const series of mine) expect((await left(series))[0]).toBe(100);
      await store.forget(place, start + 250 * minute, start + 100 * minute);
      for (const series of mine) expect(await left(series)).toEqual(range(250, count));
      for (const series of others) expect(await left(series)).toEqual(range(0, count));
      // What comes late is stored there all the same, and goes the next time.
      await store.write([level(first, start + 7 * minute, 7)]);
      expect(await left(first)).toEqual([7, ...range(250, count)]);
      await store.forget(place, start + 250 * minute);
      expect(await left(first)).toEqual(range(250, count));
      const hours = of("water_x_1h", "82", "so-nnmt");
      await store.forget({ ...place, measurement: "water_x_1h" }, start + 299 * minute);
      expect(await left(hours)).toEqual([299]);
    });

    test.each(awkward)(
      "the tag value %j is kept and finds its own points only, or refused",
      async (text) => {
        store = await open();
        const series = newSeries(text);
        const other: Series = {
          ...series,
          tags: series.tags.map(([key, value]) => [key, key === "device" ? "other" : value]),
        };
        if (subject.refusedTags?.includes(text)) {
          await expect(store.write([level(series, start, 1)])).rejects.toThrow(PermanentError);
          return;
        }
        await store.write([level(series, start, 1), level(other, start, 2)]);
        expect(await readAll(series, "water_level_m")).toEqual([[start, 1, 1]]);
        expect(await readAll(other, "water_level_m")).toEqual([[start, 2, 1]]);
      },
    );

    test("a batch of the greatest size is taken whole, as many at once as it says", async () => {
      store = await open();
      const { maxPoints, maxConcurrentWrites } = store.limits;
      const all = Array.from({ length: maxConcurrentWrites }, () => newSeries());
      await Promise.all(
        all.map((series) =>
          store.write(Array.from({ length: maxPoints }, (_, i) => level(series, start + i, i))),
        ),
      );
      for (const series of all) {
        const read = await readAll(series, "water_level_m");
        expect(read.length).toBe(maxPoints);
        expect(read.every(([ts, value], i) => ts === start + i && value === i)).toBe(true);
      }
    });

    const bad: Record<string, (series: Series) => Point> = {
      "a number that is not finite": (series) => level(series, start + 999, Number.NaN),
      "a value of another type": (series) =>
        point(series, start + 999, [field("water_level_m", "float", "high")]),
      "a broken integer": (series) => point(series, start + 999, [field("count", "integer", 1.5)]),
      "neither value nor flag": (series) => level(series, start + 999, null, 1),
      "no field": (series) => point(series, start + 999, []),
      "a time that is not whole": (series) => level(series, start + 0.5, 1),
      "a tag with half a character": (series) =>
        level({ ...series, tags: [...series.tags, ["rule", "\ud800"]] }, start + 999, 1),
      "an empty tag": (series) => level({ ...series, tags: [["site", ""]] }, start + 999, 1),
    };
    test.each(Object.keys(bad))(
      "a batch with %s is refused, and halving finds it",
      async (what) => {
        store = await open();
        const series = newSeries();
        const good = Array.from({ length: 33 }, (_, i) => level(series, start + i, i));
        const wrong = bad[what]?.(series) as Point;
        const batch = [...good.slice(0, 20), wrong, ...good.slice(20)];
        const refused = await writeByHalves(store, batch);
        expect(refused).toEqual([wrong]);
        expect(await readAll(series, "water_level_m")).toEqual(
          good.map((_, i) => [start + i, i, 1]),
        );
      },
    );

    test("a conflict of types in the store is refused, with its words, and halving finds it", async (context) => {
      if (!subject.storeString) return context.skip("nobody else writes to this store");
      store = await open();
      const series = newSeries();
      await store.write([level(series, start, 0)]);
      await subject.storeString(series, "note", start);
      const note = field("note", "float", 1);
      const wrong = point(series, start + 7, [note]);
      await expect(store.write([wrong])).rejects.toThrow(/note.*(type|string)/);
      const good = Array.from({ length: 20 }, (_, i) => level(series, start + i, i));
      const refused = await writeByHalves(store, [...good.slice(0, 9), wrong, ...good.slice(9)]);
      expect(refused).toEqual([wrong]);
      expect(await readAll(series, "water_level_m")).toEqual(good.map((_, i) => [start + i, i, 1]));
    });

    test("what was written is there after a crash; an outage is no refusal, and passes", async (context) => {
      const { kill, revive } = subject;
      if (!kill || !revive) return context.skip("there is no process behind this store");
      store = await open();
      const series = newSeries();
      await store.write([level(series, start, 1)]);
      await kill();
      const outage = await store.write([level(series, start + 1, 2)]).catch((error) => error);
      expect(outage).toBeInstanceOf(Error);
      expect(outage).not.toBeInstanceOf(PermanentError);
      await expect(readAll(series, "water_level_m")).rejects.toThrow();
      await revive();
      expect(await readAll(series, "water_level_m")).toEqual([[start, 1, 1]]);
      await store.write([level(series, start + 1, 2)]);
      expect(await readAll(series, "water_level_m")).toEqual([
        [start, 1, 1],
        [start + 1, 2, 1],
      ]);
    });

    test("it opens again on what was stored", async () => {
      store = await open();
      const series = newSeries();
      await store.write([level(series, start, 1)]);
      await store.close();
      store = await open();
      expect(await readAll(series, "water_level_m")).toEqual([[start, 1, 1]]);
    });

    test("an empty batch is nothing", async () => {
      store = await open();
      await store.write([]);
    });

    test("it closes once and may be told so twice; then it takes nothing", async () => {
      store = await open();
      await store.close();
      await store.close();
      const refusal = await store.write([level(newSeries(), start, 1)]).catch((error) => error);
      expect(refusal).toBeInstanceOf(Error);
      expect(refusal).not.toBeInstanceOf(PermanentError);
    });
  });
}

function field(name: string, type: FieldType, value: Value | null, flag: Flag = 1): Field {
  return { name, type, value, flag };
}

function point(series: Series, ts: number, fields: readonly Field[]): Point {
  return { series, ts, fields };
}

function level(series: Series, ts: number, value: number | null, flag: Flag = 1): Point {
  return point(series, ts, [field("water_level_m", "float", value, flag)]);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

/** Writes all that the store takes, and gives the points that it refuses. */
async function writeByHalves(store: Store, batch: Batch): Promise<Point[]> {
  try {
    await store.write(batch);
    return [];
  } catch (error) {
    if (!(error instanceof PermanentError)) throw error;
    if (batch.length === 1) return [...batch];
    const middle = batch.length >> 1;
    const left = await writeByHalves(store, batch.slice(0, middle));
    return [...left, ...(await writeByHalves(store, batch.slice(middle)))];
  }
}
