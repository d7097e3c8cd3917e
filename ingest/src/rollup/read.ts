import type { FieldType, Flag, Value } from "@kenh/schemas";
import { dayMs, dayOf } from "../derive/spans.ts";
import { type Times, windowsOf } from "../destinations/history.ts";
import type { RegisteredDevice } from "../registry.ts";
import type { SeriesPoint, Store } from "../stores/store.ts";
import { type Figures, Tally } from "./figures.ts";
import { placeOf } from "./gone.ts";
import { partOf } from "./parts.ts";
import type { Rollup } from "./rollup.ts";
import { type Aggregate, readRolled } from "./shape.ts";
import { hourMs, type Level, lengthMs, levels, startOf, windowOf, type Zone } from "./windows.ts";

/** One aggregate of one quantity, interval by interval. */
export interface IntervalQuery extends Times {
  readonly device: RegisteredDevice;
  readonly quantity: { readonly name: string; readonly type: FieldType };
  readonly everyMs: number;
  readonly zone: Zone;
  readonly aggregate: Aggregate;
}

/** What is known of windows. */
export type Windows = Pick<Rollup, "waiting" | "survey" | "gone">;

/** Where an answer comes from. */
export interface HistorySources {
  readonly store: Pick<Store, "query" | "limits">;
  /** Which windows of a device hold all that there is; without it readings alone answer. */
  readonly rollup?: Windows | undefined;
}

/** A stretch of time, its end exclusive, and what answers for it. */
interface Stretch {
  readonly source: Level | "raw";
  readonly from: number;
  readonly end: number;
}

/** How much is read at once, so that an answer over years is not in memory twice. */
const readMs: Readonly<Record<Stretch["source"], number>> = {
  raw: dayMs,
  "1m": 7 * dayMs,
  "1h": 400 * dayMs,
  "1d": 10_000 * dayMs,
};

/**
 * Intervals that have readings, in order: `[start, aggregate, worst flag]`. Whole windows that are rolled up
 * answer for themselves; readings do for the rest, as long as there are any. The same from every store, for
 * no store is asked to compute.
 */
export async function readIntervals(
  { store, rollup }: HistorySources,
  query: IntervalQuery,
): Promise<SeriesPoint[]> {
  const { device, quantity, everyMs, zone, aggregate } = query;
  const intervals = new Map<number, Tally>();
  const at = (ts: number): Tally => {
    const start = startOf(ts, everyMs, zone);
    let tally = intervals.get(start);
    if (!tally) {
      tally = new Tally();
      intervals.set(start, tally);
    }
    return tally;
  };
  const gone = rollup?.gone.before(placeOf(device.series)) ?? Number.NEGATIVE_INFINITY;
  const of = [...new Set<Aggregate>(["count", "worst", aggregate])];

  async function readings({ from, to }: Times): Promise<readonly SeriesPoint[]> {
    const first = Math.max(from, gone);
    if (first > to) return [];
    const found = await store.query({
      ...{ series: device.series, fields: [quantity] },
      ...{ from: first, to },
    });
    return found.get(quantity.name) ?? [];
  }
  async function windows(level: Level, times: Times): Promise<ReadonlyMap<number, Figures>> {
    const found = await readRolled(store, device.series, [quantity], level, times, of);
    return found.get(quantity.name) ?? new Map();
  }
  /** Minutes, and the readings of hours of which not all minutes are written. */
  async function minutes(times: Times): Promise<void> {
    const whole = {
      from: startOf(times.from, hourMs),
      to: startOf(times.to, hourMs) + hourMs - 1,
    };
    const rolled = await windows("1m", whole);
    const hours = await windows("1h", whole);
    const counted = new Map<number, number>();
    for (const [start, { count }] of rolled) {
      const hour = startOf(start, hourMs);
      counted.set(hour, (counted.get(hour) ?? 0) + count);
    }
    const answers = (hour: number): boolean =>
      hour < gone || counted.get(hour) === hours.get(hour)?.count;
    const entries: [number, (tally: Tally) => void][] = [];
    for (const [start, figures] of rolled) {
      if (start < times.from || start > times.to || !answers(startOf(start, hourMs))) continue;
      entries.push([start, (tally) => tally.addFigures(figures)]);
    }
    for (const run of runsOf([...hours.keys()].filter((hour) => !answers(hour)))) {
      const within = { from: Math.max(run.from, times.from), to: Math.min(run.to, times.to) };
      for (const [ts, value, flag] of await readings(within))
        entries.push([ts, (tally) => tally.add(value, flag)]);
    }
    entries.sort(([a], [b]) => a - b);
    for (const [ts, enter] of entries) enter(at(ts));
  }

  for (const { source, from, end } of stretchesOf(query, rollup, gone)) {
    for (const times of windowsOf({ from, to: end - 1 }, readMs[source])) {
      if (source === "raw") {
        for (const [ts, value, flag] of await readings(times)) at(ts).add(value, flag);
      } else if (source === "1m") await minutes(times);
      else {
        for (const [ts, figures] of await windows(source, times)) at(ts).addFigures(figures);
      }
    }
  }
  return [...intervals].map(([start, tally]): [number, Value | null, Flag] => {
    const figures = tally.figures();
    return [start, figures[aggregate], figures.worst];
  });
}

