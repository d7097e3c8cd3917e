import type { Alarm, AlarmRule, AlarmTransition, Clock, Identity, Value } from "@kenh/schemas";
import type { Logger } from "pino";
import type { Registry as Metrics } from "prom-client";
import type { Registry } from "../registry.ts";
import type { Alarms, CallContext, FedMessage } from "./alarms.ts";
import { Assessor, type Fed } from "./assess.ts";
import { begin } from "./begin.ts";
import { Book, type Change, type Cut, type LateNote } from "./book.ts";
import { acknowledge } from "./evaluate.ts";
import { Floods, floodLimits } from "./flood.ts";
import { contradicts } from "./late.ts";
import { LiveAlarms } from "./live.ts";
import { createCounters } from "./metrics.ts";
import { type Call, onLate, operate, Refusal } from "./operate.ts";
import { ArrivalClock, Hold, latenessDefaultMs } from "./order.ts";
import { runAlarms } from "./run.ts";
import { rowOf, type Subject, type SubjectRow, Subjects } from "./subjects.ts";
import { createViews } from "./views.ts";
import { type Plan, siteDevice, siteOf, Watches } from "./watches.ts";

export interface AlarmsOptions {
  readonly rules: Iterable<AlarmRule>;
  readonly registry: Pick<Registry, "find" | "all">;
  readonly now: Clock;
  readonly log: Pick<Logger, "error">;
  readonly metrics: Metrics;
  /** How long readings are held to be put in order. */
  readonly latenessMs?: number;
}

/** A reading on its way through the hold, with where it stands in the spool; 0 where it is in none. */
interface HeldReading extends Fed {
  readonly position: number;
  readonly index: number;
}

/** A station that has done nothing for so long was not there to listen; or somebody has set its clock. */
const absentMs = 10_000;
/** Late readings of one release that are looked at more closely; a whole outbox may come late. */
const lateLookedAt = 100;

const nothingFed: Cut = { position: 0, held: {}, clock: [0, 0] };

