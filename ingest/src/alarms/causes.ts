import type { Alarm, AlarmRule, Identity } from "@kenh/schemas";
import { unitOf } from "./flood.ts";
import { siteOf } from "./watches.ts";

/** How causes and what they explain belong together in time. */
export const causeTimes = {
  /** An alarm raised this long before its cause may still be its doing: causes have delays of their own. */
  lookbackMs: 5 * 60_000,
  /** After their cause has ended, devices take this long to start. */
  startingMs: 2 * 60_000,
  /** Nothing takes longer to settle: for so long one that is over is known. */
  keptMs: 24 * 3_600_000,
} as const;

/** An alarm that explains others. */
export interface Cause {
  readonly alarm: string;
  readonly device: Identity;
  readonly rule: AlarmRule;
  readonly priority: number;
  readonly raisedAt: number;
  /** Event time; null while it is not over. */
  readonly endedAt: number | null;
}

/** What may be explained: an alarm of a rule on a device. */
export interface Effect {
  readonly device: Identity;
  readonly gateway: Identity | null;
  readonly rule: AlarmRule;
  readonly settlingMs: number;
}

/**
 * How long an alarm is given to return once its cause has ended: until its device has started, and
 * then as long as its rule takes to see it, or to raise it anew.
 */
export function settlingOf(rule: AlarmRule, intervalMs = 0): number {
  const { onDelayMs, offDelayMs, offSamples } = rule;
  const extraMs = rule.kind === "stale" ? rule.extraMs : 0;
  const seen = offDelayMs + offSamples * intervalMs + extraMs;
  return causeTimes.startingMs + Math.max(onDelayMs, seen);
}

/** The alarms that explain others now, or did until a moment ago. */
export class Causes {
  readonly #byAlarm = new Map<string, Cause>();
  readonly #byScope = new Map<string, Set<Cause>>();

  get(alarm: string): Cause | undefined {
    return this.#byAlarm.get(alarm);
  }

  get size(): number {
    return this.#byAlarm.size;
  }

  /** Takes a cause as it is now; nothing where the rule explains nothing. */
  set({ id, device, priority, raisedAt, clearedAt, active }: Alarm, rule: AlarmRule): void {
    if (!rule.explains) return;
    const endedAt = active ? null : clearedAt;
    this.forget(id);
    if (endedAt !== null) {
      for (const other of this.#byAlarm.values()) {
        if (other.endedAt !== null && other.endedAt < endedAt - causeTimes.keptMs)
          this.forget(other.alarm);
      }
    }
    const cause = { alarm: id, device, rule, priority, raisedAt: raisedAt ?? 0, endedAt };
    this.#byAlarm.set(id, cause);
    const key = scopeOf(rule.explains.within, device, device);
    const others = this.#byScope.get(key) ?? new Set();
    this.#byScope.set(key, others);
    others.add(cause);
  }

  /** Knows it no longer. */
  forget(alarm: string): void {
    const cause = this.#byAlarm.get(alarm);
    if (!cause?.rule.explains) return;
    this.#byAlarm.delete(alarm);
    const key = scopeOf(cause.rule.explains.within, cause.device, cause.device);
    const others = this.#byScope.get(key);
    others?.delete(cause);
    if (others?.size === 0) this.#byScope.delete(key);
  }

  /** What explains an effect that began at `at`: the most urgent, the first to come, so that it is one for all. */
  explaining({ device, gateway, rule, settlingMs }: Effect, at: number): Cause | undefined {
    let best: Cause | undefined;
    for (const within of scopes) {
      const place = within === "gateway" ? gateway : device;
      if (place === null) continue;
      for (const cause of this.#byScope.get(scopeOf(within, device, place)) ?? []) {
        const { raisedAt, endedAt } = cause;
        if (!cause.rule.explains?.rules.includes(rule.id)) continue;
        if (cause.device === device && cause.rule.id === rule.id) continue;
        if (at < raisedAt - causeTimes.lookbackMs) continue;
        if (endedAt !== null && at >= endedAt + settlingMs) continue;
        if (!best || isBefore(cause, best)) best = cause;
      }
    }
    return best;
  }
}

const scopes = ["unit", "site", "gateway", "device"] as const;
type Scope = (typeof scopes)[number];

function scopeOf(within: Scope, device: Identity, place: Identity): string {
  if (within === "unit") return unitOf(device);
  return within === "site" ? siteOf(device) : `${within} ${place}`;
}

/** One that is not over before one that is; then by urgency and time. */
function isBefore(a: Cause, b: Cause): boolean {
  const over = Number(a.endedAt !== null) - Number(b.endedAt !== null);
  return (
    (over || a.priority - b.priority || a.raisedAt - b.raisedAt || (a.alarm < b.alarm ? -1 : 1)) < 0
  );
}
