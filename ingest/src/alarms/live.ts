import type { Alarm, AlarmRule, AlarmTransition, Identity } from "@kenh/schemas";
import { atLevel, begin } from "./begin.ts";
import { Causes, settlingOf } from "./causes.ts";
import type { Event } from "./events.ts";
import { onCrossing, onHidingEnd, suppress, unsuppress } from "./operate.ts";
import type { Subjects } from "./subjects.ts";
import { Timers } from "./timers.ts";
import { sourceOf, type Watches } from "./watches.ts";

interface Wake {
  readonly at: number;
  readonly source: string;
}

/**
 * The alarms that are not over: what crossings make of them, and which of them explain others. Each
 * call gives the transitions that it made, in order; they have been taken over already.
 */
export class LiveAlarms {
  readonly #bySource = new Map<string, Alarm>();
  readonly #byId = new Map<string, Alarm>();
  /** Sources of the alarms that one explains, by its id. */
  readonly #explained = new Map<string, Set<string>>();
  readonly #causes = new Causes();
  readonly #settling = new Timers<Wake>();
  readonly #hiding = new Timers<Wake>();
  readonly #subjects: Subjects;
  #watches: Watches;

  constructor(subjects: Subjects, watches: Watches) {
    this.#subjects = subjects;
    this.#watches = watches;
  }

  [Symbol.iterator](): Iterator<Alarm> {
    return this.#bySource.values();
  }

  get size(): number {
    return this.#bySource.size;
  }

  /** When something that was explained has had its time to return, by event time. */
  get next(): number {
    return this.#settling.next;
  }

  /** The alarm of a rule on a device. */
  of(device: Identity, rule: string): Alarm | undefined {
    return this.#bySource.get(sourceOf(device, rule));
  }

  byId(id: string): Alarm | undefined {
    return this.#byId.get(id);
  }

  /** How many alarms one explains now. */
  explainedBy(id: string): number {
    return this.#explained.get(id)?.size ?? 0;
  }

  rewatch(watches: Watches): void {
    this.#watches = watches;
    for (const alarm of this) this.#note(alarm);
  }

  /**
   * Takes in the alarms of the book.
   * @param ended those that are over, as far as they may still explain something
   */
  restore(alarms: Iterable<Alarm>, ended: Iterable<Alarm>): void {
    for (const alarm of alarms) this.enter(alarm);
    for (const alarm of [...ended, ...this]) {
      this.#note(alarm);
      if (!alarm.active && alarm.clearedAt !== null) this.#release(alarm);
    }
  }

  /** Takes an alarm over as it is now. */
  enter(alarm: Alarm): void {
    const source = sourceOf(alarm.device, alarm.rule);
    const before = this.#bySource.get(source);
    // One that is over may be commented on, or have a late reading noted, while a newer one stands.
    if (alarm.state === "normal" && before?.id !== alarm.id) return;
    if (before) {
      this.#byId.delete(before.id);
      this.#explain(before, source, false);
    }
    if (alarm.state === "normal") {
      this.#bySource.delete(source);
      return;
    }
    this.#bySource.set(source, alarm);
    this.#byId.set(alarm.id, alarm);
    this.#explain(alarm, source, true);
    if (alarm.shelvedUntil !== null) this.#hiding.add({ at: alarm.shelvedUntil, source });
  }

