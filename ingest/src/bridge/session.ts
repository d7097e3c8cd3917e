import type { Alarm, Clock, Identity, Report } from "@kenh/schemas";
import { topicOf } from "@kenh/schemas";
import type { Alarms } from "../alarms/alarms.ts";
import type { Link } from "./link.ts";
import { reporting } from "./messages.ts";
import type { Given, Stream } from "./stream.ts";

/** The book of alarms, as the bridge reads it: its outbox for them. */
export type AlarmsOut = Pick<
  Alarms,
  "revision" | "after" | "get" | "announced" | "setAnnounced" | "subscribe"
>;

export interface SessionParts {
  readonly unit: string;
  readonly alarms: AlarmsOut;
  readonly stream: Stream;
  /** What devices last said of their connection, and whoever says something new. */
  readonly statuses: {
    readonly known: ReadonlyMap<Identity, string>;
    onNews(tell: (identity: Identity) => void): () => void;
  };
  readonly perSecond: number;
  readonly forwarded: (kind: "alarm" | "telemetry" | "status", count: number) => void;
  readonly now: Clock;
}

/** The name of its place in the book of alarms: never to be changed. */
const way = "bridge";
/** Messages on their way at once: a line of a second's delay still takes a hundred a second. */
const window = 100;

/**
 * Sends over one connection until it is lost or the signal aborts: first the alarms that the province
 * has not got, in their order, then how the devices stand, then what comes, and behind that, at a
 * bounded rate, what has waited. An alarm that comes goes before all else.
 */
export async function runSession(
  link: Link,
  { unit, alarms, stream, statuses, perSecond, forwarded, now }: SessionParts,
  signal: AbortSignal,
): Promise<void> {
  let over = false;
  let flying = 0;
  let news = Promise.withResolvers<void>();
  const wake = (): void => news.resolve();
  const stopped = Promise.race([link.lost, aborted(signal)]).then(() => {
    over = true;
    wake();
  });
  const isOurs = (device: Identity): boolean => device.startsWith(`${unit}/`);
  const saying = new Set([...statuses.known.keys()].filter(isOurs));
  const unsubscribe = [
    alarms.subscribe(wake),
    statuses.onNews((identity) => {
      if (isOurs(identity)) saying.add(identity);
      wake();
    }),
  ];

  let tokens = window;
  let filledAt = performance.now();
  function takeToken(): boolean {
    const at = performance.now();
    tokens = Math.min(window, tokens + ((at - filledAt) / 1000) * perSecond);
    filledAt = at;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  }

  /** False when the line is gone; otherwise the province has every alarm. */
  async function sendAlarms(): Promise<boolean> {
    for (;;) {
      const changes = alarms.after(alarms.announced(way), window);
      const last = changes.at(-1);
      if (!last) return !over;
      const wanted = changes.filter(({ device }) => isOurs(device));
      const sent = Promise.all(
        wanted.map(({ device, json }) => {
          const { topic, payload } = reporting(device, reportOf(json));
          return link.publish(topic, payload);
        }),
      );
      await Promise.race([sent, stopped]);
      if (over) return false;
      alarms.setAnnounced(way, last.revision);
      forwarded("alarm", wanted.length);
    }
  }

  function reportOf(json: string): Report {
    const alarm = JSON.parse(json) as Alarm;
    const settled = alarms.get(alarm.id)?.state !== "unacknowledged";
    return { v: 1, kind: "alarm", settled, alarm };
  }

  function sendStatus(identity: Identity): void {
    saying.delete(identity);
    const payload = statuses.known.get(identity);
    if (payload === undefined) return;
    flying++;
    void link.publish(topicOf(identity, "status"), payload, true).then(() => {
      flying--;
      forwarded("status", 1);
      wake();
    });
  }

  function send(given: Given): void {
    flying++;
    void link.publish(given.topic, given.payload).then(() => {
      // What is acknowledged after the end is given out again all the same.
      if (over) return;
      flying--;
      stream.took(given);
      forwarded("telemetry", 1);
      wake();
    });
  }

  /** Fills the window, until an alarm is there. */
  function fill(): void {
    while (!over && flying < window && alarms.announced(way) >= alarms.revision) {
      const [identity] = saying;
      if (identity !== undefined) {
        sendStatus(identity);
        continue;
      }
      const given =
        stream.live() ?? (stream.hasBacklog && takeToken() ? stream.backlog() : undefined);
      if (!given) return;
      send(given);
    }
  }

  stream.begin();
  stream.onNews = wake;
  try {
    await Promise.race([
      link.publish(topicOf(...statusOf(unit)), JSON.stringify(state("online", now())), true),
      stopped,
    ]);
    if (!over) forwarded("status", 1);
    while (!over && (await sendAlarms())) {
      news = Promise.withResolvers<void>();
      fill();
      if (alarms.announced(way) < alarms.revision) continue;
      // Behind the rate there is more: it is looked at again when a token is there.
      const isHeld = stream.hasBacklog && flying < window;
      const later = isHeld ? setTimeout(wake, 1000 / perSecond + 1) : undefined;
      await news.promise;
      clearTimeout(later);
    }
  } finally {
    over = true;
    stream.onNews = () => {};
    stream.end();
    for (const end of unsubscribe) end();
  }
}

/** The topic of the bridge's own status. */
const statusOf = (unit: string) => [`${unit}/station/bridge` as Identity, "status"] as const;

/** What the bridge says of itself. */
export function state(is: "online" | "offline", since: number) {
  return { v: 1, state: is, since, agent: "bridge" } as const;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
