import type { Alarm, Identity, Value } from "@kenh/schemas";
import type { Alarms, FedMessage } from "./alarms.ts";
import { Assessor } from "./assess.ts";
import { type Absence, Attendance } from "./attendance.ts";
import { Book } from "./book.ts";
import { createCalls } from "./calls.ts";
import { causeTimes } from "./causes.ts";
import { Floods, floodLimits } from "./flood.ts";
import { Latecomers } from "./latecomers.ts";
import { LiveAlarms } from "./live.ts";
import { createCounters } from "./metrics.ts";
import type { AlarmsOptions } from "./options.ts";
import { ArrivalClock, Hold, latenessDefaultMs } from "./order.ts";
import { type HeldReading, nothingFed, Progress } from "./progress.ts";
import { AlarmQuota } from "./quota.ts";
import { runAlarms } from "./run.ts";
import { rowOf, type Subject, Subjects } from "./subjects.ts";
import { createTelling } from "./tell.ts";
import { createViews } from "./views.ts";
import { createTake } from "./wards/take.ts";
import { apart, shownOf } from "./wards/taken.ts";
import { isWatched, Watches } from "./watches.ts";

/** Opens or creates the book of alarms in `file`. */
export function openAlarms(file: string, options: AlarmsOptions): Alarms {
  const { now, log, metrics, latenessMs = latenessDefaultMs } = options;
  const book = new Book(file, (keptAt) =>
    log.error({ keptAt }, "the book of alarms was damaged on disk; what could be read was saved"),
  );
  let watches = new Watches(options.rules, options.tenants);
  const subjects = new Subjects(options.registry, watches);
  const assessor = new Assessor(subjects, watches, now());
  const live = new LiveAlarms(subjects, watches);
  const quota = new AlarmQuota(options.quotas, live, subjects);
  const hold = new Hold<HeldReading>(latenessMs);
  const floods = new Floods();
  const latecomers = new Latecomers(book, live);

  // ── what the book has ────────────────────────────────────────────────────────────────────────
  const cut = book.judged.cut() ?? nothingFed;
  const clock = new ArrivalClock(cut.clock);
  const progress = new Progress({ book, subjects, hold, clock }, cut);
  for (const row of book.judged.subjects()) assessor.arm(subjects.restore(row));
  const { own, taken } = apart(book.live());
  const shown = shownOf(live, taken);
  live.restore(own, book.lately(watches.causes, causeTimes.keptMs));
  const recent = book.between(now() - floodLimits.windowMs, Number.MAX_SAFE_INTEGER);
  floods.restore(recent, now());
  quota.restore(recent);

  /** Whether what was fed before the start has been fed again. */
  let caughtUp = false;
  const attendance = new Attendance(clock, now());
  let closed = false;
  /** Transitions that are not yet durable: those of the present call, more while the disk refuses. */
  let unwritten: Alarm[] = [];
  /** Subjects that are written with the next transitions: what they were told stands in no spool. */
  const observed = new Set<Subject>();
  const counters = createCounters(metrics, {
    live: shown,
    held: () => hold.size,
    floods: () => floods.at(now()),
  });
  const { tell, subscribe } = createTelling({
    ...{ floods, now, log },
    count: (event) => counters.transitions.inc({ event }),
  });

  // ── judge ────────────────────────────────────────────────────────────────────────────────────
  /** The instant of the next release; never, when nothing is held and nothing will be due. */
  function nextRelease(): number {
    return Math.min(hold.next, hold.certainOf(Math.min(assessor.next, quota.next)));
  }

  function releaseBefore(instant: number): void {
    for (let at = nextRelease(); at < instant; at = nextRelease()) release(at);
  }

  function release(at: number): void {
    const released = hold.release(at);
    const certain = hold.certainAt(at);
    const { events, late } = assessor.assess(released, certain, latenessMs);
    for (const event of events) {
      unwritten.push(...quota.settle(Math.min(event.crossing.at, at)), ...quota.cross(event));
    }
    unwritten.push(...quota.settle(certain));
    counters.late.inc(late.length);
    latecomers.note(late, unwritten);
    for (const { position: row, subject } of released) if (row === 0) observed.add(subject);
  }

  // ── write ────────────────────────────────────────────────────────────────────────────────────
  function writtenWith(identity: Identity): Iterable<Subject> {
    const subject = subjects.get(identity);
    return subject ? subjects.together(subject) : [];
  }

  /** Makes transitions durable together with how far their rules are judged; then tells of them. */
  function write(): void {
    if (unwritten.length + latecomers.notes.length + observed.size === 0) return;
    const concerned = new Set<Subject>();
    for (const { identity } of observed)
      for (const one of writtenWith(identity)) concerned.add(one);
    for (const { device } of unwritten) for (const one of writtenWith(device)) concerned.add(one);
    const rows = [...concerned].map((subject) => rowOf(subject));
    const changes = book.record(unwritten, rows, undefined, latecomers.notes);
    const alarms = unwritten;
    unwritten = [];
    latecomers.clear();
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

  function checkpoint(ms = Number.POSITIVE_INFINITY): boolean {
    write();
    return progress.checkpoint(ms);
  }

  // ── feed ─────────────────────────────────────────────────────────────────────────────────────
  function feed(to: number, messages: readonly FedMessage[]): void {
    if (!progress.takes(to)) return;
    const held = progress.heldOf(to);
    if (held) {
      feedHeld(to, messages, held);
      return;
    }
    for (const { device, samples, receivedAt, index, agent } of messages) {
      if (caughtUp) be(receivedAt);
      const arrival = clock.at(receivedAt);
      if (!caughtUp) attendance.fed(receivedAt, arrival);
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
    progress.position = to;
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
    miss(attendance.at(at));
  }

  function miss(absence: Absence | undefined): void {
    if (absence) assessor.absent(absence.from, absence.until);
  }

  /** From here on what comes is new. */
  function catchUp(): void {
    if (caughtUp) return;
    caughtUp = true;
    miss(attendance.beforeStart(latenessMs));
    unwritten.push(...live.endUnwatched(now()));
  }

  function tick(): number {
    const at = now();
    be(at);
    const before = book.revision;
    releaseBefore(clock.now(at) - slackMs);
    tryWrite();
    expire(at);
    expireDispatches(at);
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

  const { expireDispatches, ...calls } = createCalls({
    ...{ book, live, subjects, now, tell, write, writtenWith },
    watches: () => watches,
  });

  const { run, wake } = runAlarms({
    tick,
    due: () => nextRelease() + slackMs - clock.now(now()),
    log,
  });

  return {
    feed,
    observe,
    get durablePosition() {
      const { written, position, isCaughtUp } = progress;
      const waiting = subjects.dirty.size + hold.size + unwritten.length + observed.size;
      return isCaughtUp && waiting === 0 ? Math.max(written, position) : written;
    },
    checkpoint,
    setRules(rules, tenants) {
      watches = new Watches(rules, tenants);
      subjects.rewatch(watches);
      assessor.rewatch(watches);
      live.rewatch(watches);
      unwritten.push(...live.endUnwatched(now()));
      tryWrite();
    },
    get revision() {
      return book.revision;
    },
    ...createViews({ book, live: shown, floods, now }),
    quotaUses: () => quota.uses(clock.now(now())),
    ...createTake({ book, live, taken, now, write, tell }),
    after: (revision, most) => book.after(revision, most),
    ...calls,
    tick,
    subscribe,
    announced: (way) => book.announced(way),
    setAnnounced: (way, revision) => book.setAnnounced(way, revision),
    run,
    close() {
      if (closed) return;
      closed = true;
      try {
        // The rest of a round that is under way, and one for what has come since it began.
        if (progress.inRound) checkpoint();
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
