import { type AlarmRule, type Flag, flags, isTrusted, type Value } from "@kenh/schemas";
import type { Field } from "../stores/store.ts";
import { conditionOf, holdingOf } from "./condition.ts";
import { Deadlines, type Due } from "./deadlines.ts";
import { conclude, type Evaluation, elapse, hear, judge, type Verdict } from "./evaluate.ts";
import { byTime, type Event } from "./events.ts";
import { passInStep, runsOf, type Told } from "./in-step.ts";
import type { LateReading } from "./late.ts";
import type { Plan } from "./levels.ts";
import { type Arrived, byEventTime } from "./order.ts";
import type { Signal } from "./signals/signal.ts";
import { remember, type Subject, type Subjects } from "./subjects.ts";
import { settle, stateOf, type Track } from "./track.ts";
import { siteOf, type Watches } from "./watches.ts";

/** Values of one subject at one instant, on their way to be judged. */
export interface Fed extends Arrived {
  readonly subject: Subject;
  readonly fields: readonly Pick<Field, "name" | "value" | "flag">[];
  /** Not sent by the device itself: no sign that it lives. */
  readonly observed?: boolean;
}

/** What came of one release. */
export interface Assessment {
  /** In order of event time, causes before what they explain. */
  readonly events: readonly Event[];
  readonly late: readonly LateReading[];
}

/** Judges what is released, and what time alone does, by the rules. */
export class Assessor {
  readonly #subjects: Subjects;
  readonly #deadlines: Deadlines;
  #watches: Watches;
  constructor(subjects: Subjects, watches: Watches, listeningSince: number) {
    this.#subjects = subjects;
    this.#watches = watches;
    this.#deadlines = new Deadlines(listeningSince);
  }

  /** When time alone may do something, by arrival time; never, when only readings can. */
  get next(): number {
    return this.#deadlines.next;
  }

  /** The station has been away, by arrival time: no silence of that time is a device's. */
  absent(from: number, until: number): void {
    this.#deadlines.absent(from, until);
  }

  /** Looks at all of a subject's rules when their time comes. */
  arm(subject: Subject): void {
    this.#deadlines.armAll(subject);
  }

