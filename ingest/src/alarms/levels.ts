import { type AlarmRule, type LimitLevel, levelsOf } from "@kenh/schemas";
import type { Schedule } from "./schedule.ts";
import { difference } from "./signals/difference.ts";
import type { Read, Signal } from "./signals/signal.ts";
import { readerOf } from "./signals/signals.ts";

/** One level of a rule, with its limit and delays made ready. */
export interface Level {
  /** Whether this value raises it. */
  readonly reaches: (value: number) => boolean;
  /** Whether this value ends it; between the two lies the hysteresis. */
  readonly leaves: (value: number) => boolean;
  /** No value between these two reaches it. */
  readonly least: number;
  readonly most: number;
  readonly onDelayMs: number;
  readonly offDelayMs: number;
}

/** What of a rule is the same for all devices, made ready once. */
export interface Plan {
  readonly rule: AlarmRule;
  readonly read: Read<AlarmRule, unknown>;
  /** From the mildest to the gravest. */
  readonly levels: readonly Level[];
  /** A value between these two asks nothing of a rule that is calm. */
  readonly least: number;
  readonly most: number;
  /** Whether greater values are graver. */
  readonly above: boolean;
  /** The signal holds until the next reading, so that delays run out by time alone. */
  readonly lasting: boolean;
  readonly onSamples: number;
  readonly offSamples: number;
  readonly schedule: Schedule | undefined;
}

/** One level on one device. Plain data. */
export interface Held {
  readonly on: boolean;
  /** Event time since which the signal has asked for the opposite; null when it does not. */
  readonly since: number | null;
  /** How many readings have, up to as many as are needed. */
  readonly count: number;
}

const off: Held = { on: false, since: null, count: 0 };
export const on: Held = { on: true, since: null, count: 0 };

/** Of a rule that is calm. */
export const noLevels: readonly Held[] = [];

/** Whether it neither holds nor is asked to. */
function isCalm({ on, since }: Held): boolean {
  return !on && since === null;
}

const plans = new WeakMap<AlarmRule, Plan>();

/** The plan of a rule, made once for each object. */
export function planOf(rule: AlarmRule): Plan {
  const known = plans.get(rule);
  if (known) return known;
  const plan = prepare(rule);
  plans.set(rule, plan);
  return plan;
}

function prepare(rule: AlarmRule): Plan {
  const { kind, onSamples, offSamples, schedule } = rule;
  const above = kind !== "low" && !("direction" in rule && rule.direction === "below");
  const levels = levelsOf(rule).map((level, at) => ({
    ...bounds(rule, at, above),
    onDelayMs: level.onDelayMs ?? rule.onDelayMs,
    offDelayMs: level.offDelayMs ?? rule.offDelayMs,
  }));
  return {
    rule,
    read: readerOf(kind),
    levels,
    least: Math.max(...levels.map(({ least }) => least)),
    most: Math.min(...levels.map(({ most }) => most)),
    above,
    lasting: kind === "state" || kind === "combination",
    onSamples,
    offSamples,
    schedule,
  };
}

type Bounds = Omit<Level, "onDelayMs" | "offDelayMs">;

function bounds(rule: AlarmRule, at: number, above: boolean): Bounds {
  if (!("levels" in rule)) return { reaches: () => false, leaves: () => false, ...boundless };
  const { hysteresis } = rule;
  if (rule.kind === "outside") {
    const { low, high } = rule.levels[at] as (typeof rule.levels)[number];
    const least = difference(low, -hysteresis);
    const most = difference(high, hysteresis);
    return {
      reaches: (value) => value < low || value > high,
      leaves: (value) => value >= least && value <= most,
      least: low,
      most: high,
    };
  }
  const { limit, clear } = rule.levels[at] as LimitLevel;
  const { inclusive } = rule;
  const reaches = above
    ? (value: number) => value > limit || (inclusive && value === limit)
    : (value: number) => value < limit || (inclusive && value === limit);
  const band = above ? { ...boundless, most: limit } : { ...boundless, least: limit };
  if (clear === undefined && hysteresis === 0) {
    return { reaches, leaves: (value) => !reaches(value), ...band };
  }
  const end = clear ?? difference(limit, above ? hysteresis : -hysteresis);
  return { reaches, leaves: above ? (value) => value < end : (value) => value > end, ...band };
}

const boundless = { least: Number.NEGATIVE_INFINITY, most: Number.POSITIVE_INFINITY };

/** Whether a signal asks nothing of a rule that is calm: nearly every reading of nearly every rule. */
export function asksNothing({ least, most }: Plan, { value, holds, known }: Signal): boolean {
  if (holds !== null) return !holds;
  return known === "nothing" || (value !== null && value > least && value < most);
}

/** What a signal asks of a level: to hold, to end, to stay as it is, or nothing for it proves nothing. */
type Asks = "on" | "off" | "stay" | "nothing";

function ask({ above }: Plan, level: Level, { value, holds, known }: Signal): Asks {
  if (holds !== null) return holds ? "on" : "off";
  if (value === null || known === "nothing") return "nothing";
  const reaches = level.reaches(value);
  if (known === "exactly") {
    return reaches ? "on" : level.leaves(value) ? "off" : "stay";
  }
  // A number that is at least so great can prove that a limit is passed, never that it is not.
  const proves = above === (known === "at least") ? reaches : level.leaves(value);
  return proves ? (reaches ? "on" : "off") : "nothing";
}

/**
 * Carries one level on to what the signal asked for at `at`.
 * @param from no delay reaches back before this: where the hours of the schedule begin
 */
function turn(plan: Plan, level: Level, held: Held, asks: Asks, at: number, from: number) {
  if (asks === "nothing") return held;
  const settled = held.on ? on : off;
  if (asks !== (held.on ? "off" : "on")) return settled;
  const running = held.since !== null && held.since >= from;
  const since = running ? (held.since as number) : at;
  const samples = held.on ? plan.offSamples : plan.onSamples;
  const count = Math.min(running ? held.count + 1 : 1, samples);
  const delay = held.on ? level.offDelayMs : level.onDelayMs;
  if (at - since >= delay && count >= samples) return held.on ? off : on;
  return { on: held.on, since, count };
}

/** Every level carried on; the same array when none changed. */
export function turnAll(
  plan: Plan,
  before: readonly Held[],
  signal: Signal,
  at: number,
  from: number,
): readonly Held[] {
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

/** Index of the gravest level that holds; null when none does. */
export function gravest(levels: readonly Held[]): number | null {
  const level = levels.findLastIndex((held) => held.on);
  return level < 0 ? null : level;
}

/** Where time alone turns a level of a lasting signal; null where it does not. */
export function turnsAt(plan: Plan, level: Level, { on, since, count }: Held, until: number) {
  if (since === null || count < (on ? plan.offSamples : plan.onSamples)) return null;
  const at = since + (on ? level.offDelayMs : level.onDelayMs);
  return at < until ? at : null;
}
