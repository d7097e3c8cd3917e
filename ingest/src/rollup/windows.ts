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

/** The last midnight in Vietnam before 1970 began in Greenwich. */
const firstMidnight = dayOf(0);

/** The start of the interval of this length that an instant is in: days by Vietnam's clock, all else since 1970. */
export function startOf(ts: number, everyMs: number): number {
  const origin = everyMs % dayMs === 0 ? firstMidnight : 0;
  return Math.floor((ts - origin) / everyMs) * everyMs + origin;
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
