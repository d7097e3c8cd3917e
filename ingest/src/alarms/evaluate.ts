import { type AlarmRule, type Flag, isTrusted, type Value } from "@kenh/schemas";
import {
  asksNothing,
  gravest,
  type Held,
  noLevels,
  on,
  type Plan,
  planOf,
  turnAll,
  turnsAt,
} from "./levels.ts";
import { type Hours, hoursAt } from "./schedule.ts";
import type { Signal, WatchedDevice } from "./signals/signal.ts";
import { silenceOf } from "./signals/stale.ts";

/**
 * What is known of one rule on one device. Plain JSON of a bounded size: it is written down as it is.
 * Each reading carries it on in place, for most of them change an instant and no more.
 */
export interface Evaluation {
  /** Event time of the last reading that was judged; null before the first. */
  lastTs: number | null;
  /** Index of the level that holds, delays included; null when none does. */
  level: number | null;
  /** Event time at which `elapse` would change something; null when only a reading can. */
  due: number | null;
  /** Event time up to which time alone has decided; null before it has. */
  elapsed: number | null;
  /** The levels, from the mildest; empty while none holds and none is asked for. */
  levels: readonly Held[];
  /** The last signal's value. */
  value: number | null;
  /** The value when somebody acknowledged; null while nobody has. */
  mark: number | null;
  /** What the kind of rule remembers of earlier readings. */
  memory: unknown;
}

/** Before the first reading. */
export const unevaluated: Readonly<Evaluation> = Object.freeze({
  lastTs: null,
  level: null,
  due: null,
  elapsed: null,
  levels: noLevels,
  value: null,
  mark: null,
  memory: null,
});

/** A state to begin with. @param lastTs readings up to this instant were judged before */
export function begun(lastTs: number | null = null): Evaluation {
  return { ...unevaluated, lastTs };
}

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
  readonly crossings: readonly Crossing[];
  /** Too late to count from its own instant on: older than what has been judged. */
  readonly late: boolean;
  /** `remembered`: understood, but too little has been read to say anything. */
  readonly heard: "judged" | "remembered" | "passed over";
}

/** What the station's clock says. */
export interface StationClock {
  /** Milliseconds since 1970 UTC. For a delay: up to which instant readings can be counted on to be here. */
  readonly now: number;
  /** When the station last heard of the device, or when it began to listen if that is later. */
  readonly heardAt: number;
}

const noCrossings: readonly Crossing[] = [];
const everSince = Number.NEGATIVE_INFINITY;
const forEver = Number.POSITIVE_INFINITY;

const passedOver: Verdict = { crossings: noCrossings, late: false, heard: "passed over" };
const cameLate: Verdict = { crossings: noCrossings, late: true, heard: "passed over" };
const remembered: Verdict = { crossings: noCrossings, late: false, heard: "remembered" };
/** Of most readings. */
const nothingNew: Verdict = { crossings: noCrossings, late: false, heard: "judged" };

/** What the present reading says. */
const signal: Signal = { value: null, holds: null, known: "exactly" };

function unsaid(): Signal {
  signal.value = null;
  signal.holds = null;
  signal.known = "exactly";
  return signal;
}

/**
 * Judges one reading by event time alone, so that the same readings give the same crossings however
 * often they are sent and whenever they come. Changes nothing but `state`. A rule gets the readings
 * of its quantity; one that watches no single quantity (`quantityOf` is null) gets all of a device's,
 * a combination what `combined` says.
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
  return judge(planOf(rule), device, state, ts, value, flag);
}

/** The same for whoever has the rule's plan. */
export function judge(
  plan: Plan,
  device: WatchedDevice,
  state: Evaluation,
  ts: number,
  value: Value | null,
  flag: Flag,
): Verdict {
  if (value === null || !isTrusted(flag)) return passedOver;
  const { lastTs } = state;
  if (lastTs !== null && ts <= lastTs) {
    if (ts < lastTs) return cameLate;
    // What a combination is told is no reading: at one instant its members may change one by one.
    if (plan.rule.kind !== "combination") return passedOver;
  }
  const hours = plan.schedule ? hoursAt(plan.schedule, ts) : undefined;
  if (hours === null) return passedOver;
  const memory = plan.read(plan.rule, device, state.memory, ts, value, unsaid());
  if (memory === undefined) return passedOver;
  state.memory = memory;
  return conclude(plan, device, state, ts, signal, hours);
}

/**
 * The same for a number that is surely newer than the last one, and for a rule without a schedule, in two
 * steps. This one carries nothing but the memory on.
 * @returns what the reading says, until the next is read; null where it asks nothing of a rule that is
 * calm: that is all then, and `catchUp` does the rest when somebody looks
 */
