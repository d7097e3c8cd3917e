import { flags } from "@kenh/schemas";
import type { FlatLineConfig } from "./config.ts";
import { distance } from "./distance.ts";
import type { Judge } from "./judge.ts";

/** Values in a row that all lie within the tolerance of each other. */
interface Run {
  readonly since: number;
  readonly min: number;
  readonly max: number;
}

/**
 * QARTOD Flat Line Test: a value is suspect (3), later it fails (4), when it and all before it for
 * so long are the same within a tolerance. QARTOD counts values; here the time counts, for values do
 * not come evenly. A value outside the tolerance, a step back in time, or a gap of more than half of
 * `forMs` begins anew, so that at least three values show a flat line.
 */
export function flatLine({ forMs, failForMs = Infinity, tolerance }: FlatLineConfig): Judge {
  let run: Run | undefined;
  let last = Number.NEGATIVE_INFINITY;
  return (ts, value) => {
    if (ts === last) return flags.notEvaluated;
    const gap = ts < last || ts - last > forMs / 2;
    last = ts;
    const min = Math.min(value, run?.min ?? value);
    const max = Math.max(value, run?.max ?? value);
    const goesOn = run !== undefined && !gap && distance(max, min) <= tolerance;
    if (!run || !goesOn) {
      const moved = run !== undefined && !gap;
      run = { since: ts, min: value, max: value };
      return moved ? flags.pass : flags.notEvaluated;
    }
    run = { since: run.since, min, max };
    const flatMs = ts - run.since;
    if (flatMs >= failForMs) return flags.fail;
    return flatMs >= forMs ? flags.suspect : flags.pass;
  };
}
