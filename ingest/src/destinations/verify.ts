import { createHash } from "node:crypto";
import { setImmediate as breathe } from "node:timers/promises";
import type { Identity } from "@kenh/schemas";
import type { RegisteredDevice } from "../registry.ts";
import type { SeriesPoint, Store } from "../stores/store.ts";
import { fieldsOf, inOrder, type Times, windowsOf } from "./history.ts";

/** What a store has of one quantity of one device on one day (UTC). */
export interface DaySum {
  readonly count: number;
  /** Of its numbers. */
  readonly sum: number;
  /** Over every time, value and flag. */
  readonly checksum: string;
}

/** A day and series in which two stores differ. */
export interface Difference {
  readonly device: Identity;
  readonly quantity: string;
  /** `yyyy-mm-dd`, UTC. */
  readonly day: string;
  readonly here: DaySum;
  readonly there: DaySum;
}

/** Two stores held against each other. */
export interface Verification {
  readonly series: number;
  /** Days of series that were compared, without those that are empty in both. */
  readonly days: number;
  readonly readings: { readonly here: number; readonly there: number };
  readonly differing: number;
  /** The first of them. */
  readonly differences: readonly Difference[];
}

const dayMs = 86_400_000;
const shown = 100;

/** Compares day by day and series by series what two stores have of some devices. */
export async function verify(
  here: Pick<Store, "query" | "limits">,
  there: Pick<Store, "query" | "limits">,
  devices: readonly RegisteredDevice[],
  times: Times,
): Promise<Verification> {
  const differences: Difference[] = [];
  const readings = { here: 0, there: 0 };
  const series = new Set<string>();
  let [days, differing] = [0, 0];
  for (const device of inOrder(devices)) {
    const fields = fieldsOf(device, here, there);
    for (const window of windowsOf(times)) {
      const query = { series: device.series, fields, ...window };
      const [a, b] = await Promise.all([here.query(query), there.query(query)]);
      for (const { name } of fields) {
        const [one, other] = [sums(a.get(name)), sums(b.get(name))];
        for (const day of new Set([...one.keys(), ...other.keys()])) {
          const pair = { here: one.get(day) ?? none, there: other.get(day) ?? none };
          days++;
          series.add(`${device.identity} ${name}`);
          readings.here += pair.here.count;
          readings.there += pair.there.count;
          if (pair.here.checksum === pair.there.checksum) continue;
          differing++;
          if (differences.length < shown)
            differences.push({ device: device.identity, quantity: name, day, ...pair });
        }
      }
      // The embedded store answers without waiting for anything: accepting goes on in between.
      await breathe();
    }
  }
  return { series: series.size, days, readings, differing, differences };
}

const none: DaySum = { count: 0, sum: 0, checksum: "" };

function sums(points: readonly SeriesPoint[] = []): Map<string, DaySum> {
  const byDay = new Map<number, SeriesPoint[]>();
  for (const point of points) {
    const day = Math.floor(point[0] / dayMs);
    const all = byDay.get(day) ?? [];
    byDay.set(day, all);
    all.push(point);
  }
  return new Map(
    [...byDay].map(([day, all]) => {
      const hash = createHash("sha256");
      let sum = 0;
      for (const [ts, value, flag] of all) {
        hash.update(`${ts} ${JSON.stringify(value)} ${flag}\n`);
        if (typeof value === "number") sum += value;
      }
      const checksum = hash.digest("hex").slice(0, 16);
      return [
        new Date(day * dayMs).toISOString().slice(0, 10),
        { count: all.length, sum, checksum },
      ];
    }),
  );
}
