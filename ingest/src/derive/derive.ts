import { setImmediate as breathe, setInterval } from "node:timers/promises";
import type { Clock } from "@kenh/schemas";
import type { Logger } from "pino";
import type { Registry as Metrics } from "prom-client";
import { createComputedWriter } from "../computed.ts";
import type { Follower } from "../follow.ts";
import type { RegisteredDevice, Registry } from "../registry.ts";
import type { Point, Store } from "../stores/store.ts";
import { dayPoint, hoursBeforeDay, indexPoint, meansPoint, pollutantOf } from "./compute.ts";
import { hourMs } from "./hour-mean.ts";
import { type Mark, Marks } from "./marks.ts";
import { createCounters } from "./metrics.ts";
import { nowcastHours } from "./nowcast.ts";
import { dayOf, endOf, hourOf, type Step, steps } from "./spans.ts";

export interface DerivationOptions {
  readonly registry: Pick<Registry, "find">;
  readonly store: Pick<Store, "query" | "write" | "limits">;
  readonly now: Clock;
  readonly log: Pick<Logger, "warn" | "error">;
  readonly metrics: Metrics;
  /** Where a new file begins: what came before is not derived any more. */
  readonly after: number;
  readonly limits?: Partial<DerivationLimits>;
}

/** How patient and how large the derivation is. */
export interface DerivationLimits {
  /** After the end of an hour or day, and after its last reading: stragglers of a mobile network. */
  readonly lateMs: number;
  /** How often the clock is looked at: an hourly value may be a few seconds late. */
  readonly tickMs: number;
  /** Steps that may wait; a backlog of more past hours than that is stored and not derived, counted. */
  readonly maxWaiting: number;
  /** Points written together: a thousand stations end their hour at once. */
  readonly together: number;
}

const derivationDefaults: DerivationLimits = {
  lateMs: 120_000,
  tickMs: 1000,
  maxWaiting: 200_000,
  together: 200,
};

/** Where derived points go beside the store, and how far the store is. */
export interface DerivationEnds {
  /** Every row of the spool up to this one is in the store. */
  delivered(): number;
  /** Points in order of time for each device; the same may come again, and makes no difference. */
  observe(device: RegisteredDevice, points: readonly Point[]): void;
}

/**
 * Derives VN_AQI from what devices of the measurement `environment` send: hourly means, the index of
 * each hour and of each day, written to the device's own series at the start of the hour or day.
 *
 * It follows the stream only to learn which hours have readings; what it writes is computed from the
 * store, some minutes after the hour has ended, and again when readings of a past hour come later. So
 * a step may be done any number of times, and after a crash is: a mark is deleted, durably, only
 * when its points are in the store and what followed them has been made durable.
 */
export interface Derivation extends Follower {
  /** Derives what is due now. @throws Error when the store does not answer: it stays due. */
  settle(ends: DerivationEnds): Promise<void>;
  /** Derives what is due, until the signal aborts. */
  run(ends: DerivationEnds, signal: AbortSignal): Promise<void>;
  /** Steps that wait for their end, their readings or the store. */
  readonly waiting: number;
  /** Idempotent. */
  close(): void;
}

/** A step that is computed and not yet written. */
interface Computed {
  readonly mark: Mark;
  /** Of the mark, when it was computed. */
  readonly touchedAt: number;
  readonly device: RegisteredDevice | undefined;
  readonly point: Point | undefined;
}

/** The measurement whose devices have an air-quality index. */
const measurement = "environment";

