import { begun, catchUp, type Evaluation } from "./evaluate.ts";
import type { Plan } from "./levels.ts";
import type { Subject } from "./subjects.ts";
import type { Watch } from "./watches.ts";

/**
 * How far the rules of a watch are judged that keep step with it: of readings that ask nothing of them
 * nothing else is written down. A plain rule that is calm has no state at all.
 */
export interface Track {
  /** Instant of the last reading. */
  passed: number;
  /** Whether the next reading may be taken in step: no plain rule has a state, and none is ahead. */
  settled: boolean;
}

/** How far a rule of the plan is judged; from here on it has a state. */
export function stateOf(
  { states, floor, plan, tracks, device }: Subject,
  index: number,
): Evaluation {
  const state = states[index] ?? begun(floor);
  states[index] = state;
  const track = tracks[plan.inStepWith[index]?.at ?? everAlone];
  if (track) catchUp(plan.plans[index] as Plan, device, state, track.passed);
  return state;
}

/** A reading has been told to each rule of a watch by itself: may the next one be taken in step? */
export function settle({ plan, states, tracks, armed }: Subject, watch: Watch, ts: number): void {
  const track = tracks[watch.at] as Track;
  track.passed = Math.max(track.passed, ts);
  track.settled = true;
  for (const index of watch.plain) {
    const state = states[index];
    if (!state) continue;
    if (isIdle(state) && !isAhead(state, track)) states[index] = undefined;
    else track.settled = false;
  }
  for (const index of watch.others) {
    const state = states[index];
    if (!state || plan.inStepWith[index] !== watch) continue;
    // Silence is told by a timer, and ended by a sample.
    const unwatched = state.due !== null && armed?.[index] === undefined;
    const silent = plan.rules[index]?.kind === "stale" && state.levels.length > 0;
    if (isAhead(state, track) || unwatched || silent) track.settled = false;
  }
}

function isAhead({ lastTs }: Evaluation, { passed }: Track): boolean {
  return lastTs !== null && lastTs > passed;
}

const everBefore = Number.NEGATIVE_INFINITY;
/** No track stands here. */
const everAlone = -1;

/** Tracks of which the first reading is told to each rule by itself. */
export function tracksOf({ plan, floor }: Subject): Track[] {
  return plan.watches.map(() => ({ passed: floor ?? everBefore, settled: false }));
}

/** Nothing holds, nothing is asked for, nothing remembered: the same would come of the last readings again. */
export function isIdle({ level, due, elapsed, levels, mark, memory }: Evaluation): boolean {
  return (
    level === null &&
    due === null &&
    elapsed === null &&
    mark === null &&
    memory === null &&
    levels.length === 0
  );
}
