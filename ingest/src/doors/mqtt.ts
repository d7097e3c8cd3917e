import { readFileSync } from "node:fs";
import type { Duplex } from "node:stream";
import { type Accept, filterOf, NoRoom } from "@kenh/schemas";
import { connect, type IClientOptions, type MqttClient } from "mqtt";
import type { Logger } from "pino";
import type { MqttDoorConfig } from "../config.ts";

/** Ingests that share this name share the stream: each message goes to one of them. */
const shareName = "kenh-ingest";

/**
 * Messages taken from the broker and not yet on disk. Beyond it nothing more is read from the
 * connection, so the broker keeps the rest.
 */
const maxOutstanding = 2000;

/** The broker keeps our place for a week while we are away. */
const sessionExpirySeconds = 7 * 24 * 3600;

/** The broker finds out after one and a half of it that such a door is gone without a word. */
const soleKeepaliveSeconds = 5;
const kept = { qos: 1, retain: true } as const;

/** A door that takes the whole stream, for one process alone: the broker gives it to the last that connects. */
export interface SoleDoor {
  /** Published by the broker when the connection ends; retained. */
  readonly will: { readonly topic: string; readonly payload: string };
  /** The broker has let us in. @param keep publishes a message that the broker keeps, durable there when it resolves */
  onConnected(keep: (topic: string, payload: string) => Promise<void>): void;
  /** The connection has ended, once: it is not made again. */
  onLost(why: string): void;
}

/** The ingest as a client of any MQTT 5 broker. */
export interface MqttDoor {
  /** Why nothing comes in, or undefined. */
  fault(): string | undefined;
  /** Publishes with QoS 1. @throws Error while there is no connection. */
  publish(topic: string, payload: string): Promise<void>;
  /** Lets what is under way come to its PUBACK, then leaves; the session stays at the broker. */
  close(): Promise<void>;
}

/** How a client of ours reaches the broker. */
export function connectionOf({ username, password, caFile }: MqttDoorConfig): IClientOptions {
  return {
    protocolVersion: 5,
    manualConnect: true,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(caFile !== undefined && { ca: readFileSync(caFile) }),
  };
}

/**
 * Subscribes to all telemetry by a shared subscription (MQTT 5, 4.8.2). A PUBACK goes out when the
 * message is on disk, and never for a message of an earlier connection: the broker sends that again.
 * @param clientId one for each ingest, the same after a restart
 * @param sole for one that shares the stream with nobody
 */
export function openMqttDoor(
  config: MqttDoorConfig,
  clientId: string,
  accept: Accept,
  onStatus: (topic: string, payload: Buffer) => void,
  log: Logger,
  sole?: SoleDoor,
): MqttDoor {
  const options: IClientOptions = {
    ...connectionOf(config),
    clientId,
    clean: false,
    properties: { sessionExpiryInterval: sessionExpirySeconds, receiveMaximum: maxOutstanding },
    keepalive: sole ? soleKeepaliveSeconds : 20,
    reconnectPeriod: sole ? 0 : 1000,
    resubscribe: false,
    ...(sole && { will: { ...sole.will, payload: Buffer.from(sole.will.payload), ...kept } }),
  };
  const client = connect(config.url, options);
  let fault: string | undefined = "not connected to the broker";
  let isLost = false;
  let outstanding = 0;
  let resume: (() => void) | undefined;
  let acks: Buffer[] = [];
  let ackedStream: Duplex | undefined;

  function flush(): void {
    // A PUBACK belongs to the connection that its message came by.
    if (ackedStream === client.stream && acks.length > 0) client.stream.write(Buffer.concat(acks));
    acks = [];
  }
  function acknowledge(messageId: number, stream: Duplex): void {
    if (stream !== client.stream) return;
    if (ackedStream !== stream) acks = [];
    ackedStream = stream;
    if (acks.length === 0) setImmediate(flush);
    acks.push(Buffer.from([0x40, 2, messageId >> 8, messageId & 0xff]));
  }
  function released(): void {
    outstanding--;
    if (outstanding < maxOutstanding / 2) {
      resume?.();
      resume = undefined;
    }
  }

  // The library handles one packet at a time and acknowledges when told it is done. Answering with an
  // error lets it go on to the next packet without a PUBACK, which is written here, in bulk.
  const deferred = new Error("acknowledged when it is on disk");
  client.handleMessage = (packet, done) => {
    const { topic, payload, messageId, qos } = packet;
    const body = typeof payload === "string" ? Buffer.from(payload) : payload;
    if (topic.endsWith("/status")) {
      onStatus(topic, body);
      done();
      return;
    }
    const stream = client.stream;
    outstanding++;
    accept({ topic, payload: body }).then(
      () => {
        if (qos > 0 && messageId !== undefined) acknowledge(messageId, stream);
        released();
      },
      (error) => {
        released();
        if (error instanceof NoRoom) {
          // Sent again it would be refused again, and stop all that comes after it. It is counted, and
          // its sender has been told by its own broker, not by us, that it was taken.
          if (qos > 0 && messageId !== undefined) acknowledge(messageId, stream);
          return;
        }
        log.warn(
          { err: error },
          "a message was not accepted; the connection is closed so that it comes again",
        );
        stream.destroy();
      },
    );
    const go = (): void => done(qos > 0 ? deferred : undefined);
    if (outstanding < maxOutstanding) go();
    else resume = go;
  };
  client.on("connect", (connack) => {
    // Our own broker shares no subscription: there, one ingest takes all.
    const shared = !sole && connack.properties?.sharedSubscriptionAvailable !== false;
    sole?.onConnected(async (topic, payload) => {
      if (!client.connected) throw new Error(fault ?? "not connected to the broker");
      await client.publishAsync(topic, payload, kept);
    });
    subscribe(client, shared).then(
      () => {
        fault = undefined;
        log.info("subscribed at the broker");
      },
      (error) => {
        fault = `the broker refused the subscription: ${(error as Error).message}`;
        log.error({ err: error }, "the broker refused the subscription");
      },
    );
  });
  client.on("error", (error) => {
    fault = `no connection to the broker: ${error.message}`;
  });
  client.on("close", () => {
    fault ??= "not connected to the broker";
    if (sole && !isLost) {
      isLost = true;
      sole.onLost(fault);
    }
  });
  client.connect();

  return {
    fault: () => fault,
    async publish(topic, payload) {
      // Offline, the library would keep it in memory and lose it with the process.
      if (!client.connected) throw new Error(fault ?? "not connected to the broker");
      await client.publishAsync(topic, payload, { qos: 1 });
    },
    async close() {
      client.removeAllListeners("close");
      const deadline = Date.now() + 2000;
      while (outstanding > 0 && Date.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      flush();
      await client.endAsync();
    },
  };
}

async function subscribe(client: MqttClient, shared: boolean): Promise<void> {
  const telemetry = filterOf("telemetry");
  await client.subscribeAsync(shared ? `$share/${shareName}/${telemetry}` : telemetry, { qos: 1 });
  await client.subscribeAsync(filterOf("status"), { qos: 1 });
}