  /**
   * What a crossing makes of its alarm, and of those that this one explains.
   * @param holds the id of the alarm behind which a new one is to wait that nothing explains
   */
  cross({ subject, rule, crossing }: Event, holds?: (alarm: Alarm) => string | null): Alarm[] {
    const { identity } = subject;
    const open = this.of(identity, rule.id);
    if (!open && crossing.event !== "raise") return [];
    const alarm = atLevel(open ?? begin(identity, rule, crossing.at), rule, crossing);
    const raised = crossing.event === "raise";
    const explained = raised ? this.#causeOf(alarm, rule, crossing.at) : null;
    const cause = raised ? (explained ?? holds?.(alarm) ?? null) : null;
    const next = onCrossing(alarm, crossing, { latch: rule.latch, cause });
    this.enter(next);
    if (raised) {
      this.#wait(next, rule);
      this.#note(next);
      return [next, ...this.#hide(next, rule)];
    }
    if (crossing.event !== "clear") return [next];
    this.#note(next);
    this.#release(next);
    return [next, ...this.settle(crossing.at)];
  }

  /** Ends the conditions that nothing watches any more: no reading could ever end them. */
  endUnwatched(at: number): Alarm[] {
    const unwatched = [...this].filter(
      ({ active, device, rule }) => active && !this.#subjects.named(device)?.plan.indexOf.has(rule),
    );
    return unwatched.flatMap((alarm) => {
      const { value } = alarm;
      const next = onCrossing(
        { ...alarm, level: null },
        { event: "clear", at, value, level: null },
      );
      this.enter(next);
      this.#note(next);
      this.#release(next);
      return [next, ...this.settle(at)];
    });
  }

  /** Takes the alarms whose shelving or maintenance ends by `until`, by the station's clock. */
  takeHidden(until: number): Alarm[] {
    const found = new Map<string, Alarm>();
    for (let one = this.#hiding.take(until); one; one = this.#hiding.take(until)) {
      const alarm = this.#bySource.get(one.source);
      if (alarm?.shelvedUntil === one.at) found.set(one.source, alarm);
    }
    return [...found.values()];
  }

  /** What the end of its hiding makes of an alarm. Nothing is taken over yet. */
  unhidden(alarm: Alarm, at: number): Alarm {
    const rule = this.#ruleOf(alarm);
    const explained = rule && alarm.active;
    const cause = explained ? this.#causeOf(alarm, rule, alarm.raisedAt as number) : null;
    return onHidingEnd(alarm, at, cause);
  }

  /** Takes over what came out of hiding. */
  enterUnhidden(alarm: Alarm): void {
    this.enter(alarm);
    const rule = this.#ruleOf(alarm);
    if (rule) this.#wait(alarm, rule);
  }

  /** Brings back what has had its time to return by an instant of event time. */
  settle(until: number): Alarm[] {
    const made: Alarm[] = [];
    for (let one = this.#settling.take(until); one; one = this.#settling.take(until)) {
      const alarm = this.#bySource.get(one.source);
      if (alarm?.state !== "suppressed") continue;
      const rule = this.#ruleOf(alarm);
      const at = Math.max(one.at, (alarm.history.at(-1) as AlarmTransition).at);
      const cause = rule && alarm.active ? this.#causeOf(alarm, rule, at) : null;
      if (rule && cause !== null && cause === alarm.suppressedBy) {
        this.#wait(alarm, rule);
        continue;
      }
      const next =
        cause === null ? unsuppress(alarm, rule?.latch ?? false, at) : suppress(alarm, cause, at);
      this.enter(next);
      if (rule) this.#wait(next, rule);
      made.push(next);
    }
    return made;
  }

  /** What is explained by what is over already has its time to return too. */
  #wait({ device, rule: id, suppressedBy }: Alarm, rule: AlarmRule): void {
    const endedAt = suppressedBy ? this.#causes.get(suppressedBy)?.endedAt : null;
    if (endedAt === null || endedAt === undefined) return;
    const settlingMs = settlingOf(rule, this.#subjects.get(device)?.device.intervalMs);
    this.#settling.add({ at: endedAt + settlingMs, source: sourceOf(device, id) });
  }

  #explain({ suppressedBy }: Alarm, source: string, does: boolean): void {
    if (!suppressedBy) return;
    const sources = this.#explained.get(suppressedBy) ?? new Set();
    if (does) sources.add(source);
    else sources.delete(source);
    if (sources.size > 0) this.#explained.set(suppressedBy, sources);
    else this.#explained.delete(suppressedBy);
  }

