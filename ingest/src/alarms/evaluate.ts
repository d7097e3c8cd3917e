import { type AlarmRule, type Flag, isTrusted, type Value } from "@kenh/schemas";

/** What is known of one rule on one device. Plain data: it is written to disk as it is. */
export interface Evaluation {
  /** Event time of the last reading that was judged; null before the first. */
  readonly lastTs: number | null;
  /** Whether the condition counts as true, delays included. */
  readonly active: boolean;
  /** Event time since which the readings have asked for the opposite of `active`; null when they don't. */
  readonly since: number | null;
}

/** Before the first reading. */
export const unevaluated: Evaluation = { lastTs: null, active: false, since: null };

/** One reading of the quantity that a rule watches. */
export interface Observation {
  /** Milliseconds since 1970 UTC, the time of measurement. */
  readonly ts: number;
  readonly value: Value | null;
  readonly flag: Flag;
}

/** The condition began or ended to count, at the reading that showed it. */
export interface Crossing {
  readonly event: "raise" | "clear";
  readonly at: number;
  readonly value: number;
}

export interface Verdict {
  readonly state: Evaluation;
  readonly crossing?: Crossing;
  /** Older than what has been judged: it changed nothing. */
  readonly late: boolean;
}

type Limits = Pick<AlarmRule, "limit" | "hysteresis" | "onDelayMs" | "offDelayMs">;

/**
 * Judges one reading by event time alone, so that the same readings give the same crossings however
 * often they are sent and whenever they come. Pure.
 *
 * - Raised when readings at or above `limit` have held for `onDelayMs`, at the reading that shows it;
 *   cleared when readings below `limit − hysteresis` have held for `offDelayMs`.
 * - Flags 3, 4 and 9 and what is no number are passed over: they neither hold nor interrupt.
 * - A reading at or before the last one judged is passed over: a repetition, or late.
 * - Silence changes nothing: an alarm never clears because its sensor went quiet.
 */
export function evaluate(rule: Limits, state: Evaluation, reading: Observation): Verdict {
  const { ts, value, flag } = reading;
  if (typeof value !== "number" || !isTrusted(flag)) return { state, late: false };
  if (state.lastTs !== null && ts <= state.lastTs) return { state, late: ts < state.lastTs };
  const { active } = state;
  const turning = active ? value < rule.limit - rule.hysteresis : value >= rule.limit;
  if (!turning) return { state: { lastTs: ts, active, since: null }, late: false };
  const since = state.since ?? ts;
  if (ts - since < (active ? rule.offDelayMs : rule.onDelayMs)) {
    return { state: { lastTs: ts, active, since }, late: false };
  }
  return {
    state: { lastTs: ts, active: !active, since: null },
    crossing: { event: active ? "clear" : "raise", at: ts, value },
    late: false,
  };
}
