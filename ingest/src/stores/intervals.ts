import type { FieldType, Flag, Value } from "@kenh/schemas";
import type { SeriesPoint } from "./store.ts";

/** Whether an interval of this type has a mean; of others it has the last value. */
export function averaged(type: FieldType): boolean {
  return type === "float" || type === "integer";
}

/** Gathers points in order of time into one for each interval that has any; for stores that don't do so themselves. */
export interface Intervals {
  /** Takes the next point of one field. */
  add(ts: number, value: Value | null, flag: Flag): void;
  /** What was gathered: `[start of the interval, mean or last value, worst flag]`. */
  points(): SeriesPoint[];
}

/**
 * Intervals of `everyMs`, aligned to 1970: the mean of numbers, the last of other values, the greatest
 * flag. An interval of missing readings alone has the value null; one without readings is absent.
 */
export function gatherIntervals(everyMs: number, type: FieldType): Intervals {
  const numeric = averaged(type);
  const done: SeriesPoint[] = [];
  let start = Number.NaN;
  let sum = 0;
  let count = 0;
  let last: Value | null = null;
  let worst: Flag = 1;

  function finish(): void {
    if (Number.isNaN(start)) return;
    const value = numeric ? (count > 0 ? sum / count : null) : last;
    done.push([start, value, worst]);
  }

  return {
    add(ts, value, flag) {
      const interval = Math.floor(ts / everyMs) * everyMs;
      if (interval !== start) {
        finish();
        start = interval;
        sum = 0;
        count = 0;
        last = null;
        worst = 1;
      }
      if (typeof value === "number") {
        sum += value;
        count++;
      }
      if (value !== null) last = value;
      if (flag > worst) worst = flag;
    },
    points() {
      finish();
      start = Number.NaN;
      return done;
    },
  };
}
