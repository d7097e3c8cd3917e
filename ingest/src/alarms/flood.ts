import { type Alarm, type AlarmTransition, type Identity, parseIdentity } from "@kenh/schemas";
import { isAnnounced } from "./marks.ts";

/** When a list of alarms can no longer be read one by one (EEMUA 191). */
export const floodLimits = {
  windowMs: 10 * 60_000,
  /** More new alarms than these in the window begin a flood; an operator takes one a minute. */
  beginsBeyond: 10,
  /** Fewer than these end it: at the limit itself it would come and go. */
  endsBelow: 5,
} as const;

/** Alarms of one site that one cause explains, or that one rule raised. */
export interface FloodGroup {
  /** `province/unit/site`. */
  readonly site: string;
  /** The rule of the alarm that explains them; their own where none does. */
  readonly cause: string;
  readonly count: number;
  /** The id of the alarm that came first. */
  readonly first: string;
  /** The most urgent priority among them. */
  readonly highest: number;
}

/** How hard a unit's list is to read. */
export interface Flood {
  /** `province/unit`. */
  readonly unit: string;
  readonly active: boolean;
  readonly since: number | null;
  /** New alarms in the last ten minutes. */
  readonly count: number;
  /** While it is active, the alarms that are not over, the first to come first. */
  readonly groups: readonly FloodGroup[];
}

/** `province/unit` of a device. */
export function unitOf(device: Identity): string {
  const { province, unit } = parseIdentity(device);
  return `${province}/${unit}`;
}

interface Unit {
  /** Instants of what was announced within the window, in order. */
  announced: number[];
  since: number | null;
}

/** Counts what is announced, by unit and the station's clock. */
export class Floods {
  readonly #units = new Map<string, Unit>();

  /** Takes a transition that was told at `now`. */
  note(device: Identity, line: Pick<AlarmTransition, "event" | "state">, now: number): void {
    if (!isAnnounced(line)) return;
    const name = unitOf(device);
    const unit = this.#units.get(name) ?? { announced: [], since: null };
    this.#units.set(name, unit);
    unit.announced.push(now);
    settle(unit, now);
  }

  /** Takes what was told before the start, in any order. */
  restore(told: Iterable<{ device: Identity; line: AlarmTransition }>, now: number): void {
    const inOrder = [...told].sort((a, b) => a.line.at - b.line.at);
    for (const { device, line } of inOrder) this.note(device, line, Math.min(line.at, now));
  }

  /** How it stands at `now`: the units that have had an alarm, and when each one's flood began. */
  at(now: number): { unit: string; since: number | null; count: number }[] {
    return [...this.#units].map(([name, unit]) => {
      settle(unit, now);
      return { unit: name, since: unit.since, count: unit.announced.length };
    });
  }
}

function settle(unit: Unit, now: number): void {
  const { windowMs, beginsBeyond, endsBelow } = floodLimits;
  const kept = unit.announced.findIndex((at) => at > now - windowMs);
  unit.announced = kept < 0 ? [] : unit.announced.slice(kept);
  const count = unit.announced.length;
  if (unit.since === null && count > beginsBeyond) unit.since = now;
  else if (unit.since !== null && count < endsBelow) unit.since = null;
}

/**
 * Groups alarms that are not over by site and cause, the first to come first. Pure.
 * @param alarms of one unit
 */
export function groupsOf(
  alarms: readonly Pick<
    Alarm,
    "id" | "device" | "rule" | "priority" | "raisedAt" | "suppressedBy"
  >[],
): FloodGroup[] {
  const rules = new Map(alarms.map(({ id, rule }) => [id, rule]));
  const groups = new Map<string, FloodGroup>();
  const began = (alarm: { raisedAt: number | null }): number => alarm.raisedAt ?? 0;
  for (const alarm of alarms.toSorted((a, b) => began(a) - began(b))) {
    const { province, unit, site } = parseIdentity(alarm.device);
    const place = `${province}/${unit}/${site}`;
    const cause = (alarm.suppressedBy && rules.get(alarm.suppressedBy)) || alarm.rule;
    const key = `${place} ${cause}`;
    const before = groups.get(key);
    groups.set(key, {
      site: place,
      cause,
      count: (before?.count ?? 0) + 1,
      first: before?.first ?? alarm.id,
      highest: Math.min(before?.highest ?? alarm.priority, alarm.priority),
    });
  }
  return [...groups.values()];
}
