import { type Flag, flags, isTrusted } from "@kenh/schemas";
import type { SeriesPoint } from "../stores/store.ts";
import { leastCoverage } from "./vn-aqi.ts";

export const hourMs = 3_600_000;

/** The mean of an hour and how far it is to be believed: as far as the least of its readings. */
export interface HourMean {
  readonly mean: number;
  readonly flag: Flag;
}

/**
 * The mean of the readings of an hour flagged 1 or 2; undefined where they cover less than three
 * quarters of it. A reading covers the time to the next one, whatever that one is worth, but no more
 * than an interval: neither a burst nor a single reading stands for an hour.
 * @param readings of the hour, in order of time
 * @param intervalMs expected time between two readings
 */
export function hourMean(
  readings: readonly SeriesPoint[],
  intervalMs: number,
): HourMean | undefined {
  let sum = 0;
  let count = 0;
  let coveredMs = 0;
  let flag: Flag = flags.pass;
  readings.forEach(([ts, value, given], at) => {
    if (typeof value !== "number" || !isTrusted(given)) return;
    sum += value;
    count += 1;
    if (given > flag) flag = given;
    // The last one reaches as far beyond the hour as the first one came into it.
    const next = readings[at + 1]?.[0] ?? Number.POSITIVE_INFINITY;
    coveredMs += Math.min(next - ts, intervalMs);
  });
  if (count === 0 || coveredMs < leastCoverage * hourMs) return undefined;
  return { mean: sum / count, flag };
}

/**
 * How far apart a station's readings really are: the median of their distances, an hour where there
 * is but one reading. Many a station sends more rarely than its profile says.
 */
export function spacingOf(readings: readonly SeriesPoint[]): number {
  const apart = readings
    .slice(1)
    .map(([ts], at) => ts - (readings[at] as SeriesPoint)[0])
    .sort((a, b) => a - b);
  return Math.min(apart[apart.length >>> 1] ?? hourMs, hourMs);
}
