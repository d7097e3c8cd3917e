import { type Clock, type Identity, type Status, topicOf } from "@kenh/schemas";
import type { Link } from "./link.ts";
import { within } from "./within.ts";

/** Numbers and states of the whole agent that go out with its own status. */
type Counters = Readonly<Record<string, number | string | null>>;

export interface HealthOptions {
  /** The agent's name. */
  readonly agent: string;
  /** The agent's own identity: MQTT grants one last will to a connection, and it is said here. */
  readonly identity: Identity;
  readonly now: Clock;
  readonly counters: () => Counters;
}

/** A status as it is published, retained. */
interface Message {
  readonly topic: string;
  readonly payload: string;
}

/**
 * The retained status of each device and of the agent itself. A device is offline when its driver
 * fails. When the whole agent is lost, the broker says so on the agent's own topic alone, and the
 * status of its devices is the last one known.
 */
export interface Health {
  /** Notes a device's state; published when it differs from the last. */
  set(device: Identity, state: Status["state"], reason?: string): void;
  /** Everything, to a new connection. */
  greet(link: Link): void;
  /** The agent's own counters, now. */
  publishCounters(): void;
  /** What the broker is to say when the connection is lost. Its `since` is the last time known. */
  will(): Message;
  /** Says that all are offline because the agent stops, and why; waits for the broker's answers. */
  farewell(link: Link, reason: "stopped" | "power", timeoutMs: number): Promise<void>;
}

interface Known {
  readonly state: Status["state"];
  readonly since: number;
  readonly reason?: string;
}

export function createHealth(options: HealthOptions): Health {
  const { agent, identity, now } = options;
  const startedAt = now();
  const devices = new Map<Identity, Known>();
  let link: Link | undefined;

  const message = (device: Identity, known: Known, more: Counters = {}): Message => ({
    topic: topicOf(device, "status"),
    payload: JSON.stringify({ v: 1, ...known, agent, ...more } satisfies Status),
  });
  const own = (): Message =>
    message(identity, { state: "online", since: startedAt }, options.counters());
  const say = (to: Link | undefined, { topic, payload }: Message): Promise<void> | undefined =>
    to?.publish(topic, payload, true);

  return {
    set(device, state, reason) {
      const known = devices.get(device);
      if (known?.state === state && known.reason === reason) return;
      const since = known?.state === state ? known.since : now();
      const next: Known = { state, since, ...(reason !== undefined && { reason }) };
      devices.set(device, next);
      say(link, message(device, next));
    },
    greet(to) {
      link = to;
      to.lost.then(() => {
        if (link === to) link = undefined;
      });
      say(to, own());
      for (const [device, known] of devices) say(to, message(device, known));
    },
    publishCounters() {
      say(link, own());
    },
    will: () => message(identity, { state: "offline", since: now(), reason: "connection lost" }),
    async farewell(to, reason, timeoutMs) {
      link = undefined;
      const offline: Known = { state: "offline", since: now(), reason };
      const said = [...devices.keys(), identity].map((device) => say(to, message(device, offline)));
      await within(timeoutMs, [Promise.all(said), to.lost]);
    },
  };
}
