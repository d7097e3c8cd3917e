import { flags } from "@kenh/schemas";
import { worst } from "./checks/judge.ts";
import type { Transform } from "./transform.ts";

/** How far the agent's own clock is to be believed. */
export type ClockState =
  /** Nobody can tell: neither the system nor a time server says anything. */
  | "unknown"
  | "synchronised"
  /** The system says that it has not been set by any source of time since it started. */
  | "unsynchronised"
  /** It was set, and nothing has confirmed it since. */
  | "jumped"
  /** A time server says that it is wrong. */
  | "off";

/** What is known of a clock; it is judged here and never corrected. */
export interface ClockTrust {
  readonly state: ClockState;
  /** Time of the server less ours as measured last, in milliseconds; null when it never was. */
  readonly offsetMs: number | null;
  /** Whether samples that bear this clock's time are suspect. */
  readonly doubted: boolean;
  /** Compares the clock with one that never jumps, both in milliseconds. */
  observe(now: number, monotonic: number): void;
  /** What the system says of its synchronisation; undefined when it says nothing. */
  told(synchronised: boolean | undefined): void;
  /** What a time server says. */
  measured(offsetMs: number): void;
}

/** A step between two looks that no slewing makes: clocks are slewed by at most 0.5 ms a second. */
const jumpMs = 1000;
/** A jump that nothing confirms or denies is in doubt for so long: sources of time ask about as often. */
const jumpDoubtMs = 10 * 60_000;
/** A sample that came within this of its own time may bear the agent's: devices answer within it. */
const ownTimeMs = 5000;

/** @param toleranceMs offset from a time server that is still right */
export function createClockTrust(toleranceMs: number): ClockTrust {
  let synchronised: boolean | undefined;
  let offsetMs: number | null = null;
  let ahead: number | undefined;
  let jumpedAt: number | undefined;

  function state(): ClockState {
    if (offsetMs !== null) return Math.abs(offsetMs) > toleranceMs ? "off" : "synchronised";
    if (jumpedAt !== undefined) return "jumped";
    if (synchronised === undefined) return "unknown";
    return synchronised ? "synchronised" : "unsynchronised";
  }

  return {
    get state() {
      return state();
    },
    get offsetMs() {
      return offsetMs;
    },
    get doubted() {
      return !["unknown", "synchronised"].includes(state());
    },
    observe(now, monotonic) {
      const before = ahead;
      ahead = now - monotonic;
      if (before !== undefined && Math.abs(ahead - before) > jumpMs) {
        jumpedAt = monotonic;
        synchronised = undefined;
        offsetMs = null;
      } else if (jumpedAt !== undefined && monotonic - jumpedAt > jumpDoubtMs) jumpedAt = undefined;
    },
    told(said) {
      if (said) jumpedAt = undefined;
      // A clock that was right runs on for days within seconds: losing its source is no fault.
      if (said !== undefined && synchronised !== true) synchronised = said;
    },
    measured(ms) {
      jumpedAt = undefined;
      offsetMs = ms;
    },
  };
}

/** Makes values suspect (3) that bear the time of a clock in doubt; times stay as they are. */
export function doubtClock(
  trust: ClockTrust,
  now: () => number,
  monotonic: () => number,
): Transform {
  return (sample) => {
    const at = now();
    trust.observe(at, monotonic());
    if (!trust.doubted || Math.abs(sample.ts - at) > ownTimeMs) return [sample];
    const qc = { ...sample.qc };
    for (const quantity of Object.keys(sample.values)) {
      qc[quantity] = worst([qc[quantity] ?? flags.notEvaluated, flags.suspect]);
    }
    return [{ ...sample, qc }];
  };
}
