import { type Flag, flags } from "@kenh/schemas";

interface Timed {
  readonly ts: number;
  readonly value: number;
}

/** The noise of a moment is no slope: a change is measured against a minute at least. */
const leastMinutes = 1;

/**
 * Makes a judge of how fast a level moves: 3 above `suspectPerMin`, 4 above `failPerMin`, else 2.
 * The measure is the last level that was not too fast, so that what has really risen is believed as
 * soon as the time since makes it possible.
 */
export function slopeJudge(suspectPerMin: number, failPerMin: number): (level: Timed) => Flag {
  let last: Timed | undefined;
  return (level) => {
    const minutes = last ? Math.max(leastMinutes, (level.ts - last.ts) / 60_000) : 1;
    const slope = last ? Math.abs(level.value - last.value) / minutes : 0;
    if (slope > failPerMin) return flags.fail;
    if (slope > suspectPerMin) return flags.suspect;
    last = level;
    return flags.notEvaluated;
  };
}