  /** Takes other rules; subjects have taken them before. */
  rewatch(watches: Watches): void {
    this.#watches = watches;
    for (const subject of this.#subjects) this.arm(subject);
  }

  /**
   * Judges samples in order of event time over all devices, as far as that makes a difference.
   * @param certain no reading of before this instant is still to come in time
   * @param latenessMs how long readings are held
   */
  assess(released: readonly Fed[], certain: number, latenessMs = 0): Assessment {
    const events: Event[] = [];
    const late: LateReading[] = [];
    const runs = [...runsOf(released)];
    let newest = Number.NEGATIVE_INFINITY;
    let arrived = Number.NEGATIVE_INFINITY;
    for (const run of runs) {
      for (const { subject, ts, arrival, observed } of run) {
        if (!isRepeated(subject, ts)) {
          if (arrival > subject.heardAt && !observed) subject.heardAt = arrival;
          if (ts > subject.newest) subject.lagMs = Math.max(0, arrival - ts);
        }
        arrived = Math.max(arrived, arrival);
        newest = Math.max(newest, Math.min(ts, arrival));
      }
    }
    // What is released is proof of the instants before it, for all that does not lag behind by far.
    const due = this.#deadlines.due(certain, arrived + latenessMs, newest);
    const told = this.#tellInStep(runs, due);
    let next = 0;
    let group: Event[] = [];
    const close = (): void => {
      if (group.length > 0) events.push(...this.#combine(group));
      group = [];
    };
    let ts = Number.NEGATIVE_INFINITY;
    for (const { one, asks } of told) {
      while (next < due.length && (due[next] as Due).ts <= one.ts) {
        close();
        this.#lapse(due[next++] as Due, group);
      }
      if (one.ts !== ts) close();
      ts = one.ts;
      for (const ended of this.#deadlines.endedBefore(one.subject, one.ts)) {
        close();
        this.#lapse(ended, group);
      }
      if (asks === null) this.#judge(one, group, late);
      for (const { index, says } of asks ?? []) this.#conclude(one, index, says, group);
    }
    for (; next < due.length; next++) {
      close();
      this.#lapse(due[next] as Due, group);
    }
    close();
    return { events, late };
  }

  /** Judges what asks nothing of any rule; gives the rest, in order. */
  #tellInStep(runs: readonly (readonly Fed[])[], due: readonly Due[]): readonly Told[] {
    const lapsing = new Set(due.map(({ subject }) => subject));
    const told: Told[] = [];
    for (const run of runs) {
      const { subject } = run[0] as Fed;
      if (lapsing.has(subject)) for (const one of run) told.push({ one, asks: null });
      else if (passInStep(run, told)) this.#subjects.touch(subject);
    }
    return told.sort((a, b) => byEventTime(a.one, b.one));
  }

  #judge(one: Fed, events: Event[], late: LateReading[]): void {
    const { subject, ts, fields, observed } = one;
    const { plan, tracks, recent } = subject;
    const repeated = isRepeated(subject, ts);
    let alive = false;
    for (const { name, value, flag } of fields) {
      const trusted = isTrusted(flag);
      if (trusted) alive = true;
      const watch = plan.byQuantity.get(name);
      if (!watch || !trusted || value === null) continue;
      const track = tracks[watch.at] as Track;
      const number = typeof value === "number";
      const { least, most } = watch;
      const quiet = number && track.settled && ts > track.passed && value > least && value < most;
      for (const index of quiet ? watch.others : watch.all) {
        if (quiet && this.#keepsStep(one, index, value, events)) continue;
        const verdict = this.#evaluate(subject, index, ts, value, flag, events);
        if (verdict.late && !repeated) {
          const rule = plan.rules[index] as AlarmRule;
          late.push({ subject, rule, ts, value, surely: ts > Math.min(...recent) });
        }
      }
      if (quiet) track.passed = ts;
      else if (number) settle(subject, watch, ts);
    }
    if (observed) return;
    // A sample in which all has failed ends no alarm.
    if (alive) this.#judgeSample(subject, ts, events);
    if (repeated) return;
    remember(subject, ts);
    this.#subjects.touch(subject);
  }

  /** What a rule makes of it that takes every sample, whatever is in it. */
  #judgeSample(subject: Subject, ts: number, events: Event[]): void {
    const { plan, tracks } = subject;
    const { samples: watch, inStepWith } = plan;
    if (watch.all.length === 0) return;
    const track = tracks[watch.at] as Track;
    const inStep = track.settled && ts > track.passed;
    for (const index of watch.all) {
      if (inStep && inStepWith[index] === watch) continue;
      this.#evaluate(subject, index, ts, true, flags.pass, events);
    }
    if (inStep) track.passed = ts;
    else settle(subject, watch, ts);
  }

