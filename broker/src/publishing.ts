import { type Accept, type Channel, NoRoom, parseTopic } from "@kenh/schemas";
import type { PublishPacket } from "aedes";
import type { Logger } from "pino";
import type { MayBring } from "./bring.ts";
import type { Metrics } from "./metrics.ts";
import type { Place } from "./order.ts";
import { mayPublish } from "./permit.ts";
import type { Pool } from "./pools.ts";
import { isLastWill, type OnStatus } from "./presence.ts";
import type { Visit } from "./visits.ts";

export interface PublishingOptions {
  readonly accept: Accept;
  readonly onStatus: OnStatus;
  readonly metrics: Metrics;
  readonly waiting: Pool;
  readonly mayBring: MayBring;
  readonly log: Logger;
}

/** What decides about each publish before aedes acknowledges and routes it. */
export interface Publishing {
  /** Calls `done` without an error when the message is accepted; with one, and the client is disconnected. */
  decide(visit: Visit, packet: PublishPacket, done: (error?: Error) => void): void;
  readonly waiting: number;
  /** Resolves when nothing waits. */
  idle(): Promise<void>;
}

/**
 * Telemetry is acknowledged when the ingest has it on disk, and in the order in which it came.
 * MQTT 3.1.1 can't refuse one message: whoever publishes what it may not is disconnected, for a
 * PUBACK would say that it was stored.
 */
export function publishing(options: PublishingOptions): Publishing {
  const { accept, metrics, waiting, mayBring, log } = options;
  let count = 0;
  let whenIdle: (() => void)[] = [];

  function targetOf(visit: Visit, topic: string): Target {
    const target = parseTopic(topic);
    if (target && visit.principal && mayPublish(visit.principal, topic, mayBring)) {
      return target;
    }
    metrics.publishesRefused.inc({ reason: "not-permitted" });
    log.warn({ account: visit.principal?.name, topic }, "refused a publish");
    throw new Error("publish not permitted");
  }

  /** A publish that is being decided about, in the line of its connection. */
  class Decision implements Place {
    ready = false;
    #error: Error | undefined;
    readonly #visit: Visit;
    readonly #isWill: boolean;
    readonly #bytes: number;
    readonly #done: (error?: Error) => void;

    constructor(visit: Visit, isWill: boolean, bytes: number, done: (error?: Error) => void) {
      this.#visit = visit;
      this.#isWill = isWill;
      this.#bytes = bytes;
      this.#done = done;
      count++;
      waiting.add(bytes);
      // The last will does not wait behind what the dead connection left: the next "online" comes after it.
      if (isWill) return;
      visit.wire.handOver();
      visit.line.stand(this);
    }

    /** The message may be acknowledged; with an error, its sender is disconnected. */
    taken(error?: Error): void {
      this.#error = error;
      if (this.#isWill) setImmediate(() => this.leave());
      else this.#visit.line.settle(this);
    }

    accepted(channel: Channel): void {
      metrics.published(channel, this.#bytes);
      this.taken();
    }

    leave(): void {
      this.#done(this.#error);
      if (!this.#isWill) this.#visit.wire.release();
      waiting.add(-this.#bytes);
      count--;
      if (count > 0) return;
      for (const resolve of whenIdle) resolve();
      whenIdle = [];
    }
  }

  /** @throws Error when it is not permitted. */
  function take(visit: Visit, packet: PublishPacket, payload: Buffer, decision: Decision): void {
    const { topic } = packet;
    const { channel, identity } = targetOf(visit, topic);
    if (channel === "telemetry" || channel === "bridge") {
      packet.retain = false; // a late subscriber would take an old reading for a new one
      // What a station reports is for the books, and no reader's: it learns that there was something.
      if (channel === "bridge") packet.payload = nothing;
      accept({ topic, payload, counted: visit.counted }).then(
        () => decision.accepted(channel),
        (cause: unknown) => {
          const reason = cause instanceof NoRoom ? "no-room" : "not-accepted";
          metrics.publishesRefused.inc({ reason });
          // Sent again it would be refused again, and hold up all that a station has to say.
          if (cause instanceof NoRoom && isBridge(visit)) decision.taken();
          else decision.taken(new Error("the ingest could not accept it", { cause }));
        },
      );
      return;
    }
    if (channel === "status") options.onStatus(identity, payload);
    decision.accepted(channel);
  }

  return {
    get waiting() {
      return count;
    },
    decide(visit, packet, done) {
      const payload = bytesOf(packet);
      const decision = new Decision(visit, isLastWill(packet), payload.length, done);
      try {
        take(visit, packet, payload, decision);
      } catch (reason) {
        decision.taken(reason as Error);
      }
    },
    idle: () =>
      count === 0 ? Promise.resolve() : new Promise((resolve) => whenIdle.push(resolve)),
  };
}

const nothing = Buffer.alloc(0);

function isBridge({ principal }: Visit): boolean {
  return principal?.kind === "sender" && principal.bridges.length > 0;
}

type Target = NonNullable<ReturnType<typeof parseTopic>>;

/** What came by the wire is a view of the read buffer, and is copied where it is kept. */
function bytesOf({ payload }: PublishPacket): Buffer {
  return typeof payload === "string" ? Buffer.from(payload) : payload;
}
