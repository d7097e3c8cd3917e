import { Readable } from "node:stream";
import type { Clock } from "@kenh/schemas";
import type { Limits } from "./limits.ts";
import { type KeptPacket, Queues } from "./queues.ts";

interface SessionClient {
  readonly id: string;
}

/** The part of aedes' memory persistence that is changed here. */
export interface Persistence {
  storeRetained(packet: { topic: string; payload: Buffer }): Promise<void>;
  addSubscriptions(client: SessionClient, filters: { topic: string }[]): Promise<void>;
  cleanSubscriptions(client: SessionClient): Promise<void>;
  cleanIncoming(client: SessionClient): Promise<void>;
  outgoingEnqueue(to: { clientId: string }, packet: KeptPacket): Promise<void>;
  outgoingEnqueueCombi(to: { clientId: string }[], packet: KeptPacket): Promise<void>;
  outgoingUpdate(client: SessionClient, packet: KeptPacket): Promise<void>;
  outgoingClearMessageId(
    client: SessionClient,
    packet: KeptPacket,
  ): Promise<KeptPacket | undefined>;
  outgoingStream(client: SessionClient): Readable;
  streamWill(): Readable;
}

export interface SessionsOptions {
  readonly limits: Limits;
  readonly now: Clock;
  /** Whether this client may have this filter; asked once more before it is kept. */
  readonly maySubscribe: (client: SessionClient, filter: string) => boolean;
  readonly onDrop: (reason: "queue-full" | "session-expired" | "session-evicted") => void;
}

/** Persistent sessions and retained messages, in memory and bounded. */
export interface Sessions {
  readonly persistence: Persistence;
  readonly queues: Queues;
  readonly retained: number;
  readonly count: number;
  /** Whether one of them has subscribed to anything. */
  readonly haveFilters: boolean;
  /** A client with a persistent session is here. */
  arrive(id: string): void;
  /** It is gone; from now on its session ages. */
  leave(id: string): void;
  /** Gives up the sessions that have been away too long. */
  expire(): Promise<void>;
}

/** Puts bounds around the persistence that aedes made for itself. */
export function boundSessions(inner: Persistence, options: SessionsOptions): Sessions {
  const { limits, now, onDrop } = options;
  const queues = new Queues(limits, () => onDrop("queue-full"));
  const retained = new Set<string>();
  const present = new Set<string>();
  /** When each session that is away left, in milliseconds since 1970, the longest away first. */
  const away = new Map<string, number>();

  /** Sessions that have a filter. */
  const subscribed = new Set<string>();

  async function forget(id: string): Promise<void> {
    away.delete(id);
    subscribed.delete(id);
    queues.forget(id);
    await Promise.all([inner.cleanSubscriptions({ id }), inner.cleanIncoming({ id })]);
  }

  const changed: Persistence = {
    async storeRetained(packet) {
      const payload = Buffer.alloc(packet.payload.length);
      packet.payload.copy(payload); // not a slice of a read buffer, which it would keep alive
      await inner.storeRetained({ ...packet, payload });
      if (payload.length > 0) retained.add(packet.topic);
      else retained.delete(packet.topic);
    },
    // aedes keeps every filter of a SUBSCRIBE, the refused ones too, and would queue for them.
    addSubscriptions(client, filters) {
      subscribed.add(client.id);
      return inner.addSubscriptions(
        client,
        filters.filter(({ topic }) => options.maySubscribe(client, topic)),
      );
    },
    async cleanSubscriptions(client) {
      away.delete(client.id);
      subscribed.delete(client.id);
      queues.forget(client.id);
      await inner.cleanSubscriptions(client);
    },
    cleanIncoming: (client) => inner.cleanIncoming(client),
    outgoingEnqueue: async (to, packet) => queues.enqueue([to], packet),
    outgoingEnqueueCombi: async (to, packet) => queues.enqueue(to, packet),
    outgoingUpdate: async ({ id }, packet) => queues.update(id, packet),
    outgoingClearMessageId: async ({ id }, packet) => queues.acknowledge(id, packet.messageId),
    outgoingStream: ({ id }) => queues.stream(id),
    // aedes would publish the wills of living clients when the clock jumps ahead; here there is one broker.
    streamWill: () => Readable.from([]),
  };
  const persistence = Object.assign(Object.create(inner) as Persistence, changed);

  return {
    persistence,
    queues,
    get retained() {
      return retained.size;
    },
    get count() {
      return present.size + away.size;
    },
    get haveFilters() {
      return subscribed.size > 0;
    },
    arrive(id) {
      away.delete(id);
      present.add(id);
    },
    leave(id) {
      if (present.delete(id)) away.set(id, now());
    },
    async expire() {
      for (const [id, since] of away) {
        const evicted = present.size + away.size > limits.sessions;
        if (!evicted && now() - since < limits.sessionExpiryMs) break;
        onDrop(evicted ? "session-evicted" : "session-expired");
        await forget(id);
      }
    },
  };
}