  /** Judges a number that comes in its turn; false where the rule has to be told of it by itself. */
  #keepsStep(one: Fed, index: number, value: number, events: Event[]): boolean {
    const { plan, states, device } = one.subject;
    const state = states[index];
    if (!state || !plan.inStepWith[index]) return false;
    const says = hear(plan.plans[index] as Plan, device, state, one.ts, value);
    if (says) this.#conclude(one, index, says, events);
    return true;
  }

  /** What it leads to that a sample asks of a rule. */
  #conclude({ subject, ts }: Fed, index: number, says: Signal, events: Event[]): void {
    const { plan, states, device } = subject;
    const [rule, state] = [plan.plans[index] as Plan, states[index] as Evaluation];
    this.#tell(subject, index, conclude(rule, device, state, ts, says), events);
  }

  #evaluate(
    subject: Subject,
    index: number,
    ts: number,
    value: Value,
    flag: Flag,
    events: Event[],
  ): Verdict {
    const state = stateOf(subject, index);
    const plan = subject.plan.plans[index] as Plan;
    const verdict = judge(plan, subject.device, state, ts, value, flag);
    if (verdict.heard === "passed over") return verdict;
    if (state.due !== null) this.#deadlines.arm(subject, index);
    this.#tell(subject, index, verdict, events);
    return verdict;
  }

  #tell(subject: Subject, index: number, { crossings }: Verdict, events: Event[]): void {
    this.#subjects.touch(subject);
    const rule = subject.plan.rules[index] as AlarmRule;
    for (const crossing of crossings) events.push({ subject, rule, crossing });
  }

  #lapse({ subject, index, ts }: Due, events: Event[]): void {
    const rule = subject.plan.rules[index] as AlarmRule;
    const state = stateOf(subject, index);
    // Whether it is time has been found out by the deadline.
    const clock = { now: Number.POSITIVE_INFINITY, heardAt: 0 };
    if (state.due === null || state.due > ts) return;
    const crossings = elapse(rule, subject.device, state, clock);
    this.#subjects.touch(subject);
    for (const crossing of crossings) events.push({ subject, rule, crossing });
  }

  /** Adds what follows for combinations, each after all that it depends on. */
  #combine(group: Event[]): Event[] {
    const events = [...group];
    let waiting = group.flatMap((event) => this.#concerned(event));
    while (waiting.length > 0) {
      const rankOf = ({ subject, rule }: (typeof waiting)[number]): number =>
        this.#watches.at(subject.identity).rankOf(rule.id);
      const rank = Math.min(...waiting.map(rankOf));
      const now = waiting.filter((one) => rankOf(one) === rank);
      waiting = waiting.filter((one) => !now.includes(one));
      const done = new Map<Subject, Set<string>>();
      for (const { subject, rule, since, lagMs } of now) {
        const rules = done.get(subject) ?? new Set();
        done.set(subject, rules);
        if (rules.has(rule.id)) continue;
        rules.add(rule.id);
        const index = subject.plan.indexOf.get(rule.id);
        if (index === undefined) continue;
        const { lastTs } = stateOf(subject, index);
        const ts = lastTs === null ? since : Math.max(since, lastTs + 1);
        const value = conditionOf(rule, subject, this.#subjects, this.#watches);
        subject.lagMs = lagMs;
        const more: Event[] = [];
        this.#evaluate(subject, index, ts, value, flags.pass, more);
        events.push(...more);
        waiting.push(...more.flatMap((event) => this.#concerned(event)));
      }
    }
    return events
      .filter(({ rule }) => !rule.silent)
      .map((event) => this.#counted(event))
      .sort(byTime);
  }

  /** A combination says how many hold of what it is made of: here, for this is the instant of the event. */
  #counted(event: Event): Event {
    const { subject, rule, crossing } = event;
    if (rule.kind !== "combination") return event;
    return { ...event, crossing: { ...crossing, value: holdingOf(rule, subject, this.#subjects) } };
  }

  /** The combinations whose condition may have changed by an event. */
  #concerned({ subject, rule, crossing: { event, at } }: Event) {
    if (event !== "raise" && event !== "clear") return [];
    const watches = this.#watches.at(subject.identity);
    return watches.combinationsWith(rule.id).flatMap((combination) => {
      const of =
        combination.within === "site" ? this.#subjects.site(siteOf(subject.identity)) : subject;
      if (!of) return [];
      if (of !== subject) {
        of.entered ??= new Set();
        of.entered.add(subject);
      }
      return [{ subject: of, rule: combination, since: at, lagMs: subject.lagMs }];
    });
  }
}

/** Whether a sample has been judged before: it says nothing of how its device is now. */
function isRepeated({ newest, recent }: Subject, ts: number): boolean {
  return ts <= newest && recent.includes(ts);
}
