import type { Flag, Sample, Value } from "@kenh/schemas";
import { afterAll, describe, expect, test } from "vitest";
import { type Influxd, noInfluxd, startInfluxd } from "../../../test/support/influxd.ts";
import { gauge, registryOf } from "../../../test/support/registry.ts";
import type { RegisteredDevice } from "../registry.ts";
import { openInfluxdb } from "../stores/influxdb.ts";
import type { Store } from "../stores/store.ts";
import {
  type HistoryStation,
  openStation,
  plainly,
  type Reading,
  rolledOf,
} from "./history.fixture.ts";
import { readIntervals } from "./read.ts";
import { aggregatesOf } from "./shape.ts";

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];
/** 00:00 in Vietnam. */
const midnight = Date.parse("2026-10-04T17:00:00Z");
const twin = { ...gauge, identity: "82/29870/cau-cai-sau/muc-nuoc-01" };
const registry = registryOf(gauge, twin);
const lengths = { "1m": minute, "1h": hour, "1d": day } as const;
const startOf = (ts: number, length: number, zone = length === day ? "vn" : "utc"): number =>
  zone === "vn"
    ? Math.floor((ts + 7 * hour) / length) * length - 7 * hour
    : Math.floor(ts / length) * length;

/** Numbers from 0 to 1, the same for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const quantities = ["water_level_m", "echo_ok", "backlog_messages", "firmware"] as const;

/**
 * Readings of three days, some at the same instant with another value, some outside what is plausible: most of
 * them half a day out of order, some at any time, and many in one hour.
 */
function readingsOf(random: () => number, count: number): Sample[] {
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
  const samples = Array.from({ length: count }, (): Sample => {
    const spread = Math.floor((random() * 3 * day) / 20_000) * 20_000;
    const ts = midnight + (random() < 0.6 ? 30 * hour + Math.floor(random() * 720) * 5000 : spread);
    const values: Record<string, Value> = {};
    const qc: Record<string, Flag> = {};
    for (const name of quantities) {
      if (random() < 0.4) continue;
      const flag = pick([1, 1, 2, 2, 3, 4, 9] as const);
      if (flag !== 2 || random() < 0.5) qc[name] = flag;
      if (flag === 9 && random() < 0.7) continue;
      if (name === "echo_ok") values[name] = random() < 0.5;
      else if (name === "backlog_messages") values[name] = Math.floor(random() * 1000);
      else if (name === "firmware") values[name] = `v${Math.floor(random() * 9)}`;
      else values[name] = random() < 0.02 ? 99 : Math.round(random() * 1e6) / 1e5 - 1;
    }
    if (Object.keys(values).length + Object.keys(qc).length === 0) values.water_level_m = random();
    return { ts, values, qc };
  });
  const sentAt = samples.map((sample): [at: number, Sample] => {
    const late = random() < 0.8 ? sample.ts + random() * 12 * hour : midnight + random() * 3 * day;
    return [late, sample];
  });
  return sentAt.sort(([a], [b]) => a - b).map(([, sample]) => sample);
}

/** What the store has to have: the first value of an instant, and what is not plausible as failed. */
class Book {
  readonly #readings = new Map<string, Map<string, Map<number, Reading>>>();

  enter(device: string, { ts, values, qc = {} }: Sample): void {
    for (const name of new Set([...Object.keys(values), ...Object.keys(qc)])) {
      const of = this.of(device, name);
      if (of.has(ts)) continue;
      const value = values[name] ?? null;
      const given = qc[name] ?? 2;
      of.set(ts, {
        ts,
        value,
        flag: value === 99 && name === "water_level_m" && given !== 9 ? 4 : given,
      });
    }
  }

  of(device: string, quantity: string): Map<number, Reading> {
    const ofDevice = this.#readings.get(device) ?? new Map<string, Map<number, Reading>>();
    this.#readings.set(device, ofDevice);
    const readings = ofDevice.get(quantity) ?? new Map<number, Reading>();
    ofDevice.set(quantity, readings);
    return readings;
  }

  windows(
    device: string,
    quantity: string,
    length: number,
    { from = 0, to = 4e12, zone }: { from?: number; to?: number; zone?: "utc" | "vn" } = {},
  ) {
    const readings = [...this.of(device, quantity).values()].filter(
      ({ ts }) => ts >= from && ts <= to,
    );
    const byStart = Map.groupBy(readings, ({ ts }) => startOf(ts, length, zone));
    return new Map([...byStart].sort(([a], [b]) => a - b).map(([at, all]) => [at, plainly(all)]));
  }
}

let influxd: Influxd | undefined;
afterAll(() => influxd?.dispose());
let databases = 0;
const stores: Record<
  string,
  { skip?: string | undefined; open(): Promise<(() => Store) | undefined> }
> = {
  sqlite: { open: async () => undefined },
  "influxdb 1.x": {
    skip: noInfluxd(),
    async open() {
      influxd ??= await startInfluxd();
      const config = { url: influxd.url, version: 1, bucket: `kenh${databases++}` } as const;
      return () => openInfluxdb(config);
    },
  },
};

