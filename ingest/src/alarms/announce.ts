import { setTimeout as pause } from "node:timers/promises";
import { type Alarm, type Identity, parseIdentity, topicOf } from "@kenh/schemas";
import type { Logger } from "pino";
import { Counter, Gauge, type Registry as Metrics } from "prom-client";
import { type Field, PermanentError, type Point } from "../stores/store.ts";
import type { Alarms } from "./alarms.ts";
import type { Change } from "./book.ts";

/** A way out for transitions of alarms. */
export interface Way {
  /** Names its place in the outbox: never rename one that has shipped. */
  readonly name: string;
  /**
   * Announces transitions in their order; resolves when the other side has them all. They come
   * again when it rejects or the process dies, so the other side may see one twice.
   * @throws PermanentError when they will never be taken; anything else means: try again.
   */
  announce(changes: readonly Change[]): Promise<void>;
}

export interface AnnounceOptions {
  readonly signal: AbortSignal;
  readonly log: Pick<Logger, "warn" | "error">;
  readonly metrics: Metrics;
  readonly limits?: AnnounceLimits;
}

/** How transitions go out. */
export interface AnnounceLimits {
  /** At most so many at once: a storm is cut into pieces that a slow way out can take. */
  readonly batch: number;
  /** Waiting time after the first failure; doubled after each further one. */
  readonly firstRetryMs: number;
  /** An operator's screen may be this late after an outage. */
  readonly maxRetryMs: number;
}

const announceDefaults: AnnounceLimits = {
  batch: 500,
  firstRetryMs: 250,
  maxRetryMs: 15_000,
};

/**
 * Announces every transition by every way until the signal aborts. The book of alarms is the outbox:
 * each way keeps its own place in it, written after the other side has taken what came before, so
 * nothing is lost by a crash, and a broken way holds no other one up.
 */
export async function announce(
  alarms: Alarms,
  ways: readonly Way[],
  options: AnnounceOptions,
): Promise<void> {
  const { metrics } = options;
  const registers = [metrics];
  const labelNames = ["way"] as const;
  const counters = {
    announced: new Counter({
      name: "kenh_alarm_announced_total",
      help: "Transitions announced, by way out",
      labelNames,
      registers,
    }),
    failed: new Counter({
      name: "kenh_alarm_announce_failures_total",
      help: "Failed attempts to announce; they are tried again",
      labelNames,
      registers,
    }),
    refused: new Counter({
      name: "kenh_alarm_announce_refused_total",
      help: "Transitions that a way out will never take",
      labelNames,
      registers,
    }),
  };
  new Gauge({
    name: "kenh_alarm_announce_waiting",
    help: "Transitions that wait for a way out",
    labelNames,
    registers,
    collect() {
      for (const { name } of ways) {
        this.set({ way: name }, alarms.revision - alarms.announced(name));
      }
    },
  });
  await Promise.all(ways.map((way) => announceBy(way, alarms, counters, options)));
}

async function announceBy(
  way: Way,
  alarms: Alarms,
  counters: Record<"announced" | "failed" | "refused", Counter<"way">>,
  { signal, log, limits = announceDefaults }: AnnounceOptions,
): Promise<void> {
  const label = { way: way.name };
  let news = Promise.withResolvers<void>();
  const wake = (): void => news.resolve();
  const unsubscribe = alarms.subscribe(wake);
  signal.addEventListener("abort", wake, { once: true });
  let failures = 0;

  /** One that is refused for good is found by sending each alone, and passed over. */
  async function send(changes: readonly Change[]): Promise<void> {
    try {
      await way.announce(changes);
      counters.announced.inc(label, changes.length);
    } catch (error) {
      if (!(error instanceof PermanentError)) throw error;
      if (changes.length > 1) {
        for (const change of changes) await send([change]);
        return;
      }
      counters.refused.inc(label);
      log.error(
        { err: error, ...label, revision: changes[0]?.revision },
        "a transition of an alarm was refused for good; it stays in the book of alarms",
      );
    }
  }

  async function announceNext(place: number): Promise<number> {
    const changes = alarms.after(place, limits.batch);
    const last = changes.at(-1);
    if (!last) return place;
    await send(changes);
    alarms.setAnnounced(way.name, last.revision);
    return last.revision;
  }

  try {
    let place = alarms.announced(way.name);
    while (!signal.aborted) {
      news = Promise.withResolvers<void>();
      try {
        const before = place;
        place = await announceNext(place);
        failures = 0;
        if (place === before) await news.promise;
      } catch (error) {
        failures += 1;
        counters.failed.inc(label);
        if (failures === 1)
          log.warn({ err: error, ...label }, "alarms can't be announced; retrying");
        const waitMs = Math.min(limits.firstRetryMs * 2 ** (failures - 1), limits.maxRetryMs);
        await pause(waitMs, undefined, { signal }).catch(() => undefined);
      }
    }
  } finally {
    signal.removeEventListener("abort", wake);
    unsubscribe();
  }
}

/** On the alarm topic of the device (CONTRACT: topics), the alarm as the API gives it. */
export function byMqtt(publish: (topic: string, payload: string) => Promise<void>): Way {
  return {
    name: "mqtt",
    async announce(changes) {
      for (const { device, json } of changes) await publish(topicOf(device, "alarm"), json);
    },
  };
}

/** As points of the measurement `alarms` (CONTRACT: store mapping). */
export function byStore(deliver: (points: readonly Point[]) => Promise<void>): Way {
  return { name: "store", announce: (changes) => deliver(changes.map(pointOf)) };
}

/** The point of a transition; what it has no value for is no field of it. */
export function pointOf({ device, json, pointTs }: Change): Point {
  const alarm = JSON.parse(json) as Alarm;
  const line = alarm.history.at(-1);
  const fields: Field[] = [];
  const add = (name: string, type: Field["type"], value: string | number | null | undefined) => {
    if (value !== null && value !== undefined) fields.push({ name, type, value, flag: 1 });
  };
  add("alarm", "string", alarm.id);
  add("event", "string", line?.event);
  add("state", "string", line?.state);
  add("value", "float", line?.value);
  add("limit", "float", alarm.limit);
  add("actor", "string", line?.actor);
  add("comment", "string", line?.comment);
  return { series: seriesOf(device, alarm), ts: pointTs, fields };
}

function seriesOf(identity: Identity, { rule, priority }: Alarm): Point["series"] {
  const { province, unit, site, device } = parseIdentity(identity);
  return {
    measurement: "alarms",
    tags: [
      ["province", province],
      ["unit", unit],
      ["site", site],
      ["device", device],
      ["rule", rule],
      ["priority", String(priority)],
    ],
  };
}
