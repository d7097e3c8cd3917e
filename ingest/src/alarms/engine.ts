import { setInterval } from "node:timers/promises";
import type { Alarm, AlarmRule, AlarmTransition, Clock } from "@kenh/schemas";
import type { Logger } from "pino";
import type { Registry as Metrics } from "prom-client";
import type { Alarms, CallContext, FedMessage } from "./alarms.ts";
import { assess } from "./assess.ts";
import { Book, type Change, type EvaluationRow } from "./book.ts";
import { createCounters } from "./metrics.ts";
import { type Call, onHidingEnd, operate, Refusal } from "./operate.ts";
import { sourceOf, Watches } from "./watches.ts";

export interface AlarmsOptions {
  readonly rules: Iterable<AlarmRule>;
  readonly now: Clock;
  readonly log: Pick<Logger, "error">;
  readonly metrics: Metrics;
}

/** How often ends of shelvings are looked for: an operator counts in minutes. */
const tickMs = 1000;

/** Opens or creates the book of alarms in `file`. */
export function openAlarms(file: string, options: AlarmsOptions): Alarms {
  const { now, log, metrics } = options;
  const book = new Book(file, (keptAt) =>
    log.error({ keptAt }, "the book of alarms was damaged on disk; what could be read was saved"),
  );
  const evaluations = new Map<string, EvaluationRow>();
  for (const row of book.evaluations()) evaluations.set(sourceOf(row.device, row.rule), row);
  /** Alarms that are not over, by source: each rule has one at most on a device. */
  const live = new Map<string, Alarm>();
  for (const alarm of book.live()) live.set(sourceOf(alarm.device, alarm.rule), alarm);
  const listeners = new Set<(change: Change) => void>();
  /** Sources judged further than is written. */
  const dirty = new Set<string>();
  /** Transitions that are not yet durable: those of the present call, more while the disk refuses. */
  let unwritten: Alarm[] = [];
  let watches = new Watches(options.rules);
  let position = book.position();
  let written = position;
  let closed = false;
  const counters = createCounters(metrics, live);

  function enter(alarm: Alarm): void {
    const source = sourceOf(alarm.device, alarm.rule);
    if (alarm.state === "normal") live.delete(source);
    else live.set(source, alarm);
  }

  function tell(alarms: readonly Alarm[], changes: readonly Change[]): void {
    for (const { history } of alarms) {
      counters.transitions.inc({ event: (history.at(-1) as AlarmTransition).event });
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
    if (unwritten.length === 0) return;
    const sources = new Set(unwritten.map(({ device, rule }) => sourceOf(device, rule)));
    const rows = [...sources].flatMap((source) => evaluations.get(source) ?? []);
    const changes = book.record(unwritten, rows);
    const alarms = unwritten;
    unwritten = [];
    for (const source of sources) dirty.delete(source);
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

  function feed(to: number, messages: readonly FedMessage[]): void {
    if (to <= position) return;
    const { rows, alarms, late } = assess(watches, { evaluations, live }, to, messages);
    for (const [source, row] of rows) {
      evaluations.set(source, row);
      dirty.add(source);
    }
    for (const alarm of alarms) {
      enter(alarm);
      unwritten.push(alarm);
    }
    position = to;
    counters.late.inc(late);
    tryWrite();
  }

  function checkpoint(): void {
    write();
    if (dirty.size > 0) {
      const rows = [...dirty].map((source) => evaluations.get(source) as EvaluationRow);
      book.checkpoint(position, rows);
      dirty.clear();
    }
    written = position;
  }

  function carryOut(id: string, call: Call, context: CallContext): string | undefined {
    write();
    const { actor, version, idempotencyKey: key } = context;
    const request = JSON.stringify([id, call, version]);
    const before = key === undefined ? undefined : book.answered(key);
    if (before?.request === request) return before.json;
    if (before) {
      throw new Refusal(
        "key-reused",
        "this Idempotency-Key was used for another call: make a new one",
      );
    }
    const alarm = book.current(id);
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
    const changes = book.record([next], [], key === undefined ? undefined : { key, request, at });
    enter(next);
    tell([next], changes);
    return changes[0]?.json;
  }

  function expire(): number {
    write();
    const at = now();
    const ended = [...live.values()]
      .filter(({ shelvedUntil }) => shelvedUntil !== null && shelvedUntil <= at)
      .map((alarm) => onHidingEnd(alarm, at));
    if (ended.length === 0) return 0;
    const changes = book.record(ended);
    for (const alarm of ended) enter(alarm);
    tell(ended, changes);
    return ended.length;
  }

  return {
    feed,
    get durablePosition() {
      return dirty.size === 0 ? position : written;
    },
    checkpoint,
    setRules(rules) {
      watches = new Watches(rules);
    },
    get revision() {
      return book.revision;
    },
    list: (filter) => book.list(filter),
    get: (id) => book.get(id),
    after: (revision, most) => book.after(revision, most),
    operate: carryOut,
    expire,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    announced: (way) => book.announced(way),
    setAnnounced: (way, revision) => book.setAnnounced(way, revision),
    async run(signal) {
      try {
        for await (const _ of setInterval(tickMs, undefined, { signal })) {
          try {
            expire();
          } catch (error) {
            log.error({ err: error }, "the end of a shelving can't be written; it is tried again");
          }
        }
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
    close() {
      if (closed) return;
      closed = true;
      try {
        checkpoint();
      } catch (error) {
        log.error({ err: error }, "alarms can't be written; they are brought up from the spool");
      }
      book.close();
    },
  };
}