/** Hours that follow each other, both ends inclusive in milliseconds. */
function runsOf(hours: readonly number[]): Times[] {
  const runs: { from: number; to: number }[] = [];
  for (const hour of hours) {
    const before = runs.at(-1);
    if (before && before.to + 1 === hour) before.to = hour + hourMs - 1;
    else runs.push({ from: hour, to: hour + hourMs - 1 });
  }
  return runs;
}

/** Cuts a span into stretches, each with the coarsest that answers for it: a day, an hour, a minute, the readings. */
function stretchesOf(
  { device: { identity }, from, to, everyMs, zone }: IntervalQuery,
  rollup: Windows | undefined,
  gone: number,
): Stretch[] {
  const fits = (level: Level): boolean =>
    everyMs % lengthMs[level] === 0 && (level !== "1d" || zone === "vn");
  const usable = rollup ? levels.filter(fits) : [];
  const stretches: Stretch[] = [];

  function add(stretch: Stretch): void {
    const before = stretches.at(-1);
    if (before?.source === stretch.source && before.end === stretch.from)
      stretches.splice(-1, 1, { ...stretch, from: before.from });
    else stretches.push(stretch);
  }
  function isWhole(level: Level, start: number): boolean {
    if (start < gone) return true;
    if (!rollup?.survey.covers(identity)) return false;
    const { day, bit } = partOf(start);
    const waiting = rollup.waiting(identity, day);
    return level === "1d" ? waiting === 0 : (waiting & bit) === 0;
  }
  function cover(start: number, end: number, coarsest: number): void {
    const level = usable[coarsest];
    if (start >= end) return;
    if (!level) {
      add({ source: "raw", from: start, end });
      return;
    }
    const length = lengthMs[level];
    const first = windowOf(start + length - 1, level);
    const last = windowOf(end, level);
    if (first >= last) {
      cover(start, end, coarsest - 1);
      return;
    }
    cover(start, first, coarsest - 1);
    // What is whole is known of hours, and of days.
    const step = level === "1d" ? dayMs : hourMs;
    for (let at = first; at < last; ) {
      const next = Math.min(last, (level === "1d" ? dayOf(at) : startOf(at, hourMs)) + step);
      if (isWhole(level, at)) add({ source: level, from: at, end: next });
      else cover(at, next, coarsest - 1);
      at = next;
    }
    cover(last, end, coarsest - 1);
  }
  cover(from, to + 1, usable.length - 1);
  return stretches;
}