export function hear(
  plan: Plan,
  device: WatchedDevice,
  state: Evaluation,
  ts: number,
  value: number,
): Signal | null {
  state.memory = plan.read(plan.rule, device, state.memory, ts, value, unsaid());
  return state.levels.length === 0 && asksNothing(plan, signal) ? null : signal;
}

/** Brings a state up to the last reading that asked nothing. */
export function catchUp(plan: Plan, device: WatchedDevice, state: Evaluation, ts: number): void {
  if (ts <= (state.lastTs ?? everSince)) return;
  state.lastTs = ts;
  if (plan.rule.kind === "stale") state.due = dueOf(plan, device, state.levels, ts, forEver);
}

/** What it leads to that a reading says. */
export function conclude(
  plan: Plan,
  device: WatchedDevice,
  state: Evaluation,
  ts: number,
  signal: Signal,
  hours?: Hours,
): Verdict {
  const late = state.elapsed !== null && ts < state.elapsed;
  const at = late ? (state.elapsed as number) : ts;
  const earlier = plan.lasting ? lapse(state, ts) : noCrossings;
  state.lastTs = ts;
  if (signal.known === "nothing") return remembered;
  state.value = signal.value;
  const { level, levels } = state;
  if (levels.length > 0 || !asksNothing(plan, signal)) {
    state.levels = turnAll(plan, levels, signal, at, hours?.from ?? everSince);
    if (state.levels !== levels) state.level = gravest(state.levels);
  }
  if (plan.lasting || plan.rule.kind === "stale") {
    state.due = dueOf(plan, device, state.levels, ts, hours?.to ?? forEver);
  }
  const crossing = crossingOf(level, state.level, at, signal.value) ?? reAlarm(plan, state, at);
  if (!crossing) {
    return late || earlier.length > 0 ? { crossings: earlier, late, heard: "judged" } : nothingNew;
  }
  if (crossing.event !== "de-escalate") state.mark = null;
  return { crossings: [...earlier, crossing], late, heard: "judged" };
}

/**
 * What time alone does: a delay of a state runs out; a device has been silent for too long. That one
 * is decided by the station's clock, so that an outage of the station is not taken for one of its
 * devices, and dated in event time. Changes nothing but `state`.
 */
export function elapse(
  rule: AlarmRule,
  device: WatchedDevice,
  state: Evaluation,
  clock: StationClock,
): readonly Crossing[] {
  if (state.due === null) return noCrossings;
  if (rule.kind !== "stale") return lapse(state, clock.now);
  const silence = silenceOf(rule, device);
  const silent = silence !== null && clock.now - clock.heardAt > silence + rule.onDelayMs;
  return silent ? turnByTime(state, [on], state.due) : noCrossings;
}

/**
 * Somebody has acknowledged the alarm: its re-alarm step is counted from the value of now. Gives the
 * state with that, and leaves the one that it was given.
 */
export function acknowledge(state: Evaluation): Evaluation {
  return state.level === null ? state : { ...state, mark: state.value };
}

/** Turns what is due up to `until`. */
function lapse(state: Evaluation, until: number): readonly Crossing[] {
  const { due, levels } = state;
  if (due === null || due > until) return noCrossings;
  return turnByTime(state, levels[0]?.on ? noLevels : [on], due);
}

function turnByTime(state: Evaluation, levels: readonly Held[], at: number): readonly Crossing[] {
  const { level } = state;
  state.levels = levels;
  state.level = gravest(levels);
  state.due = null;
  state.elapsed = at;
  state.mark = null;
  const crossing = crossingOf(level, state.level, at, state.value);
  return crossing ? [crossing] : noCrossings;
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
function reAlarm({ rule, above }: Plan, state: Evaluation, at: number): Crossing | undefined {
  const { level, mark, value } = state;
  const { rearmStep } = rule;
  if (mark === null || level === null || value === null || rearmStep === undefined) {
    return undefined;
  }
  const further = above ? value - mark : mark - value;
  const gone = rule.kind === "outside" ? Math.abs(further) : further;
  return gone >= rearmStep ? { event: "re-alarm", at, value, level } : undefined;
}

function dueOf(
  plan: Plan,
  device: WatchedDevice,
  levels: readonly Held[],
  ts: number,
  until: number,
): number | null {
  const { rule } = plan;
  if (rule.kind === "stale") {
    const silence = silenceOf(rule, device);
    return silence === null || levels[0]?.on ? null : ts + silence + rule.onDelayMs;
  }
  const [level] = plan.levels;
  const [held] = levels;
  return level && held ? turnsAt(plan, level, held, until) : null;
}