describe.each(Object.keys(stores))("in %s", (name) => {
  const { skip, open } = stores[name] as (typeof stores)[string];

  // Where readings are kept for a year and minutes for ever, there are minutes of all.
  test.skipIf(skip).each([
    { seed: 7, rawDays: 365 },
    { seed: 1949, rawDays: 0 },
  ])(
    `readings in any order, doubled, late, of every flag, with kills in between, are rolled up as a plain computation says (seed $seed)${skip ? ` (${skip})` : ""}`,
    async ({ seed, rawDays }) => {
      const random = randomOf(seed);
      const book = new Book();
      let station = openStation(registry, midnight, await open(), undefined, rawDays);
      const all = readingsOf(random, 520);
      for (let at = 0; at < all.length; ) {
        const samples = all.slice(at, at + 1 + Math.floor(random() * 40));
        at += samples.length;
        // What is many in one hour is the gauge's alone.
        const isMany = samples.some(
          ({ ts }) => ts - midnight >= 30 * hour && ts - midnight < 31 * hour,
        );
        const { identity } = isMany || random() < 0.5 ? gauge : twin;
        // The clock is somewhere in the three days, never before what it is told of.
        station.clock = Math.max(station.clock, ...samples.map(({ ts }) => ts));
        await station.send(identity, samples);
        for (const sample of samples) book.enter(identity, sample);
        if (random() < 0.3) await station.settle();
        if (random() < 0.15) station.history.rollup.checkpoint();
        if (random() < 0.1) station = await station.kill();
        // The same once more, as after a lost acknowledgement.
        if (random() < 0.1) await station.send(identity, samples.slice(0, 3));
      }
      for (const { identity } of [gauge, twin]) {
        for (const quantity of quantities)
          await expectStored(station.store, book, identity, quantity);
      }
      await expectIntervals(station, book, random, 12);
      station.clock = midnight + 4 * day;
      await station.settle();
      expect(waitingOf(station)).toBe(0);
      for (const { identity } of [gauge, twin]) {
        for (const quantity of quantities)
          await expectRolled(station.store, book, identity, quantity, rawDays > 0);
      }
      await expectIntervals(station, book, random, 25);
      await station.close();
    },
    120_000,
  );
});

const deviceOf = (identity: string) => registry.find(identity) as RegisteredDevice;
const waitingOf = (station: HistoryStation) => station.history.rollup.earliest().size;

/** What all that follows rests on: the store has the readings that the book has. */
async function expectStored(store: Store, book: Book, identity: string, quantity: string) {
  const { series, quantities: known } = deviceOf(identity);
  const fields = [{ name: quantity, type: known.get(quantity)?.type ?? "float" }] as const;
  const found = await store.query({ series, fields, from: 0, to: 4e12 });
  const wanted = [...book.of(identity, quantity).values()].sort((a, b) => a.ts - b.ts);
  expect(found.get(quantity)).toEqual(wanted.map(({ ts, value, flag }) => [ts, value, flag]));
}

async function expectRolled(
  store: Store,
  book: Book,
  identity: string,
  quantity: string,
  allMinutes: boolean,
) {
  for (const [level, length] of Object.entries(lengths)) {
    const found = await rolledOf(store, deviceOf(identity), quantity, level);
    const wanted = book.windows(identity, quantity, length);
    if (level === "1m" && !allMinutes) {
      const { size } = found;
      for (const start of wanted.keys()) if (!found.has(start)) wanted.delete(start);
      expect(size > 0, `minutes of ${quantity}`).toBe(identity === gauge.identity);
    }
    expect([...found.keys()], `${identity} ${quantity} ${level}`).toEqual([...wanted.keys()]);
    for (const [start, { mean, ...exact }] of wanted) {
      const { mean: written, ...others } = found.get(start) ?? {};
      expect(others, `${quantity} ${level} ${start}`).toEqual(exact);
      // The mean of a day is that of its hours, each with its count: the same but for the last bits.
      if (level !== "1d" || mean === null) expect(written).toBe(mean);
      else expect(Math.abs((written as number) - mean)).toBeLessThan(1e-12);
    }
  }
}

/** Asks for random spans, intervals and aggregates, and compares what comes with the book. */
async function expectIntervals(
  { store, history }: HistoryStation,
  book: Book,
  random: () => number,
  times: number,
) {
  const everies = [30_000, minute, 5 * minute, hour, 2 * hour, 6 * hour, day, 2 * day];
  for (let round = 0; round < times; round++) {
    const quantity = quantities[round % quantities.length] as string;
    const device = deviceOf(gauge.identity);
    const { type } = device.quantities.get(quantity) ?? { type: "float" };
    const known = aggregatesOf(type);
    const aggregate = known[Math.floor(random() * known.length)] ?? "count";
    const everyMs = everies[Math.floor(random() * everies.length)] ?? hour;
    const zone = random() < 0.5 ? "utc" : "vn";
    const from = midnight + Math.floor(random() * 2 * day);
    const to = from + Math.floor(random() * 2 * day);
    const query = {
      device,
      quantity: { name: quantity, type },
      everyMs,
      zone,
      aggregate,
      from,
      to,
    } as const;
    const found = await readIntervals({ store, rollup: history.rollup }, query);
    const wanted = book.windows(gauge.identity, quantity, everyMs, { from, to, zone });
    const what = `${aggregate} of ${quantity} every ${everyMs} ${zone} from ${from} to ${to}`;
    expect(
      found.map(([ts, , flag]) => [ts, flag]),
      what,
    ).toEqual([...wanted].map(([ts, { worst }]) => [ts, worst]));
    for (const [ts, value] of found) {
      const plain = wanted.get(ts)?.[aggregate] ?? null;
      if (aggregate === "mean" && plain !== null)
        expect(Math.abs((value as number) - (plain as number)), what).toBeLessThan(1e-9);
      else expect(value, what).toBe(plain);
    }
  }
}
