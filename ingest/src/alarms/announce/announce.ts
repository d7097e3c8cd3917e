import { setTimeout as pause } from "node:timers/promises";
import type { Clock } from "@kenh/schemas";
import type { Logger } from "pino";
import type { Registry as Metrics } from "prom-client";
import { PermanentError } from "../../stores/store.ts";
import type { Change } from "../book.ts";
import { createCounters } from "./counters.ts";
import { LaterError, type Outbox, type Way } from "./way.ts";

export interface AnnounceOptions {
  readonly signal: AbortSignal;
  readonly log: Pick<Logger, "warn" | "error" | "info">;
  readonly metrics: Metrics;
  readonly now: Clock;
  /** Told of what a way out will never take. */
  readonly onRefused?: (way: string, change: Change, error: Error) => void;
  /** 0 to 1, for the jitter of waiting times. */
  readonly random?: () => number;
  readonly limits?: AnnounceLimits;
}

/** How transitions go out. */
export interface AnnounceLimits {
  /** At most so many at once: a storm is cut into pieces that a slow way out can take. */
  readonly batch: number;
  /** Waiting time after the first failure, up to a quarter of it more or less; doubled after each further one. */
  readonly firstRetryMs: number;
  /** An operator's screen may be this late after an outage. */
  readonly maxRetryMs: number;
}

const announceDefaults: AnnounceLimits = {
  batch: 500,
  firstRetryMs: 250,
  maxRetryMs: 15_000,
};

/** What goes past a way without being for it is written down as done after so many: a start looks at them once more. */
const unwantedWritten = 1000;

/** How a way out stands. */
export interface WayStanding {
  readonly name: string;
  /** Transitions after its place in the book, whether they are for it or not. */
  readonly waiting: number;
  /** Since when every attempt has failed, by the station's clock; null while it works. */
  readonly failingSince: number | null;
  /** Why the last attempt failed. */
  readonly error: string | null;
}

/** Announces transitions by the ways in force. */
export interface Announcer {
  /** Brings exactly these into force. One that was in force already, the same object, goes on undisturbed. */
  use(ways: readonly Way[]): Promise<void>;
  standing(): WayStanding[];
  /** Resolves when the signal has aborted and nothing is under way any more. */
  readonly done: Promise<void>;
}

/**
 * Announces every transition by every way until the signal aborts. The book of alarms is the outbox:
 * each way keeps its own place in it, written after the other side has taken what came before, so
 * nothing is lost by a crash, and a broken way holds no other one up.
 */
export function createAnnouncer(outbox: Outbox, options: AnnounceOptions): Announcer {
  const running = new Map<Way, Announcing>();
  const counters = createCounters(
    options.metrics,
    () =>
      new Map([...running.values()].map(({ standing }) => [standing().name, standing().waiting])),
  );
  const { promise: done, resolve } = Promise.withResolvers<void>();
  const stopAll = async (): Promise<void> => {
    await use([]);
    resolve();
  };
  if (options.signal.aborted) resolve();
  else options.signal.addEventListener("abort", () => void stopAll(), { once: true });

  /** One change of the ways after the other. */
  let changing = Promise.resolve();
  function use(ways: readonly Way[]): Promise<void> {
    changing = changing.then(() => exchange(ways));
    return changing;
  }

  async function exchange(ways: readonly Way[]): Promise<void> {
    const gone = [...running].filter(([way]) => !ways.includes(way));
    // Its successor of the same name begins where it ends, not beside it.
    await Promise.all(gone.map(([, announcing]) => announcing.stop()));
    for (const [way] of gone) {
      way.close?.();
      running.delete(way);
    }
    if (options.signal.aborted) return;
    for (const way of ways) {
      if (!running.has(way)) running.set(way, announceBy(way, outbox, counters, options));
    }
  }

  return { use, standing: () => [...running.values()].map(({ standing }) => standing()), done };
}