/** Opens or creates the book of alarms in `file`. */
export function openAlarms(file: string, options: AlarmsOptions): Alarms {
  const { now, log, metrics, latenessMs = latenessDefaultMs } = options;
  const book = new Book(file, (keptAt) =>
    log.error({ keptAt }, "the book of alarms was damaged on disk; what could be read was saved"),
  );
  let watches = new Watches(options.rules);
  const subjects = new Subjects(options.registry, watches);
  const assessor = new Assessor(subjects, watches, now());
  const live = new LiveAlarms(subjects, watches);
  const hold = new Hold<HeldReading>(latenessMs);
  const floods = new Floods();
  const listeners = new Set<(change: Change) => void>();

  // ── what the book has ────────────────────────────────────────────────────────────────────────
  const cut = book.cut() ?? nothingFed;
  const clock = new ArrivalClock(cut.clock);
  for (const row of book.subjects()) assessor.arm(subjects.restore(row));
  live.restore(book.live(), (id) => book.current(id));
  const recent = book.between(now() - floodLimits.windowMs, Number.MAX_SAFE_INTEGER);
  for (const { device, line } of recent.sort((a, b) => a.line.at - b.line.at)) {
    floods.note(device, line, Math.min(line.at, now()));
  }

  let position = cut.position;
  /** Rows up to here need not be fed again. */
  let written = Math.min(position, ...Object.keys(cut.held).map((row) => Number(row) - 1));
  let fedTo = written;
  /** Whether what was fed before the start has been fed again. */
  let caughtUp = false;
  const openedAt = now();
  /** When something last arrived before the start, by arrival time. */
  let leftAt = clock.last;
  /** When the station last did something. */
  let aliveAt = openedAt;
  let closed = false;
  /** Transitions that are not yet durable: those of the present call, more while the disk refuses. */
  let unwritten: Alarm[] = [];
  let lateNotes: LateNote[] = [];
  /** Subjects that are written with the next transitions: what they were told stands in no spool. */
  const observed = new Set<Subject>();
  const counters = createCounters(metrics, {
    live,
    held: () => hold.size,
    floods: () => floods.at(now()),
  });

  // ── judge ────────────────────────────────────────────────────────────────────────────────────
  /** The instant of the next release; never, when nothing is held and nothing will be due. */
  function nextRelease(): number {
    return Math.min(hold.next, hold.certainOf(Math.min(assessor.next, live.next)));
  }

  function releaseBefore(instant: number): void {
    for (let at = nextRelease(); at < instant; at = nextRelease()) release(at);
  }

  function release(at: number): void {
    const released = hold.release(at);
    const certain = hold.certainAt(at);
    const { events, late } = assessor.assess(released, at, certain, latenessMs);
    for (const event of events) {
      unwritten.push(...live.settle(Math.min(event.crossing.at, at)), ...live.cross(event));
    }
    unwritten.push(...live.settle(certain));
    counters.late.inc(late.length);
    for (const { subject, rule, ts, value, surely } of late.slice(0, lateLookedAt)) {
      if (surely) noteLate(subject, rule, ts, value);
    }
    for (const { position: row, subject } of released) if (row === 0) observed.add(subject);
  }

  /** Notes a late reading in the history of its alarm, once, if it contradicts what that was. */
  function noteLate(
    { identity, device }: Subject,
    rule: AlarmRule,
    ts: number,
    value: Value,
  ): void {
    const turn = book.turnBefore(identity, rule.id, ts);
    if (!contradicts(rule, device, turn?.event === "raise", ts, value)) return;
    const known = (note: LateNote): boolean =>
      note.device === identity && note.rule === rule.id && note.ts === ts;
    if (lateNotes.some(known) || book.isLate(identity, rule.id, ts)) return;
    lateNotes.push({ device: identity, rule: rule.id, ts, value: String(value) });
    if (rule.silent || !turn) return;
    const alarm = live.byId(turn.alarm) ?? book.current(turn.alarm);
    if (!alarm) return;
    const noted = onLate(alarm, ts, typeof value === "number" ? value : null);
    live.enter(noted);
    unwritten.push(noted);
  }

  // ── write ────────────────────────────────────────────────────────────────────────────────────
  /** A subject, and its site: what of it has entered a combination there is written with it. */
  function withSite(identity: Identity): Subject[] {
    const both = [subjects.get(identity), subjects.get(`${siteOf(identity)}/${siteDevice}`)];
    return both.filter((subject) => subject !== undefined);
  }

  function tell(alarms: readonly Alarm[], changes: readonly Change[]): void {
    const at = now();
    for (const { device, history } of alarms) {
      const line = history.at(-1) as AlarmTransition;
      counters.transitions.inc({ event: line.event });
      floods.note(device, line, at);
    }
    for (const change of changes) {
      for (const listener of listeners) {
        try {
          listener(change);
        } catch (error) {
          log.error({ err: error, revision: change.revision }, "a listener to alarms failed");
        }
      }
    }
  }

  /** Makes transitions durable together with how far their rules are judged; then tells of them. */
  function write(): void {
    if (unwritten.length + lateNotes.length + observed.size === 0) return;
    const concerned = new Set(observed);
    for (const { device } of unwritten) for (const one of withSite(device)) concerned.add(one);
    const rows = [...concerned].map((subject) => rowOf(subject));
    const changes = book.record(unwritten, rows, undefined, lateNotes);
    const alarms = unwritten;
    unwritten = [];
    lateNotes = [];
    observed.clear();
    for (const subject of concerned) subjects.clean(subject);
    tell(alarms, changes);
  }

  function tryWrite(): void {
    try {
      write();
    } catch (error) {
      counters.unwritten.inc();
      log.error(
        { err: error, transitions: unwritten.length },
        "transitions of alarms can't be written; they are not announced and tried again",
      );
    }
  }

  function cutHere(): Cut {
    const held: Record<number, number[]> = {};
    for (const { position: row, index, ts, arrival } of hold.held) {
      if (row === 0) continue;
      held[row] ??= [];
      held[row].push(index, ts, arrival);
    }
    return { position, held, clock: clock.state };
  }

  /** The cut that a round of the checkpoint began with, and the subjects that it has still to write. */
  let round: { readonly here: Cut; readonly left: Subject[] } | undefined;

  /**
   * The cut is written when all that was dirty at its instant is: a subject that is written later than
   * that knows more than the cut says, as after a transition, and passes over what is fed to it again.
   */
  function checkpoint(ms = Number.POSITIVE_INFINITY): boolean {
    write();
    if (!round && subjects.dirty.size + hold.size === 0) {
      written = position;
      return false;
    }
    round ??= { here: cutHere(), left: [...subjects.dirty] };
    const { here, left } = round;
    const end = performance.now() + ms;
    const from = left.length;
    const rows: SubjectRow[] = [];
    while (rows.length < from && performance.now() < end) {
      rows.push(rowOf(left[from - 1 - rows.length] as Subject));
    }
    const whole = rows.length === from;
    book.checkpoint(rows, whole ? here : undefined);
    for (const subject of left.splice(from - rows.length)) subjects.clean(subject);
    if (!whole) return true;
    written = Math.min(here.position, ...Object.keys(here.held).map((row) => Number(row) - 1));
    round = undefined;
    return false;
  }

  // ── feed ─────────────────────────────────────────────────────────────────────────────────────
  function feed(to: number, messages: readonly FedMessage[]): void {
    if (to <= fedTo) return;
    fedTo = to;
    if (to <= cut.position) {
      feedHeld(to, messages, cut.held[to] ?? []);
      return;
    }
    for (const { device, samples, receivedAt, index, agent } of messages) {
      if (caughtUp) be(receivedAt);
      else aliveAt = Math.max(aliveAt, receivedAt);
      const arrival = clock.at(receivedAt);
      if (receivedAt <= openedAt) leftAt = arrival;
      const subject = subjects.of(device);
      if (!subject) continue;
      if (agent && subject.agent !== agent) {
        subject.agent = agent;
        subjects.touch(subject);
      }
      releaseBefore(arrival);
      for (const { ts, fields } of samples) {
        if (!isWatched(subject.plan, fields)) continue;
        hold.add({ subject, ts, arrival, fields, position: to, index });
      }
    }
    position = to;
    tryWrite();
    wake();
  }

  /** What had not been released when the book was written takes its place in the hold again. */
  function feedHeld(to: number, messages: readonly FedMessage[], held: readonly number[]): void {
    for (let at = 0; at < held.length; at += 3) {
      const [index, ts, arrival = 0] = held.slice(at, at + 3);
      const message = messages.find((one) => one.index === index);
      const subject = message && subjects.of(message.device);
      const sample = message?.samples.find((one) => one.ts === ts);
      if (!subject || !sample || index === undefined) continue;
      hold.add({ subject, ts: sample.ts, arrival, fields: sample.fields, position: to, index });
    }
  }

  function observe(identity: Identity, values: Readonly<Record<string, Value>>, ts = now()): void {
    const subject = subjects.named(identity);
    if (!subject) return;
    const fields = Object.entries(values).map(([name, value]) => ({
      name,
      value,
      flag: 1 as const,
    }));
    if (!fields.some(({ name }) => subject.plan.byQuantity.has(name))) return;
    be(now());
    const arrival = clock.at(now());
    releaseBefore(arrival);
    hold.add({ subject, ts, arrival, fields, observed: true, position: 0, index: 0 });
    wake();
  }

  // ── time ─────────────────────────────────────────────────────────────────────────────────────
  /** The station is there: if it was not, what was sent meanwhile is still to come. */
  function be(at: number): void {
    catchUp();
    if (Math.abs(at - aliveAt) > absentMs) assessor.absent(clock.now(aliveAt), clock.now(at));
    aliveAt = at;
  }

  /** From here on what comes is new. */
  function catchUp(): void {
    if (caughtUp) return;
    caughtUp = true;
    const opened = openedAt + clock.state[1];
    if (Math.abs(opened - leftAt) > latenessMs) {
      assessor.absent(leftAt, Math.max(leftAt, opened));
    }
    assessor.refed(clock.last + 2 * latenessMs + slackMs);
    unwritten.push(...live.endUnwatched(now()));
  }

  function tick(): number {
    const at = now();
    be(at);
    const before = book.revision;
    releaseBefore(clock.now(at) - slackMs);
    tryWrite();
    expire(at);
    return book.revision - before;
  }

  /** Ends shelvings and maintenance whose time has come. */
  function expire(at: number): void {
    const hidden = live.takeHidden(at);
    if (hidden.length === 0) return;
    const ended = hidden.map((alarm) => live.unhidden(alarm, at));
    try {
      const changes = book.record(ended);
      for (const alarm of ended) live.enterUnhidden(alarm);
      tell(ended, changes);
    } catch (error) {
      for (const alarm of hidden) live.enter(alarm);
      throw error;
    }
  }

  const { run, wake } = runAlarms({
    tick,
    due: () => nextRelease() + slackMs - clock.now(now()),
    log,
  });

  // ── operate ──────────────────────────────────────────────────────────────────────────────────
  /** What was answered to the same call before. @throws Refusal when the key was used for another. */
  function answered(key: string | undefined, request: string): string | undefined {
    const before = key === undefined ? undefined : book.answered(key);
    if (!before || before.request === request) return before?.json;
    throw new Refusal(
      "key-reused",
      "this Idempotency-Key was used for another call: make a new one",
    );
  }

  function recordCall(next: Alarm, key: string | undefined, request: string, at: number) {
    const rows = withSite(next.device).map((subject) => rowOf(subject));
    const changes = book.record([next], rows, key === undefined ? undefined : { key, request, at });
    live.enter(next);
    tell([next], changes);
    return changes[0]?.json;
  }

  function carryOut(id: string, call: Call, context: CallContext): string | undefined {
    write();
    const { actor, version, idempotencyKey: key } = context;
    const request = JSON.stringify([id, call, version]);
    const before = answered(key, request);
    if (before !== undefined) return before;
    const alarm = live.byId(id) ?? book.current(id);
    if (!alarm) return undefined;
    const at = now();
    const next = operate(alarm, call, { actor, version, now: at });
    if (alarm.state === "normal" && next.state !== "normal") {
      const newest = book.newest(alarm.device, alarm.rule);
      if (newest !== id) {
        throw new Refusal(
          "wrong-state",
          `alarm ${id} is over; the one to ${call.kind} is ${newest}`,
        );
      }
    }
    if (call.kind !== "acknowledge") return recordCall(next, key, request, at);
    const subject = subjects.get(alarm.device);
    const index = subject?.plan.indexOf.get(alarm.rule);
    const state = index === undefined ? undefined : subject?.states[index];
    if (!subject || index === undefined || !state) return recordCall(next, key, request, at);
    subject.states[index] = acknowledge(state);
    try {
      return recordCall(next, key, request, at);
    } catch (error) {
      subject.states[index] = state;
      throw error;
    }
  }

  const takeOut: Alarms["takeOut"] = (
    device,
    id,
    { comment, until },
    { actor, idempotencyKey },
  ) => {
    write();
    const rule = watches.rule(id);
    if (!rule) return undefined;
    const request = JSON.stringify([device, id, comment, until]);
    const before = answered(idempotencyKey, request);
    if (before !== undefined) return before;
    const at = now();
    const alarm = live.of(device, id) ?? begin(device, rule, at);
    const call = { kind: "out-of-service", comment, until } as const;
    const next = operate(alarm, call, { actor, version: alarm.version, now: at });
    return recordCall(next, idempotencyKey, request, at);
  };

  return {
    feed,
    observe,
    get durablePosition() {
      const nothingWaits =
        fedTo >= position &&
        subjects.dirty.size + hold.size + unwritten.length + observed.size === 0;
      return nothingWaits ? Math.max(written, position) : written;
    },
    checkpoint,
    setRules(rules) {
      watches = new Watches(rules);
      subjects.rewatch(watches);
      assessor.rewatch(watches);
      live.rewatch(watches);
      unwritten.push(...live.endUnwatched(now()));
      tryWrite();
    },
    get revision() {
      return book.revision;
    },
    ...createViews({ book, live, floods, now }),
    after: (revision, most) => book.after(revision, most),
    operate: carryOut,
    takeOut,
    tick,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    announced: (way) => book.announced(way),
    setAnnounced: (way, revision) => book.setAnnounced(way, revision),
    run,
    close() {
      if (closed) return;
      closed = true;
      try {
        // The rest of a round that is under way, and one for what has come since it began.
        if (round) checkpoint();
        checkpoint();
      } catch (error) {
        log.error({ err: error }, "alarms can't be written; they are brought up from the spool");
      }
      book.close();
    },
  };
}

/**
 * A release waits so much longer for what has arrived and is not fed yet: a commit gathers for some
 * milliseconds.
 */
const slackMs = 25;

function isWatched({ byQuantity, ofSamples }: Plan, fields: Fed["fields"]): boolean {
  return ofSamples.length > 0 || fields.some(({ name }) => byQuantity.has(name));
}
