import { type AlarmRule, type Identity, parseIdentity, quantityOf } from "@kenh/schemas";
import type { RegisteredDevice } from "../registry.ts";
import type { Point } from "../stores/store.ts";
import { Assessor, type Fed } from "./assess.ts";
import { acknowledge, type Crossing, type Evaluation } from "./evaluate.ts";
import type { Event } from "./events.ts";
import { type Subject, Subjects } from "./subjects.ts";
import { membersOf, siteDevice, siteOf, Watches } from "./watches.ts";

/** Readings that are judged as if each came when it was measured. */
export interface Script {
  readonly devices: readonly RegisteredDevice[];
  /** In order of time. */
  readonly samples: readonly { readonly device: Identity; readonly point: Point }[];
  /** The clock goes on to here. */
  readonly until?: number | undefined;
  /** Somebody acknowledges at these instants. */
  readonly acknowledged?: readonly number[] | undefined;
}

/**
 * The crossings of one rule, and of the rules that it is a combination of, on the first device that it
 * watches or on that device's site: by the same judgement as the station's.
 */
export function play(rule: AlarmRule, others: ReadonlyMap<string, AlarmRule>, script: Script) {
  const rules = [{ ...rule, silent: false, enabled: true }, ...membersAt(rule, others)];
  const watches = new Watches(rules.map((each) => ({ ...each, silent: false, enabled: true })));
  const registered = new Map(script.devices.map((device) => [device.identity, device]));
  const registry = {
    find: (identity: Identity) => registered.get(identity),
    all: () => [...registered.values()],
  };
  const subjects = new Subjects(registry, watches);
  const assessor = new Assessor(subjects, watches, Number.NEGATIVE_INFINITY);
  const events: Event[] = [];
  const calls = [...(script.acknowledged ?? [])].sort((a, b) => a - b);

  /** Lets time go on to `now`, stopping wherever something is due. */
  function goOn(now: number): void {
    for (let at = assessor.next; at <= now; at = assessor.next) {
      events.push(...assessor.assess([], at).events);
    }
  }
  function acknowledgeBefore(ts: number): void {
    for (let at = calls[0]; at !== undefined && at < ts; at = calls[0]) {
      goOn(at);
      for (const subject of subjects) acknowledgeOn(subject, rule);
      calls.shift();
    }
  }
  const byTime = Map.groupBy(script.samples, ({ point }) => point.ts);
  for (const [ts, samples] of byTime) {
    acknowledgeBefore(ts);
    goOn(ts - 1);
    const fed = samples.flatMap(({ device, point }): Fed[] => {
      const found = registered.get(device);
      const subject = found && subjects.of(found);
      return subject ? [{ subject, ts, arrival: ts, fields: point.fields }] : [];
    });
    events.push(...assessor.assess(fed, ts).events);
  }
  acknowledgeBefore(Number.POSITIVE_INFINITY);
  if (script.until !== undefined) goOn(script.until);
  return events.map(
    ({ subject, rule, crossing }): Played => ({
      rule: rule.id,
      device: subject.identity,
      ...crossing,
    }),
  );
}

/** A crossing of a rule on a device or on a site. */
export interface Played extends Crossing {
  readonly rule: string;
  readonly device: Identity;
}

/** The rules that a combination needs, and those that they need. */
export function membersAt(rule: AlarmRule, others: ReadonlyMap<string, AlarmRule>): AlarmRule[] {
  const found = new Map<string, AlarmRule>();
  const add = (each: AlarmRule): void => {
    if (each.kind !== "combination") return;
    for (const id of membersOf(each)) {
      const member = others.get(id);
      if (!member || found.has(id) || id === rule.id) continue;
      found.set(id, member);
      add(member);
    }
  };
  add(rule);
  return [...found.values()];
}

function acknowledgeOn({ plan, states }: Subject, { id }: AlarmRule): void {
  const at = plan.indexOf.get(id);
  if (at !== undefined) states[at] = acknowledge(states[at] as Evaluation);
}

/** The measurement that a device with these quantities must have for a rule, or one of its members, to watch it. */
export function measurementFor(
  rule: AlarmRule,
  others: ReadonlyMap<string, AlarmRule>,
  quantities: ReadonlySet<string>,
): string {
  const needed = [rule, ...membersAt(rule, others)];
  const named = needed.filter(({ measurement }) => measurement !== "*");
  const sent = named.find((each) => quantities.has(quantityOf(each) ?? ""));
  return (sent ?? named[0] ?? rule).measurement;
}

/** Where the alarms of a rule stand that watches this device. */
export function placeOf(rule: AlarmRule, device: Identity): Identity {
  const wide = rule.kind === "combination" && rule.within === "site";
  return wide && parseIdentity(device).device !== siteDevice
    ? `${siteOf(device)}/${siteDevice}`
    : device;
}