interface Announcing {
  standing(): WayStanding;
  stop(): Promise<void>;
}

function announceBy(
  way: Way,
  outbox: Outbox,
  counters: ReturnType<typeof createCounters>,
  { log, now, onRefused, random = Math.random, limits = announceDefaults }: AnnounceOptions,
): Announcing {
  const label = { way: way.name };
  const stopping = new AbortController();
  const { signal } = stopping;
  /** Of the transitions that are on their way, those that need not come again. */
  const taken = new Set<number>();
  let place = outbox.announced(way.name);
  let written = place;
  let failures = 0;
  let failingSince: number | null = null;
  let fault: string | null = null;
  let news = Promise.withResolvers<void>();
  const wake = (): void => news.resolve();

  function took({ revision }: Change): void {
    if (taken.has(revision)) return;
    taken.add(revision);
    counters.announced.inc(label);
  }

  async function attempt(changes: readonly Change[]): Promise<void> {
    await way.announce(changes, signal, took);
    changes.forEach(took);
  }

  function refuse(change: Change, error: PermanentError): void {
    onRefused?.(way.name, change, error);
    const { revision } = change;
    taken.add(revision);
    counters.refused.inc(label);
    log.error(
      { err: error, ...label, revision },
      "a transition of an alarm was refused for good; it stays in the book of alarms",
    );
  }

  /**
   * One that is refused for good is found by sending each alone, and passed over.
   * @throws Error when some were not taken; those that were don't come again.
   */
  async function send(changes: readonly Change[]): Promise<void> {
    const open = changes.filter(({ revision }) => !taken.has(revision));
    const [only] = open;
    if (!only) return;
    try {
      await attempt(open);
    } catch (error) {
      if (!(error instanceof PermanentError)) throw error;
      if (open.length === 1) refuse(only, error);
      else for (const change of open) await send([change]);
    }
  }

  async function announceNext(): Promise<boolean> {
    const changes = outbox.after(place, way.batch ?? limits.batch);
    const last = changes.at(-1);
    if (!last) return false;
    const wanted = way.wants ? changes.filter(way.wants) : changes;
    if (wanted.length > 0) await send(wanted);
    place = last.revision;
    if (wanted.length > 0 || place - written >= unwantedWritten) {
      outbox.setAnnounced(way.name, place);
      written = place;
    }
    taken.clear();
    return true;
  }

  function waitAfter(error: unknown): number {
    const usual = Math.min(limits.firstRetryMs * 2 ** (failures - 1), limits.maxRetryMs);
    const asked = error instanceof LaterError ? Math.min(error.afterMs, limits.maxRetryMs) : 0;
    // Stations that lost the same receiver do not come back all at once.
    return Math.max(asked, usual * (0.75 + random() / 2));
  }

  async function run(): Promise<void> {
    const unsubscribe = outbox.subscribe(wake);
    signal.addEventListener("abort", wake, { once: true });
    while (!signal.aborted) {
      const gatherMs = way.gatherMs?.() ?? 0;
      if (gatherMs > 0) await pause(gatherMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) break;
      news = Promise.withResolvers<void>();
      try {
        const more = await announceNext();
        if (failures > 0) log.info(label, "alarms are announced again");
        failures = 0;
        failingSince = null;
        fault = null;
        if (!more) await news.promise;
      } catch (error) {
        if (signal.aborted) break;
        failures += 1;
        failingSince ??= now();
        fault = error instanceof Error ? error.message : String(error);
        counters.failed.inc(label);
        if (failures === 1)
          log.warn({ err: error, ...label }, "alarms can't be announced; retrying");
        await pause(waitAfter(error), undefined, { signal }).catch(() => undefined);
      }
    }
    unsubscribe();
  }

  const ended = run();
  return {
    standing: () => ({
      name: way.name,
      waiting: outbox.revision - place,
      failingSince,
      error: fault,
    }),
    stop() {
      stopping.abort();
      return ended;
    },
  };
}
