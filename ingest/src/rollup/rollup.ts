import { setImmediate as breathe, setInterval } from "node:timers/promises";
import type { Clock, Identity } from "@kenh/schemas";
import type { Logger } from "pino";
import type { Registry as Metrics } from "prom-client";
import { createComputedWriter } from "../computed.ts";
import type { Follower } from "../follow.ts";
import type { RegisteredDevice, Registry } from "../registry.ts";
import type { Point, Series, Store } from "../stores/store.ts";
import { dayPoints, hourPoints, type Minutes } from "./compute.ts";
import { Gone, placeOf } from "./gone.ts";
import { type Mark, Marks } from "./marks.ts";
import { createCounters } from "./metrics.ts";
import { type Bits, dayBit, partOf } from "./parts.ts";
import { createSurvey, type Survey } from "./survey.ts";
import { hourMs } from "./windows.ts";

export interface RollupOptions {
  readonly registry: Pick<Registry, "find" | "all">;
  readonly store: Pick<Store, "query" | "write" | "limits" | "oldest">;
  /** Which minutes are written of a series. */
  readonly minutesOf: (series: Series) => Minutes;
  readonly now: Clock;
  readonly log: Pick<Logger, "info" | "warn" | "error">;
  readonly metrics: Metrics;
  /** Where a new file begins: what came before is found in the store. */
  readonly after: number;
  readonly limits?: Partial<RollupLimits>;
}

/** How patient and how large the roll-ups are. */
export interface RollupLimits {
  /** After the end of an hour: stragglers of a mobile network, and what is derived from the hour. */
  readonly lateMs: number;
  /** How often the clock is looked at; an hour of which readings come late is computed no more often. */
  readonly tickMs: number;
  /** Fields written together: some 20 ms of the process's one thread in the embedded store. */
  readonly fieldsTogether: number;
  /** Days of history that wait at most; live readings mark as many as there are. */
  readonly surveyDays: number;
}

const rollupDefaults: RollupLimits = {
  lateMs: 300_000,
  tickMs: 15_000,
  fieldsTogether: 10_000,
  surveyDays: 20_000,
};

/**
 * Rolls up what devices send: count, least, greatest, mean, last reading and worst flag of each quantity in
 * each minute, hour and day, written beside the readings into measurements of their own.
 *
 * It follows the stream only to learn which hours have readings; what it writes is computed from the
 * store, some minutes after the hour has ended, and again when readings of a past hour come later. So
 * it may be done any number of times, and after a crash is: a mark is let go of only when its points are
 * in the store.
 */
export interface Rollup extends Follower {
  /** Something of a device that the stream does not bring is in the store: what is derived. */
  note(device: RegisteredDevice, ts: number): void;
  /**
   * Rolls up what is due now.
   * @param delivered every row of the spool up to this one is in the store
   * @throws Error when the store does not answer: it stays due
   */
  settle(delivered: () => number, signal?: AbortSignal): Promise<void>;
  /** Rolls up what is due, until the signal aborts. */
  run(delivered: () => number, signal: AbortSignal): Promise<void>;
  /** The parts of a day whose figures are not, or not with their latest readings, in the store. */
  waiting(device: Identity, day: number): Bits;
  /** The earliest day that waits, for each device of which one does. */
  earliest(): ReadonlyMap<Identity, number>;
  /**
   * Tells by which rule minutes are written.
   * @param key differs when other minutes are to be written: then all history is rolled up again
   */
  writeMinutes(key: string): void;
  readonly survey: Survey;
  readonly gone: Gone;
  /** Idempotent. */
  close(): void;
}

/** The hour of a device that its readings are of now: found once, not for each of them. */
interface Current {
  readonly from: number;
  readonly to: number;
  readonly bit: Bits;
  readonly mark: Mark;
}

