import { setTimeout as pause } from "node:timers/promises";
import type { Clock } from "@kenh/schemas";
import type { Logger } from "pino";
import { Counter, Gauge, type Registry as Metrics } from "prom-client";
import { dayMs, dayOf } from "../derive/spans.ts";
import type { Registry } from "../registry.ts";
import type { Place, Series, Store } from "../stores/store.ts";
import type { Minutes } from "./compute.ts";
import { placeOf } from "./gone.ts";
import type { RetentionPolicy } from "./retention-file.ts";
import type { Rollup } from "./rollup.ts";
import { hourMs, levelOf } from "./windows.ts";

/** What is too old leaves within an hour. */
const everyMs = hourMs;
/** What is being judged while the clock comes to midnight is still of a day that is kept. */
const slackMs = hourMs;

/** What is kept, by the policy of the moment. */
export class Retention {
  #policy: RetentionPolicy;
  readonly #now: Clock;
  #gone: Rollup["gone"] | undefined;
  #oldest = new WeakMap<Series, { readonly keptMs: number; readonly gone: number }>();

  constructor(policy: RetentionPolicy, now: Clock) {
    this.#policy = policy;
    this.#now = now;
  }

  get policy(): RetentionPolicy {
    return this.#policy;
  }

  /** Another policy is in force. */
  take(policy: RetentionPolicy): void {
    this.#policy = policy;
    this.forgetKnown();
  }

  /** What is gone for good is too old as well, even when more is to be kept from now on. */
  follow(gone: Rollup["gone"]): void {
    this.#gone = gone;
    this.forgetKnown();
  }

  forgetKnown(): void {
    this.#oldest = new WeakMap();
  }

  /** Readings of a series that are older are not taken any more. */
  readonly oldestOf = (series: Series): number => {
    let known = this.#oldest.get(series);
    if (!known) {
      const place = placeOf(series);
      const keptMs = this.#policy.daysOf(place.measurement, unitOf(place), "raw") * dayMs;
      known = { keptMs, gone: this.#gone?.before(place) ?? Number.NEGATIVE_INFINITY };
      this.#oldest.set(series, known);
    }
    const { keptMs, gone } = known;
    return keptMs > 0 ? Math.max(gone, this.#now() - keptMs) : gone;
  };

  /** Which minutes are written of a series. */
  minutesOf(series: Series): Minutes {
    const place = placeOf(series);
    return this.#policy.minutesOf(place.measurement, unitOf(place));
  }
}

const unitOf = ({ province, unit }: Place): string => `${province}/${unit}`;

export interface KeepParts {
  readonly retention: Retention;
  readonly rollup: Pick<Rollup, "earliest" | "survey" | "gone">;
  readonly store: Pick<Store, "places" | "forget" | "limits">;
  readonly registry: Pick<Registry, "find">;
  readonly now: Clock;
  readonly log: Pick<Logger, "warn" | "info">;
  readonly metrics: Metrics;
}

/** Deletes what is too old. */
export interface Keeper {
  /** Goes through everything once. @throws Error when the store does not answer: the rest is done the next time */
  pass(): Promise<void>;
  /** Goes through it now and every hour, until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/**
 * Deletes what is too old, measurement by measurement and unit by unit, whole days of Vietnam at a time.
 * Readings that are not yet rolled up stay, and so does what their roll-ups are computed from.
 */
export function createKeeper(parts: KeepParts): Keeper {
  const { retention, rollup, store, registry, now, log, metrics } = parts;
  const deleted = new Counter({
    name: "kenh_retention_deletions_total",
    help: "Deletions of what was too old, one for each measurement of a unit",
    registers: [metrics],
  });
  const held = new Gauge({
    name: "kenh_retention_held_places",
    help: "Measurements of units of which something is too old and stays until it is rolled up",
    registers: [metrics],
  });

  /** The earliest day of each place that is not rolled up. */
  function unrolled(): Map<string, number> {
    const days = new Map<string, number>();
    for (const [device, day] of rollup.earliest()) {
      const series = registry.find(device)?.series;
      if (!series) continue;
      const key = JSON.stringify(placeOf(series));
      days.set(key, Math.min(day, days.get(key) ?? day));
    }
    return days;
  }

  async function pass(): Promise<void> {
    const waiting = unrolled();
    let late = 0;
    for (const place of await store.places()) {
      const { of, level } = levelOf(place.measurement);
      const days = retention.policy.daysOf(of, unitOf(place), level);
      if (days === 0) continue;
      const due = dayOf(now() - days * dayMs - slackMs);
      const readings = { ...place, measurement: of };
      // Until all history is looked through, nobody knows what of it is not rolled up.
      const rolledTo = rollup.survey.isDone
        ? (waiting.get(JSON.stringify(readings)) ?? due)
        : Number.NEGATIVE_INFINITY;
      const before = Math.min(due, rolledTo);
      if (before < due) late++;
      const from = rollup.gone.deleted(place);
      if (before <= from) continue;
      rollup.gone.claim(place, before);
      retention.forgetKnown();
      await store.forget(place, before, Number.isFinite(from) ? from : undefined);
      rollup.gone.finish(place, before);
      deleted.inc();
    }
    held.set(late);
  }

  return {
    pass,
    async run(signal) {
      if (!store.limits.forgets && !retention.policy.keepsAll)
        log.warn(
          "this store can't delete a part of what it has: it keeps all by its own retention",
        );
      while (!signal.aborted) {
        try {
          await pass();
        } catch (error) {
          log.warn(
            { err: error },
            "what is too old could not all be deleted; it is tried again in an hour",
          );
        }
        await pause(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
      }
    },
  };
}
