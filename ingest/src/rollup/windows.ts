import { dayMs, dayOf } from "../derive/spans.ts";
import type { Series } from "../stores/store.ts";

/** The windows that readings are rolled up into, from the finest to the coarsest. */
export const levels = ["1m", "1h", "1d"] as const;
export type Level = (typeof levels)[number];

export const hourMs = 3_600_000;
export const lengthMs: Readonly<Record<Level, number>> = {
  "1m": 60_000,
  "1h": hourMs,
  "1d": dayMs,
};

/** From where intervals are counted: 1970 in Greenwich, or the midnight in Vietnam just before it. */
const origins = { utc: 0, vn: dayOf(0) } as const;
/** By whose clock an interval begins; the roll-ups of days are Vietnam's. */
export const zones = ["utc", "vn"] as const;
export type Zone = (typeof zones)[number];

/** The start of the interval of this length that an instant is in. */
export function startOf(ts: number, everyMs: number, zone: Zone = "utc"): number {
  const origin = origins[zone];
  return Math.floor((ts - origin) / everyMs) * everyMs + origin;
}

/** The start of the window that an instant is in. */
export function windowOf(ts: number, level: Level): number {
  return startOf(ts, lengthMs[level], level === "1d" ? "vn" : "utc");
}

const rolled = new Map(levels.map((level) => [level, new WeakMap<Series, Series>()]));

/** Where the roll-ups of a series stand: the same tags, and a measurement of their own, such as `water_1h`. */
export function rolledSeries(series: Series, level: Level): Series {
  const known = rolled.get(level) as WeakMap<Series, Series>;
  let found = known.get(series);
  if (!found) {
    found = { ...series, measurement: `${series.measurement}_${level}` };
    known.set(series, found);
  }
  return found;
}

const suffix = new RegExp(`_(${levels.join("|")})$`);

/** Whose roll-ups a measurement has, and how long their windows are; `raw` for one of readings. */
export function levelOf(measurement: string): {
  readonly of: string;
  readonly level: Level | "raw";
} {
  const level = suffix.exec(measurement)?.[1] as Level | undefined;
  if (!level) return { of: measurement, level: "raw" };
  return { of: measurement.slice(0, -level.length - 1), level };
}