/** Opens or creates the marks in `file`. */
export function openRollup(file: string, options: RollupOptions): Rollup {
  const { registry, store, minutesOf, now, log, metrics } = options;
  const limits = { ...rollupDefaults, ...options.limits };
  let damaged = false;
  const marks = new Marks(file, options.after, (keptAt) => {
    damaged = true;
    log.error(
      { keptAt },
      "the marks of what is to be rolled up were damaged on disk: all is again",
    );
  });
  const gone = new Gone(marks.db);
  const survey = createSurvey({ marks, gone, registry, store, now, most: limits.surveyDays });
  if (damaged) survey.restart();
  const counters = createCounters(metrics, marks);
  const write = createComputedWriter({ store, counters, log, what: "roll-ups" });
  const current = new Map<Identity, Current>();
  let position = marks.durablePosition;

  /** False where the readings of that time are gone: of the rest of them nothing true can be said. */
  function touch({ identity, series }: RegisteredDevice, ts: number, row: number): boolean {
    const known = current.get(identity);
    if (known && ts >= known.from && ts < known.to && known.mark.fresh & known.bit) {
      if (row > known.mark.freshAt) known.mark.freshAt = row;
      return true;
    }
    if (ts < gone.before(placeOf(series))) return false;
    const { day, hour, bit } = partOf(ts);
    const mark = marks.touch(identity, day, bit, row);
    current.set(identity, { from: hour, to: hour + hourMs, bit, mark });
    return true;
  }

  function compute(device: RegisteredDevice, { day, taken }: Mark): Promise<Point[]> {
    return taken === dayBit
      ? dayPoints(store, device, day)
      : hourPoints(store, device, day, taken, minutesOf(device.series));
  }

  /** Computes and writes, and only then lets go: a crash in between does it again. */
  async function round(delivered: () => number, signal?: AbortSignal): Promise<void> {
    let done: Mark[] = [];
    let points: Point[] = [];
    let fields = 0;
    async function flush(): Promise<void> {
      const [marked, written] = [done, points];
      [done, points, fields] = [[], [], 0];
      await write(written);
      for (const mark of marked) marks.finish(mark);
    }
    for (const mark of [...marks.all()]) {
      if (signal?.aborted) return;
      if (!marks.take(mark, now() - limits.lateMs) || mark.takenAt > delivered()) continue;
      const device = registry.find(mark.device);
      if (!device) {
        marks.drop(mark);
        continue;
      }
      for (const point of await compute(device, mark)) {
        points.push(point);
        fields += point.fields.length;
        if (fields < limits.fieldsTogether) continue;
        // Of this mark there is more to come: it stays.
        await flush();
      }
      done.push(mark);
      // The embedded store answers without waiting for anything: accepting goes on in between.
      await breathe();
    }
    await flush();
  }

  async function settle(delivered: () => number, signal?: AbortSignal): Promise<void> {
    await survey.step();
    await round(delivered, signal);
    // Hours that were done make their days due.
    await round(delivered, signal);
  }

  return {
    feed(to, messages) {
      if (to <= position) return;
      for (const { device, samples } of messages) {
        let tooLate = false;
        for (const { ts } of samples) if (!touch(device, ts, to)) tooLate = true;
        if (tooLate) counters.tooLate.inc();
      }
      position = to;
    },
    checkpoint: (ms) => marks.checkpoint(position, ms),
    get durablePosition() {
      return marks.durablePosition;
    },
    note(device, ts) {
      touch(device, ts, 0);
    },
    settle,
    async run(delivered, signal) {
      let failing = false;
      try {
        for await (const _ of setInterval(limits.tickMs, undefined, { signal })) {
          try {
            await settle(delivered, signal);
            failing = false;
          } catch (error) {
            counters.failed.inc();
            if (!failing)
              log.warn({ err: error }, "nothing can be rolled up now; it is tried again");
            failing = true;
          }
        }
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
    waiting: marks.waiting.bind(marks),
    earliest: () => marks.earliest(),
    writeMinutes(key) {
      const before = marks.state("minutes");
      if (before === key) return;
      marks.setState("minutes", key);
      if (before !== undefined) survey.restart();
    },
    survey,
    gone,
    close() {
      marks.close();
    },
  };
}
