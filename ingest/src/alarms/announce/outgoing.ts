import { join } from "node:path";
import { setInterval } from "node:timers/promises";
import type { Clock } from "@kenh/schemas";
import type { Logger } from "pino";
import type { Registry as Metrics } from "prom-client";
import type { Alarms } from "../alarms.ts";
import { createAnnouncer, type WayStanding } from "./announce.ts";
import { createEscalation } from "./escalate.ts";
import { alarmOf, type Way } from "./way.ts";
import { openWayBook, type RefusedTransition } from "./way-book.ts";
import { type ConfiguredWays, followWays, readWays } from "./ways.ts";
import type { Places } from "./words.ts";

export interface OutgoingParts {
  /** The station's folder: `ways.yaml` and `ways.db`. */
  readonly folder: string;
  readonly alarms: Alarms;
  /** The ways that are always there. */
  readonly always: readonly Way[];
  readonly places: Places;
  /** Told how many ways fail: that is an alarm of its own. */
  readonly onFailing: (count: number) => void;
  readonly now: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly signal: AbortSignal;
}

/** All ways out of a station. */
export interface Outgoing {
  standing(): WayStanding[];
  refused(): RefusedTransition[];
  /** Resolves when the signal has aborted and nothing is under way any more; then the file is closed. */
  readonly done: Promise<void>;
}

/** A way that fails is told of this often: the rule that makes it an alarm waits for readings. */
const healthEveryMs = 15_000;

/**
 * Starts every way out: those that are always there and those of `ways.yaml`, which is followed from
 * now on. A way that was never in force begins with what comes from now on, not with the whole book.
 * @throws Error with `file:line` when `ways.yaml` is wrong
 */
export function startOutgoing(parts: OutgoingParts): Outgoing {
  const { folder, alarms, always, now, log, metrics, signal, onFailing } = parts;
  const file = join(folder, "ways.yaml");
  const wayParts = { history: alarms.get, places: parts.places, now, log };
  const known = new Map<string, readonly Way[]>();
  const first = readWays(file, wayParts, known);
  const book = openWayBook(join(folder, "ways.db"), (keptAt) =>
    log.error({ keptAt }, "the book of ways was damaged on disk; what could be read was saved"),
  );
  const escalation = createEscalation({ alarms, book, now, log });
  const announcer = createAnnouncer(alarms, {
    signal,
    log,
    metrics,
    now,
    onRefused(way, change, { message: reason }) {
      const { revision, device } = change;
      book.refuse({ way, revision, alarm: alarmOf(change).id, device, reason, at: now() });
    },
  });

  async function take({ ways, escalation: steps }: ConfiguredWays): Promise<void> {
    const configured = steps.length > 0 ? [...ways, escalation.way] : [...ways];
    for (const way of configured) {
      if (book.knows(way.name)) continue;
      const { revision } = alarms;
      if (way === escalation.way) escalation.begin();
      alarms.setAnnounced(way.name, revision);
      book.note(way.name);
    }
    escalation.use(steps);
    await announcer.use([...always, ...configured]);
  }

  async function watchHealth(): Promise<void> {
    const tell = (): void =>
      onFailing(announcer.standing().filter(({ failingSince }) => failingSince !== null).length);
    try {
      for await (const _ of setInterval(healthEveryMs, undefined, { signal })) tell();
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  const running = [
    take(first),
    followWays(file, wayParts, known, take, signal),
    escalation.run(signal),
    watchHealth(),
    announcer.done,
  ];
  return {
    standing: announcer.standing,
    refused: book.refused,
    done: Promise.all(running).then(book.close),
  };
}
