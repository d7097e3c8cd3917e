import { unevaluated } from "./evaluate.ts";
import type { Subject } from "./subjects.ts";
import { Timers } from "./timers.ts";
import { stateOf, type Track } from "./track.ts";

interface Wake {
  readonly at: number;
  readonly subject: Subject;
  readonly index: number;
}

/** A rule whose time has come, at `ts` of event time. */
export interface Due {
  readonly subject: Subject;
  readonly index: number;
  readonly ts: number;
}

const nothingDue: readonly Due[] = [];

/** When time alone does something: a delay of what lasts is over, or a device has been silent. */
export class Deadlines {
  /** Delays of what lasts, which are over before what happens after them. */
  readonly #delays = new Timers<Wake>();
  /** Silence, which the station's clock alone finds out. */
  readonly #silences = new Timers<Wake>();
  /** What was heard before counts as heard then: the station was not there to hear more. */
  #listeningSince: number;
  /** When the station was last away: what its devices sent meanwhile came after it, if it has come. */
  #absence = { from: Number.POSITIVE_INFINITY, until: Number.NEGATIVE_INFINITY };

  constructor(listeningSince: number) {
    this.#listeningSince = listeningSince;
  }

  /** When time alone may do something, by arrival time; never, when only readings can. */
  get next(): number {
    return Math.min(this.#delays.next, this.#silences.next);
  }

  /** The station has been away, by arrival time: no silence of that time is a device's. */
  absent(from: number, until: number): void {
    this.#absence = { from, until };
    this.#listeningSince = Math.max(this.#listeningSince, until);
  }

  /** Looks at all of a subject's rules when their time comes. */
  armAll(subject: Subject): void {
    subject.plan.rules.forEach((_, index) => {
      this.arm(subject, index);
    });
  }

  /**
   * The instant of arrival time at which what is due by event time has surely come about. Readings
   * that come late, from an outbox that is being emptied, take as long to come as they were apart.
   * What was sure before the station went away stays so: later events are judged after it.
   */
  #deadline({ states, heardAt, lagMs, plan }: Subject, index: number): number {
    const { due, lastTs } = states[index] ?? unevaluated;
    if (due === null || lastTs === null) return Number.POSITIVE_INFINITY;
    const span = due - lastTs;
    if (plan.rules[index]?.kind === "stale")
      return Math.max(heardAt, this.#listeningSince) + span + 1;
    const { from, until } = this.#absence;
    const deadline = due + lagMs;
    return deadline <= from ? deadline : Math.max(deadline, until + span);
  }

  /** Looks at a rule when its time comes. */
  arm(subject: Subject, index: number): void {
    const at = this.#deadline(subject, index);
    if (at === Number.POSITIVE_INFINITY) return;
    subject.armed ??= [];
    const armed = subject.armed[index];
    if (armed !== undefined && armed <= at) return;
    subject.armed[index] = at;
    const silence = subject.plan.rules[index]?.kind === "stale";
    if (!silence && armed === undefined) subject.delays++;
    const timers = silence ? this.#silences : this.#delays;
    timers.add({ at, subject, index });
  }

  /**
   * What time alone does now, in order of event time.
   * @param certain no reading of before this instant is still to come in time
   * @param proven the same, of before `newest`
   */
  due(certain: number, proven: number, newest: number): readonly Due[] {
    return [
      ...this.#take(this.#silences, certain, certain, newest),
      ...this.#take(this.#delays, Math.max(certain, proven), certain, newest),
    ].sort((a, b) => a.ts - b.ts);
  }

  /** What is due: by `certain` in any case, by `until` if it lies before `newest` in event time. */
  #take(timers: Timers<Wake>, until: number, certain: number, newest: number): Due[] {
    const due: Due[] = [];
    const again: Wake[] = [];
    for (let one = timers.take(until); one; one = timers.take(until)) {
      const { subject, index, at } = one;
      if (subject.armed?.[index] !== at) continue;
      subject.armed[index] = undefined;
      if (subject.plan.rules[index]?.kind !== "stale") subject.delays--;
      const deadline = this.#deadline(subject, index);
      const ts = stateOf(subject, index).due ?? deadline;
      if (deadline <= certain || (deadline <= until && ts <= newest)) {
        due.push({ subject, index, ts });
        // Its time is over: the next reading sets another one.
        const watch = subject.plan.inStepWith[index];
        if (watch) (subject.tracks[watch.at] as Track).settled = false;
      } else again.push(one);
    }
    for (const { subject, index } of again) this.arm(subject, index);
    return due;
  }

  /** Delays of a subject that have run out by the time of one of its readings: it proves that they have. */
  endedBefore(subject: Subject, ts: number): readonly Due[] {
    const { armed, states, plan, delays } = subject;
    if (delays === 0) return nothingDue;
    let ended: Due[] | undefined;
    for (let index = 0; index < (armed?.length ?? 0); index++) {
      if (armed?.[index] === undefined || plan.rules[index]?.kind === "stale") continue;
      const due = states[index]?.due ?? null;
      if (due === null || due >= ts) continue;
      ended ??= [];
      ended.push({ subject, index, ts: due });
    }
    return ended?.sort((a, b) => a.ts - b.ts) ?? nothingDue;
  }
}