/** Opens or creates the marks in `file`. */
export function openDerivation(file: string, options: DerivationOptions): Derivation {
  const { registry, store, now, log, metrics } = options;
  const limits = { ...derivationDefaults, ...options.limits };
  const marks = new Marks(file, options.after, now(), (keptAt) =>
    log.error({ keptAt }, "the marks of what is to be derived were damaged on disk"),
  );
  let position = marks.durablePosition;
  let nextDue = Number.NEGATIVE_INFINITY;
  const counters = createCounters(metrics, marks);
  const write = createComputedWriter({ store, counters, log, what: "derived points" });

  const dueAt = ({ step, start, touchedAt }: Mark): number =>
    Math.max(endOf(step, start), touchedAt) + limits.lateMs;

  function mark(device: string, step: Step, start: number, at: number, row: number): void {
    const full = marks.size >= limits.maxWaiting && endOf(step, start) <= at;
    if (full && !marks.has(device, step, start)) {
      counters.dropped.inc();
      return;
    }
    nextDue = Math.min(nextDue, dueAt(marks.touch(device, step, start, at, row)));
  }

  /** Whether readings that a step counts on are still awaited. */
  function isBlocked({ device, step, start }: Mark): boolean {
    if (step === "hour") return false;
    const back = (step === "day" ? hoursBeforeDay : nowcastHours - 1) * hourMs;
    for (let hour = start - back; hour < endOf(step, start); hour += hourMs) {
      if (marks.has(device, "hour", hour)) return true;
    }
    return false;
  }

  /** What a step makes necessary: an hourly mean counts in twelve hours and in its day. */
  function markFollowing({ device, step, start }: Mark, point: Point | undefined): void {
    if (step !== "hour" || !point) return;
    const at = now();
    for (let age = 0; age < nowcastHours; age++) {
      const hour = start + age * hourMs;
      // Of the hours to come the next alone may have an index without readings of its own.
      if (age <= 1 || hour + hourMs <= at) mark(device, "index", hour, Number.NEGATIVE_INFINITY, 0);
    }
    for (const day of new Set([dayOf(start), dayOf(start + hoursBeforeDay * hourMs)])) {
      mark(device, "day", day, Number.NEGATIVE_INFINITY, 0);
    }
  }

  /** Computes, writes, tells, and only then lets go: a crash in between does it again. */
  async function carryOut(due: readonly Mark[], ends: DerivationEnds): Promise<void> {
    const computed: Computed[] = [];
    for (const mark of due) {
      const { touchedAt } = mark;
      const device = registry.find(mark.device);
      const compute = { hour: meansPoint, index: indexPoint, day: dayPoint }[mark.step];
      const point = device && supported(await compute(store, device, mark.start));
      computed.push({ mark, touchedAt, device, point });
      // The embedded store answers without waiting for anything: accepting goes on in between.
      await breathe();
    }
    await write(computed.flatMap(({ point }) => point ?? []));
    for (const { mark, touchedAt, device, point } of computed) {
      if (device && point) ends.observe(device, [point]);
      markFollowing(mark, point);
      // Readings that came meanwhile may be missing in it.
      if (mark.touchedAt === touchedAt) marks.finish(mark);
    }
  }

  /** Without the fields of a type that the store can't hold: its VN_AQI then names no leading pollutant. */
  function supported(point: Point | undefined): Point | undefined {
    if (!point) return undefined;
    const fields = point.fields.filter(({ type }) => !store.limits.unsupportedTypes.includes(type));
    return { ...point, fields };
  }

  async function settle(ends: DerivationEnds): Promise<void> {
    if (now() < nextDue) return;
    for (const step of steps) {
      const due = [...marks.all()]
        .filter((mark) => mark.step === step && dueAt(mark) <= now())
        .sort((a, b) => a.start - b.start);
      for (let at = 0; at < due.length; at += limits.together) {
        const ready = due
          .slice(at, at + limits.together)
          .filter((mark) => mark.position <= ends.delivered() && !isBlocked(mark));
        await carryOut(ready, ends);
      }
    }
    nextDue = Number.POSITIVE_INFINITY;
    for (const mark of marks.all()) nextDue = Math.min(nextDue, dueAt(mark));
  }

  return {
    feed(to, messages) {
      if (to <= position) return;
      const at = now();
      for (const { device, samples } of messages) {
        if (device.series.measurement !== measurement) continue;
        for (const { ts, fields } of samples) {
          if (!fields.some(({ name }) => pollutantOf(name) !== undefined)) continue;
          mark(device.identity, "hour", hourOf(ts), at, to);
        }
      }
      position = to;
    },
    checkpoint() {
      marks.checkpoint(position);
      return false;
    },
    get durablePosition() {
      return marks.durablePosition;
    },
    settle,
    async run(ends, signal) {
      let failing = false;
      try {
        for await (const _ of setInterval(limits.tickMs, undefined, { signal })) {
          try {
            await settle(ends);
            failing = false;
          } catch (error) {
            counters.failed.inc();
            if (!failing)
              log.warn({ err: error }, "VN_AQI can't be derived now; it is tried again");
            failing = true;
          }
        }
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
    get waiting() {
      return marks.size;
    },
    close() {
      marks.close();
    },
  };
}
