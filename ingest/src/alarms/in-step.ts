import { isTrusted } from "@kenh/schemas";
import type { Fed } from "./assess.ts";
import { type Evaluation, hear } from "./evaluate.ts";
import type { Plan } from "./levels.ts";
import { byEventTime } from "./order.ts";
import type { Signal } from "./signals/signal.ts";
import { remember, type Subject } from "./subjects.ts";
import type { Track } from "./track.ts";
import type { Watch } from "./watches.ts";

/** What a sample asks of a rule: something may turn, and that has its place in the order of all devices. */
interface Ask {
  readonly index: number;
  readonly says: Signal;
}

/** A sample that is judged in the order of event time over all devices. */
export interface Told {
  readonly one: Fed;
  /** Its rules have read it, and this is what it asks of them; null where they are yet to be told. */
  readonly asks: readonly Ask[] | null;
}

const nothing: readonly Ask[] = [];

/** What is released, by device, each in order of event time. */
export function runsOf(released: readonly Fed[]): Iterable<readonly Fed[]> {
  const runs = new Map<Subject, Fed[]>();
  let run: Fed[] = [];
  let subject: Subject | undefined;
  for (const one of released) {
    if (one.subject !== subject) {
      subject = one.subject;
      run = runs.get(subject) ?? [];
      runs.set(subject, run);
    }
    run.push(one);
  }
  for (const each of runs.values()) if (!isInOrder(each)) each.sort(byEventTime);
  return runs.values();
}

function isInOrder(run: readonly Fed[]): boolean {
  for (let at = 1; at < run.length; at++) {
    if ((run[at] as Fed).ts <= (run[at - 1] as Fed).ts) return false;
  }
  return true;
}

/**
 * Judges a device's samples up to the first that asks something of a rule, which is nearly always all of
 * them. Nothing turns by these, so they need not wait for those of other devices: a device's memory is
 * fetched once, not once for each sample.
 * @param told gets the others
 * @returns whether the device is now judged further than before
 */
export function passInStep(run: readonly Fed[], told: Told[]): boolean {
  let at = 0;
  while (at < run.length) {
    const one = run[at] as Fed;
    const { subject, ts, fields, observed } = one;
    if (observed || subject.delays > 0 || ts <= subject.newest) break;
    const asks = readInStep(subject, ts, fields);
    if (asks === null) break;
    remember(subject, ts);
    at++;
    if (asks.length === 0) continue;
    told.push({ one, asks });
    break;
  }
  for (const one of run.slice(at)) told.push({ one, asks: null });
  return at > 0;
}

/** By place, the watches of the fields at hand; undefined where a field is not judged. */
const watched: (Watch | undefined)[] = [];

/**
 * Lets every rule that a sample concerns read it.
 * @returns what it asks of them; null where one of them has to be told of it by itself: nothing is read then
 */
function readInStep(subject: Subject, ts: number, fields: Fed["fields"]): readonly Ask[] | null {
  const { plan, tracks, states, device } = subject;
  let alive = false;
  for (let at = 0; at < fields.length; at++) {
    const { name, value, flag } = fields[at] as Fed["fields"][number];
    const trusted = isTrusted(flag);
    if (trusted) alive = true;
    const watch = trusted && value !== null ? plan.byQuantity.get(name) : undefined;
    watched[at] = watch;
    if (watch === undefined) continue;
    if (typeof value !== "number" || value <= watch.least || value >= watch.most) return null;
    if (!isInStep(watch, tracks, ts)) return null;
  }
  const { samples } = plan;
  if (alive && !isInStep(samples, tracks, ts)) return null;

  let asks: Ask[] | undefined;
  for (let at = 0; at < fields.length; at++) {
    const watch = watched[at];
    if (watch === undefined) continue;
    const value = (fields[at] as Fed["fields"][number]).value as number;
    for (const index of watch.others) {
      const says = hear(plan.plans[index] as Plan, device, states[index] as Evaluation, ts, value);
      if (says === null) continue;
      asks ??= [];
      asks.push({ index, says: { ...says } });
    }
    (tracks[watch.at] as Track).passed = ts;
  }
  if (alive && samples.all.length > 0) (tracks[samples.at] as Track).passed = ts;
  return asks ?? nothing;
}

/** Whether all of its rules take a sample of this instant in step. */
function isInStep({ at, all, inStep }: Watch, tracks: readonly Track[], ts: number): boolean {
  if (all.length === 0) return true;
  const track = tracks[at] as Track;
  return inStep && track.settled && ts > track.passed;
}