  /** Knows an alarm as a cause, if its rule makes it one. */
  #note(alarm: Alarm): void {
    const rule = this.#ruleOf(alarm);
    if (rule) this.#causes.set(alarm, rule);
    else this.#causes.forget(alarm.id);
  }

  #ruleOf({ device, rule }: Alarm): AlarmRule | undefined {
    const plan = this.#subjects.get(device)?.plan;
    const index = plan?.indexOf.get(rule);
    return index === undefined ? this.#watches.at(device).rule(rule) : plan?.rules[index];
  }

  /** The id of the alarm that says all that this one says; null where none does. */
  #causeOf({ id, device }: Alarm, rule: AlarmRule, at: number): string | null {
    for (const louder of rule.suppressedBy) {
      const alarm = this.of(device, louder);
      const root = alarm?.active ? this.#rootOf(alarm.id) : id;
      if (root !== id) return root;
    }
    if (this.#causes.size === 0) return null;
    const settlingMs = settlingOf(rule, this.#subjects.get(device)?.device.intervalMs);
    const gateway = this.#subjects.gatewayOf(device);
    const cause = this.#causes.explaining({ device, gateway, rule, settlingMs }, at);
    const root = cause ? this.#rootOf(cause.alarm) : id;
    return root === id ? null : root;
  }

  /** What explains the alarm that explains …, as far as it is active; itself where nothing does. */
  #rootOf(id: string): string {
    let root = id;
    for (let depth = 0; depth < maxDepth; depth++) {
      const above = this.#byId.get(root)?.suppressedBy;
      if (!above || !this.#byId.get(above)?.active) break;
      root = above;
    }
    return root;
  }

  /** Hides what a new cause explains, and what it makes needless on its own device. */
  #hide(cause: Alarm, rule: AlarmRule): Alarm[] {
    const made: Alarm[] = [];
    const at = cause.raisedAt as number;
    const hide = (alarm: Alarm, root: string): void => {
      const next = suppress(
        alarm,
        root,
        Math.max(at, (alarm.history.at(-1) as AlarmTransition).at),
      );
      this.enter(next);
      made.push(next);
      for (const source of [...(this.#explained.get(alarm.id) ?? [])]) {
        const child = this.#bySource.get(source);
        if (child) hide(child, root);
      }
    };
    const consider = (alarm: Alarm): void => {
      const own = this.#ruleOf(alarm);
      const root = own ? this.#causeOf(alarm, own, alarm.raisedAt as number) : null;
      if (root !== null) hide(alarm, root);
    };
    for (const quieter of this.#watches.at(cause.device).silencedBy(rule.id)) {
      const alarm = this.of(cause.device, quieter);
      if (alarm?.active && inService.has(alarm.state)) consider(alarm);
    }
    if (!rule.explains) return made;
    for (const alarm of [...this]) {
      if (alarm.state !== "unacknowledged" || !rule.explains.rules.includes(alarm.rule)) continue;
      consider(alarm);
    }
    return made;
  }

  /** Its cause is over: what it explained is given time to return. */
  #release(cause: Alarm): void {
    const { rule: causeRule, device: place } = cause;
    const clearedAt = cause.clearedAt as number;
    const silenced = this.#watches.at(place).silencedBy(causeRule);
    for (const source of this.#explained.get(cause.id) ?? []) {
      const alarm = this.#bySource.get(source) as Alarm;
      const rule = this.#ruleOf(alarm);
      const interval = this.#subjects.get(alarm.device)?.device.intervalMs;
      // Two steps of one thing on one device need no time: the lower one holds, or it does not.
      const step = alarm.device === place && silenced.includes(alarm.rule);
      const settlingMs = step || !rule ? 0 : settlingOf(rule, interval);
      this.#settling.add({ at: clearedAt + settlingMs, source });
    }
  }
}

/** No chain of causes is longer than the kinds of places that they are in. */
const maxDepth = 8;
const inService = new Set<Alarm["state"]>(["unacknowledged", "acknowledged"]);
