import { type AlarmRule, type Flag, isTrusted, type Value } from "@kenh/schemas";
import { ask, type Held, isCalm, off, on, type Plan, planOf, turn, turnsAt } from "./levels.ts";
import { hoursAt } from "./schedule.ts";
import type { Signal, WatchedDevice } from "./signals/signal.ts";
import { readerOf } from "./signals/signals.ts";
import { silenceOf } from "./signals/stale.ts";

/** What is known of one rule on one device. Plain JSON of a bounded size: it is written down as it is. */
export interface Evaluation {
  /** Event time of the last reading that was judged; null before the first. */
  readonly lastTs: number | null;
  /** Index of the level that holds, delays included; null when none does. */
  readonly level: number | null;
  /** Event time at which `elapse` would change something; null when only a reading can. */
  readonly due: number | null;
  /** Event time up to which time alone has decided; null before it has. */
  readonly elapsed: number | null;
  /** The levels, from the mildest; empty while none holds and none is asked for. */
  readonly levels: readonly Held[];
  /** The last signal's value. */
  readonly value: number | null;
  /** The value when somebody acknowledged; null while nobody has. */
  readonly mark: number | null;
  /** What the kind of rule remembers of earlier readings. */
  readonly memory: unknown;
}

/** Before the first reading. */
export const unevaluated: Evaluation = {
  lastTs: null,
  level: null,
  due: null,
  elapsed: null,
  levels: [],
  value: null,
  mark: null,
  memory: null,
};

/** One reading of the quantity that a rule watches. */
export interface Observation {
  /** Milliseconds since 1970 UTC, the time of measurement. */
  readonly ts: number;
  readonly value: Value | null;
  readonly flag: Flag;
}

/** Another level holds from `at` on, or the same one is to be announced again. */
export interface Crossing {
  readonly event: "raise" | "escalate" | "de-escalate" | "clear" | "re-alarm";
  /** Event time: of the reading that showed it, or of the end of a delay that runs by time. */
  readonly at: number;
  /** What the rule compares, in the unit of its limits; null where that is no number. */
  readonly value: number | null;
  /** Index of the level that holds from here on; null when none does. */
  readonly level: number | null;
}

export interface Verdict {
  /** The same object when the reading changed nothing. */
  readonly state: Evaluation;
  readonly crossings: readonly Crossing[];
  /** Too late to count from its own instant on: older than what has been judged. */
  readonly late: boolean;
  /** What the reading was taken for; null when it was passed over or says nothing yet. */
  readonly signal: Signal | null;
}

/** What the station's clock says. */
export interface StationClock {
  /** Milliseconds since 1970 UTC. For a delay: up to which instant readings can be counted on to be here. */
  readonly now: number;
  /** When the station last heard of the device, or when it began to listen if that is later. */
  readonly heardAt: number;
}

const noCrossings: readonly Crossing[] = [];
const noLevels: readonly Held[] = [];
const everSince = Number.NEGATIVE_INFINITY;
const forEver = Number.POSITIVE_INFINITY;

/**
 * Judges one reading by event time alone, so that the same readings give the same crossings however
 * often they are sent and whenever they come. Pure. A rule gets the readings of its quantity; one that
 * watches no single quantity (`quantityOf` is null) gets all of a device's, a combination what
 * `combined` says.
 *
 * - A level holds when the signal has reached its limit for the on-delay and in so many readings, and
 *   ends when the signal has been beyond the hysteresis for the off-delay. Each level runs by itself;
 *   the gravest that holds counts.
 * - Of a number, a delay has passed when a reading shows it: silence neither raises nor clears. A
 *   state holds until the next reading, so its delay runs out at exactly `since + delay`.
 * - Flags 3, 4 and 9, values of another type and readings outside the schedule are passed over: they
 *   neither raise, clear, hold nor interrupt.
 * - A reading at or before the last one judged is passed over: a repetition, or late. One that is
 *   newer than that, but older than what time alone has decided, counts from there on, and is late.
 */
