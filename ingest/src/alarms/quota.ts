import { type Alarm, type Identity, type QuotaConfig, type QuotaUse, quotaOf } from "@kenh/schemas";
import type { Event } from "./events.ts";
import { unitOf } from "./flood.ts";
import type { LiveAlarms } from "./live.ts";
import { unsuppress } from "./operate.ts";
import type { Subject, Subjects } from "./subjects.ts";
import { Timers } from "./timers.ts";

/** The alarm that says that a unit raises more than its quota. No reading raises it. */
export const alarmQuotaRule = "platform.quota.alarms";
/** A quota of alarms is one of a minute; one that was not passed for so long has not been passed. */
const windowMs = 60_000;
const most = 1;

/** Where the alarms about a unit's own quotas stand: the unit sees them. */
export function quotaIdentity(unit: string): Identity {
  return `${unit}/station/quota`;
}

/**
 * Holds a unit, or a device, to so many new alarms a minute of event time: what goes beyond waits behind one
 * alarm of the unit, as behind a cause, and what of it still holds is told once that one is over. An alarm of
 * the first priority is always told, and so is one that comes to it. Without a quota it does nothing.
 */
export class AlarmQuota {
  readonly #config: QuotaConfig | undefined;
  readonly #live: LiveAlarms;
  readonly #subjects: Subjects;
  /** Instants of what was told within the window, by unit or device. */
  readonly #told = new Map<string, number[]>();
  /** When each was last passed, and how much has waited since the start. */
  readonly #passed = new Map<string, { at: number; excess: number }>();
  readonly #ends = new Timers<{ readonly at: number; readonly unit: string }>();

  constructor(config: QuotaConfig | undefined, live: LiveAlarms, subjects: Subjects) {
    this.#config = config && hasLimit(config) ? config : undefined;
    this.#live = live;
    this.#subjects = subjects;
  }

  /** When something ends by time alone: here, or of the alarms themselves. */
  get next(): number {
    return Math.min(this.#ends.next, this.#live.next);
  }

  /** Takes in what was told before the start. */
  restore(told: Iterable<{ readonly device: Identity; readonly line: Alarm["history"][number] }>) {
    for (const { device, line } of told) {
      if (line.event === "raise" && line.state !== "suppressed") this.#note(device, line.at);
    }
    for (const { rule, device, active, raisedAt } of this.#live) {
      if (rule !== alarmQuotaRule || !active) continue;
      const unit = unitOf(device);
      this.#passed.set(unit, { at: raisedAt ?? 0, excess: 0 });
      this.#ends.add({ at: (raisedAt ?? 0) + windowMs, unit });
    }
  }

  /** What a crossing makes of its alarm and of others, in order. */
  cross(event: Event): Alarm[] {
    if (!this.#config) return this.#live.cross(event);
    const { at } = event.crossing;
    const first: Alarm[] = [];
    const made = this.#live.cross(event, (alarm) => this.#hold(alarm, at, first));
    const alarm = made[0];
    if (alarm && event.crossing.event === "escalate") made.push(...this.#reveal(alarm, event));
    return [...first, ...made];
  }

  /** Ends what time alone ends by an instant of event time. */
  settle(until: number): Alarm[] {
    const made: Alarm[] = [];
    for (let end = this.#ends.take(until); end; end = this.#ends.take(until)) {
      const { unit } = end;
      const at = (this.#passed.get(unit)?.at ?? 0) + windowMs;
      if (at > end.at) {
        this.#ends.add({ at, unit });
        continue;
      }
      const found = this.#quotaAlarm(unit);
      if (!found) continue;
      const crossing = { event: "clear", at, value: 0, level: null } as const;
      made.push(...this.#live.cross({ ...found, crossing }));
    }
    return [...made, ...this.#live.settle(until)];
  }

  /** How the quotas stand of those that have raised something. */
  uses(now: number): QuotaUse[] {
    const config = this.#config;
    if (!config) return [];
    return [...this.#told].flatMap(([place, told]): QuotaUse[] => {
      const limit = quotaOf(config, place).alarmsPerMinute;
      if (limit === undefined) return [];
      const { at = Number.NEGATIVE_INFINITY, excess = 0 } = this.#passed.get(place) ?? {};
      const used = told.filter((one) => one > now - windowMs).length;
      return [{ place, kind: "alarms", limit, used, over: at > now - windowMs, excess }];
    });
  }

  /** The id of the alarm behind which a new one waits; null where it is told. */
  #hold({ device, rule, priority }: Alarm, at: number, first: Alarm[]): string | null {
    const config = this.#config;
    if (!config || rule === alarmQuotaRule) return null;
    const passed = [unitOf(device), device].filter((place) => {
      const limit = quotaOf(config, place).alarmsPerMinute;
      return limit !== undefined && this.#within(place, at) >= limit;
    });
    const found = passed.length > 0 && priority > most ? this.#quotaAlarm(unitOf(device)) : null;
    // Where nobody would be told of it, nothing waits.
    if (!found) {
      this.#note(device, at);
      return null;
    }
    const unit = unitOf(device);
    const { identity } = found.subject;
    if (!this.#live.of(identity, alarmQuotaRule)?.active) {
      const crossing = { event: "raise", at, value: this.#within(unit, at), level: 0 } as const;
      first.push(...this.#live.cross({ ...found, crossing }));
      this.#ends.add({ at: at + windowMs, unit });
    }
    for (const place of new Set([unit, ...passed])) {
      const before = this.#passed.get(place);
      this.#passed.set(place, {
        at: Math.max(at, before?.at ?? at),
        excess: (before?.excess ?? 0) + 1,
      });
    }
    return this.#live.of(identity, alarmQuotaRule)?.id ?? null;
  }

  /** What waits and has come to the first priority is told now. */
  #reveal(alarm: Alarm, { rule, crossing, subject }: Event): Alarm[] {
    if (alarm.state !== "suppressed" || alarm.priority > most) return [];
    const cause = this.#live.of(quotaIdentity(unitOf(subject.identity)), alarmQuotaRule);
    if (!cause || alarm.suppressedBy !== cause.id) return [];
    const next = unsuppress(alarm, rule.latch, crossing.at);
    this.#live.enter(next);
    this.#note(alarm.device, crossing.at);
    return [next];
  }

  #quotaAlarm(unit: string): Pick<Event, "subject" | "rule"> | null {
    const subject: Subject | undefined = this.#subjects.named(quotaIdentity(unit));
    const index = subject?.plan.indexOf.get(alarmQuotaRule);
    const rule = index === undefined ? undefined : subject?.plan.rules[index];
    return subject && rule ? { subject, rule } : null;
  }

  #within(place: string, at: number): number {
    return (this.#told.get(place) ?? []).filter((one) => one > at - windowMs).length;
  }

  #note(device: Identity, at: number): void {
    const config = this.#config;
    if (!config) return;
    for (const place of [unitOf(device), device]) {
      if (quotaOf(config, place).alarmsPerMinute === undefined) continue;
      const kept = (this.#told.get(place) ?? []).filter((one) => one > at - windowMs);
      kept.push(at);
      this.#told.set(place, kept);
    }
  }
}

function hasLimit({ each, units, eachDevice, devices }: QuotaConfig): boolean {
  const all = [each, eachDevice, ...Object.values(units), ...Object.values(devices)];
  return all.some(({ alarmsPerMinute }) => alarmsPerMinute !== undefined);
}
