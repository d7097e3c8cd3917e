import {
  type AlarmRule,
  type Identity,
  isTrusted,
  levelsOf,
  limitOf,
  type Priority,
} from "@kenh/schemas";
import type { RegisteredDevice } from "../registry.ts";
import {
  begun,
  type Crossing,
  type Evaluation,
  elapse,
  evaluate,
  type Observation,
} from "./evaluate.ts";
import { planOf } from "./levels.ts";
import { hoursAt } from "./schedule.ts";

/** Something that a rule did, or began and gave up. */
export interface Step {
  readonly event: Crossing["event"] | "pending" | "given-up";
  /** Milliseconds since 1970 UTC, event time. */
  readonly at: number;
  /** What the rule compared, in the unit of its limits; null where that is no number. */
  readonly value: number | null;
  /** Which of the rule's levels, from 0; null when none holds any more. */
  readonly level: number | null;
  readonly limit: number | null;
  readonly priority: Priority | null;
  /** Since when it had been waited for. */
  readonly since: number | null;
}

/** Why readings did not count. */
export type PassedOver =
  | "flag 3"
  | "flag 4"
  | "flag 9"
  | "another type"
  | "outside the schedule"
  | "too little known yet";

export interface Explanation {
  readonly rule: string;
  readonly device: Identity;
  readonly readings: number;
  readonly steps: readonly Step[];
  /** How many readings did not count, why, and the first and the last of them. */
  readonly passedOver: readonly {
    readonly why: PassedOver;
    readonly count: number;
    readonly first: number;
    readonly last: number;
  }[];
  /** How it stands after the last of them. */
  readonly level: number | null;
  readonly value: number | null;
}

/**
 * Judges readings of the past again, one by one, and tells what each led to: the station's own
 * judgement of what is in the store. A reading that came late is in its place here.
 * @param readings of the quantity that the rule watches, or of all when it watches none, in order
 * @param from steps before this are not told; what is before is there to be remembered
 * @param until the clock goes on to here
 */
export function explain(
  rule: AlarmRule,
  device: Pick<RegisteredDevice, "identity" | "intervalMs">,
  readings: readonly Observation[],
  from: number,
  until: number,
): Explanation {
  const steps: Step[] = [];
  const passedOver = new Map<PassedOver, { count: number; first: number; last: number }>();
  const state = begun();
  let heardAt = Number.POSITIVE_INFINITY;
  let told = 0;

  function tell(before: Evaluation, crossings: readonly Crossing[]): void {
    for (const { event, at, value, level } of crossings) {
      const turned = level ?? before.level ?? 0;
      steps.push({
        event,
        at,
        value,
        since: sinceOf(before, turned),
        ...of(rule, level, turned, value),
      });
    }
  }
  function tick(now: number): void {
    const before = { ...state };
    tell(before, elapse(rule, device, state, { now, heardAt }));
  }
  for (const reading of readings) {
    const { ts } = reading;
    tick(ts);
    const before = { ...state };
    const { heard, crossings } = evaluate(rule, device, state, reading);
    heardAt = ts;
    if (ts >= from) told += 1;
    if (heard !== "judged" && !(before.lastTs !== null && ts <= before.lastTs)) {
      const why = whyPassedOver(rule, reading, heard === "remembered");
      const known = passedOver.get(why);
      if (ts >= from) {
        passedOver.set(why, {
          count: (known?.count ?? 0) + 1,
          first: known?.first ?? ts,
          last: ts,
        });
      }
      continue;
    }
    tell(before, crossings);
    steps.push(...waits(rule, before, state, ts));
  }
  tick(until);
  return {
    rule: rule.id,
    device: device.identity,
    readings: told,
    steps: steps.filter(({ at }) => at >= from),
    passedOver: [...passedOver].map(([why, counted]) => ({ why, ...counted })),
    level: state.level,
    value: state.value,
  };
}

function of(rule: AlarmRule, level: number | null, turned: number, value: number | null) {
  const priority = level === null ? null : (levelsOf(rule)[level]?.priority ?? null);
  return { level, limit: limitOf(rule, turned, value), priority };
}

function sinceOf({ levels }: Evaluation, level: number): number | null {
  return levels[level]?.since ?? null;
}

/** Where a level has begun to be waited for, or is no more. */
function* waits(
  rule: AlarmRule,
  before: Evaluation,
  after: Evaluation,
  ts: number,
): Iterable<Step> {
  const { levels } = planOf(rule);
  for (let at = 0; at < levels.length; at += 1) {
    const [was, is] = [before.levels[at], after.levels[at]];
    const same = (was?.on ?? false) === (is?.on ?? false);
    const [from, to] = [was?.since ?? null, is?.since ?? null];
    if (!same || from === to) continue;
    const step = { at: ts, value: after.value, level: at, priority: null };
    const limit = limitOf(rule, at, after.value);
    if (to === null) yield { event: "given-up", ...step, limit, since: from };
    else yield { event: "pending", ...step, limit, since: to };
  }
}

function whyPassedOver(
  rule: AlarmRule,
  { ts, flag }: Observation,
  remembered: boolean,
): PassedOver {
  if (!isTrusted(flag)) return `flag ${flag as 3 | 4 | 9}`;
  const { schedule } = planOf(rule);
  if (schedule && hoursAt(schedule, ts) === null) return "outside the schedule";
  return remembered ? "too little known yet" : "another type";
}

/** How far back a rule remembers: readings before the first step that it needs, in milliseconds. */
export function memoryOf(rule: AlarmRule): number {
  const spans = [rule.onDelayMs, rule.offDelayMs];
  if ("windowMs" in rule) spans.push(1.25 * rule.windowMs);
  if ("trendMs" in rule) spans.push(rule.trendMs);
  if ("periodMs" in rule) spans.push(rule.periodMs + rule.toleranceMs);
  if ("forMs" in rule) spans.push(rule.forMs);
  for (const { onDelayMs = 0, offDelayMs = 0 } of levelsOf(rule)) spans.push(onDelayMs, offDelayMs);
  return spans.reduce((sum, each) => sum + each, 0);
}