export function evaluate(
  rule: AlarmRule,
  device: WatchedDevice,
  state: Evaluation,
  { ts, value, flag }: Observation,
): Verdict {
  if (value === null || !isTrusted(flag)) return passedOver(state);
  const { lastTs } = state;
  // What a combination is told is no reading: at one instant its members may change one by one.
  if (lastTs !== null && (ts < lastTs || (ts === lastTs && rule.kind !== "combination"))) {
    return passedOver(state, ts < lastTs);
  }
  const plan = planOf(rule);
  const hours = plan.schedule ? hoursAt(plan.schedule, ts) : undefined;
  if (hours === null) return passedOver(state);
  const heard = readerOf(rule.kind)(rule, device, state.memory, ts, value);
  if (!heard) return passedOver(state);

  const { signal, memory } = heard;
  const late = state.elapsed !== null && ts < state.elapsed;
  const at = late ? (state.elapsed as number) : ts;
  const before = plan.lasting ? lapse(state, ts) : undefined;
  const { level, levels, mark, elapsed } = before?.state ?? state;
  if (signal === null) {
    return { state: { ...state, lastTs: ts, memory }, crossings: noCrossings, late, signal };
  }

  const turned = turnAll(plan, levels, signal, at, hours?.from ?? everSince);
  const reached = turned === levels ? level : gravest(turned);
  const crossing =
    crossingOf(level, reached, at, signal.value) ??
    reAlarm(rule, plan, level, mark, at, signal.value);
  const judged: Evaluation = {
    lastTs: ts,
    level: reached,
    due: dueOf(rule, device, plan, turned, ts, hours?.to ?? forEver),
    elapsed,
    levels: turned,
    value: signal.value,
    mark: crossing && crossing.event !== "de-escalate" ? null : mark,
    memory,
  };
  const earlier = before?.crossings ?? noCrossings;
  const crossings = crossing ? [...earlier, crossing] : earlier;
  return { state: judged, crossings, late, signal };
}

/**
 * What time alone does: a delay of a state runs out; a device has been silent for too long. That one
 * is decided by the station's clock, so that an outage of the station is not taken for one of its
 * devices, and dated in event time. Pure.
 */
export function elapse(
  rule: AlarmRule,
  device: WatchedDevice,
  state: Evaluation,
  clock: StationClock,
): Pick<Verdict, "state" | "crossings"> {
  if (state.due === null) return { state, crossings: noCrossings };
  if (rule.kind !== "stale") return lapse(state, clock.now);
  const silence = silenceOf(rule, device);
  if (silence === null || clock.now - clock.heardAt <= silence + rule.onDelayMs) {
    return { state, crossings: noCrossings };
  }
  return turnByTime(state, [on], state.due);
}

/** Somebody has acknowledged the alarm: its re-alarm step is counted from the value of now. */
export function acknowledge(state: Evaluation): Evaluation {
  return state.level === null ? state : { ...state, mark: state.value };
}

/** Turns what is due up to `until`. */
function lapse(state: Evaluation, until: number) {
  const { due, levels } = state;
  if (due === null || due > until) return { state, crossings: noCrossings };
  return turnByTime(state, levels[0]?.on ? noLevels : [on], due);
}

function turnByTime(state: Evaluation, levels: readonly Held[], at: number) {
  const level = gravest(levels);
  const crossing = crossingOf(state.level, level, at, state.value);
  const next = { ...state, level, levels, due: null, elapsed: at, mark: null };
  return { state: next, crossings: crossing ? [crossing] : noCrossings };
}

function passedOver(state: Evaluation, late = false): Verdict {
  return { state, crossings: noCrossings, late, signal: null };
}

/** Every level carried on; the same array when none changed. */
function turnAll(
  plan: Plan,
  before: readonly Held[],
  signal: Signal,
  at: number,
  from: number,
): readonly Held[] {
  // Nearly every reading of nearly every rule ends here: nothing holds, nothing is asked for.
  if (before.length === 0 && !plan.levels.some((level) => ask(plan, level, signal) === "on")) {
    return before;
  }
  let changed = false;
  const after = plan.levels.map((level, index) => {
    const held = before[index] ?? off;
    const next = turn(plan, level, held, ask(plan, level, signal), at, from);
    if (next !== held) changed = true;
    return next;
  });
  if (!changed) return before;
  return after.every(isCalm) ? noLevels : after;
}

function gravest(levels: readonly Held[]): number | null {
  const level = levels.findLastIndex((held) => held.on);
  return level < 0 ? null : level;
}

function crossingOf(
  before: number | null,
  level: number | null,
  at: number,
  value: number | null,
): Crossing | undefined {
  if (before === level) return undefined;
  if (level === null) return { event: "clear", at, value, level };
  if (before === null) return { event: "raise", at, value, level };
  return { event: level > before ? "escalate" : "de-escalate", at, value, level };
}

/** An acknowledged alarm whose value has gone on by the step. */
function reAlarm(
  { rearmStep, kind }: AlarmRule,
  { above }: Plan,
  level: number | null,
  mark: number | null,
  at: number,
  value: number | null,
): Crossing | undefined {
  if (rearmStep === undefined || level === null || mark === null || value === null)
    return undefined;
  const further = above ? value - mark : mark - value;
  const gone = kind === "outside" ? Math.abs(further) : further;
  return gone >= rearmStep ? { event: "re-alarm", at, value, level } : undefined;
}

function dueOf(
  rule: AlarmRule,
  device: WatchedDevice,
  plan: Plan,
  levels: readonly Held[],
  ts: number,
  until: number,
): number | null {
  if (rule.kind === "stale") {
    const silence = silenceOf(rule, device);
    return silence === null || levels[0]?.on ? null : ts + silence + rule.onDelayMs;
  }
  const [level] = plan.levels;
  const [held] = levels;
  return plan.lasting && level && held ? turnsAt(plan, level, held, until) : null;
}
