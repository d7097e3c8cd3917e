import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { bridgeIdentity, type Clock, type Identity } from "@kenh/schemas";
import type { Logger } from "pino";
import type { Registry as Metrics } from "prom-client";
import type { Follower } from "../follow.ts";
import type { Quarantine } from "../quarantine.ts";
import { Book } from "./book.ts";
import type { BridgeConfig } from "./config.ts";
import { openLink } from "./link.ts";
import { messagesOf } from "./messages.ts";
import { expose } from "./metrics.ts";
import { type AlarmsOut, runSession, state } from "./session.ts";
import { Stream } from "./stream.ts";

export interface BridgeParts {
  readonly config: BridgeConfig;
  /** Of the station. */
  readonly folder: string;
  /** Where a new book begins: of the rows before it nothing is sent. */
  readonly after: number;
  readonly alarms: AlarmsOut;
  readonly now: Clock;
  readonly log: Pick<Logger, "info" | "warn" | "error">;
  readonly metrics: Metrics;
  /** 0 to 1, for the jitter of waiting times. */
  readonly random?: () => number;
}

/** Reports what a unit's own station has to its province, and what it missed when the line is back. */
export interface Bridge {
  readonly follower: Follower;
  /** A device has said how it is connected. */
  onStatus(identity: Identity, payload: Uint8Array): void;
  /** Sends until the signal aborts. */
  run(quarantine: Pick<Quarantine, "whole">, signal: AbortSignal): Promise<void>;
  /** 1 while there is no line to the province, 0 otherwise. */
  down(): number;
  /** Idempotent. */
  close(): void;
}

/** The wait after a failure: anything up to this, doubled after each further one … */
const firstRetryMs = 500;
/** … up to this: the province sees a ward half a minute after the line is back. */
const maxRetryMs = 30_000;

/** Opens or creates the book of what the province has not got. @throws Error when the file can't be opened */
export function openBridge(parts: BridgeParts): Bridge {
  const { config, alarms, now, log, random = Math.random } = parts;
  const { unit } = config;
  const self = bridgeIdentity(unit);
  const book = new Book(join(parts.folder, "bridge.db"), parts.after, config, (keptAt) =>
    log.error(
      { keptAt },
      "the book of the bridge was damaged on disk; what could be read was saved",
    ),
  );
  let itemOf: Quarantine["whole"] = () => undefined;
  const stream = new Stream(book, (row) => messagesOf(unit, row, (id) => itemOf(id)), now);
  const known = new Map<Identity, string>();
  const listeners = new Set<(identity: Identity) => void>();
  let connected = false;
  const counters = expose(parts.metrics, {
    connected: () => connected,
    waiting: () => book.waiting,
    alarms: () => Math.max(0, alarms.revision - alarms.announced("bridge")),
  });

  /** One connection; gives whether the province took anything. */
  async function session(signal: AbortSignal): Promise<boolean> {
    let took = false;
    const gone = JSON.stringify(state("offline", now()));
    const link = await openLink(config, { of: self, gone }, signal);
    connected = true;
    log.info({ unit }, "the line to the province is there");
    try {
      await runSession(
        link,
        {
          ...{ unit, alarms, stream, perSecond: config.perSecond, now },
          statuses: {
            known,
            onNews(tell) {
              listeners.add(tell);
              return () => listeners.delete(tell);
            },
          },
          forwarded(kind, count) {
            took = true;
            counters.forwarded.inc({ kind }, count);
          },
        },
        signal,
      );
    } finally {
      connected = false;
      link.cut(new Error("the bridge ends the connection"));
    }
    if (!signal.aborted) log.warn({ err: await link.lost }, "the line to the province is gone");
    return took;
  }

  return {
    follower: stream,
    onStatus(identity, payload) {
      known.set(identity, Buffer.from(payload).toString());
      for (const tell of listeners) tell(identity);
    },
    async run(quarantine, signal) {
      itemOf = (id) => quarantine.whole(id);
      let failures = 0;
      while (!signal.aborted) {
        try {
          if (await session(signal)) failures = 0;
        } catch (error) {
          if (signal.aborted) return;
          if (failures === 0) log.warn({ err: error }, "there is no line to the province");
          counters.failed.inc();
        }
        const most = Math.min(maxRetryMs, firstRetryMs * 2 ** Math.min(failures, 10));
        failures += 1;
        await pause(random() * most, undefined, { signal }).catch(() => undefined);
      }
    },
    down: () => (connected ? 0 : 1),
    close: () => book.close(),
  };
}
