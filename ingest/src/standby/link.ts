import { filterOf } from "@kenh/schemas";
import { connect, type IPublishPacket } from "mqtt";
import type { Logger } from "pino";
import type { MqttDoorConfig } from "../config.ts";
import { connectionOf } from "../doors/mqtt.ts";
import { decodeMessage, encodeMessage, type Message } from "./message.ts";
import { type EngineRecord, type Lease, leaseSchema, recordSchema } from "./standing.ts";
import { engineTopics } from "./topics.ts";

/** What an engine hears. */
export interface Heard {
  /** Connected and subscribed; what the broker keeps follows. */
  onUp(): void;
  onDown(): void;
  onRecord(record: EngineRecord): void;
  /** @param live said just now; false for what the broker has kept */
  onLease(lease: Lease, live: boolean): void;
  /** The connection of an engine has ended. */
  onGone(name: string): void;
  onMessage(message: Message): void;
  /** A transition of an alarm was announced on its topic, by whomever. */
  onAlarm(payload: Buffer): void;
}

/** An engine's connection to the others, by way of the broker. */
export interface Link {
  /** Resolves when the broker has it. @throws Error while there is no connection */
  send(to: string, message: Buffer): Promise<void>;
  /** Resolves when all has been heard that the broker had taken when it was asked. */
  probe(): Promise<void>;
  /** Idempotent. */
  close(): Promise<void>;
}

/** So that one that fell silent is found out about as soon as the leader's own connection is. */
const keepaliveSeconds = 5;
const probeMs = 10_000;

/** Connects, and connects again after each loss, until it is closed. */
export function openLink(
  config: MqttDoorConfig,
  name: string,
  heard: Heard,
  log: Pick<Logger, "warn">,
): Link {
  const client = connect(config.url, {
    ...connectionOf(config),
    clientId: `kenh-engine-${name}`,
    clean: true,
    keepalive: keepaliveSeconds,
    reconnectPeriod: 500,
    resubscribe: false,
    will: { topic: engineTopics.gone, payload: Buffer.from(name), qos: 1, retain: false },
  });
  const probes = new Map<number, () => void>();
  let lastProbe = 0;
  /** Each outage is told of once. */
  let isFailing = false;

  function hear({ topic, payload, retain }: IPublishPacket): void {
    const bytes = typeof payload === "string" ? Buffer.from(payload) : payload;
    const { record, lease, gone, to } = engineTopics;
    if (topic === record) heard.onRecord(recordSchema.parse(JSON.parse(bytes.toString())));
    else if (topic === lease)
      heard.onLease(leaseSchema.parse(JSON.parse(bytes.toString())), !retain);
    else if (topic === gone) heard.onGone(bytes.toString());
    else if (topic === to(name)) hearMessage(decodeMessage(bytes));
    else heard.onAlarm(bytes);
  }

  function hearMessage(message: Message): void {
    const { head } = message;
    if (head.kind === "probe") probes.get(head.id)?.();
    else heard.onMessage(message);
  }

  client.on("message", (topic, _payload, packet) => {
    try {
      hear(packet);
    } catch (error) {
      log.warn({ err: error, topic }, "an engine sent what can't be read");
    }
  });
  client.on("connect", () => {
    isFailing = false;
    const { record, lease, gone, to } = engineTopics;
    const filters = [to(name), filterOf("alarm"), gone, lease, record];
    client.subscribeAsync(filters, { qos: 1 }).then(heard.onUp, (error) => {
      log.warn(
        { err: error },
        "the broker refused the topics of the engines: look at its access list",
      );
    });
  });
  client.on("close", heard.onDown);
  client.on("error", (error) => {
    if (!isFailing) log.warn({ err: error }, "an engine can't reach the broker; it is tried again");
    isFailing = true;
  });
  client.connect();

  async function send(to: string, message: Buffer): Promise<void> {
    // Offline, the library would keep it in memory.
    if (!client.connected) throw new Error("not connected to the broker");
    await client.publishAsync(engineTopics.to(to), message, { qos: 1 });
  }

  return {
    send,
    async probe() {
      const id = ++lastProbe;
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const timer = setTimeout(() => reject(new Error("the broker did not answer")), probeMs);
      probes.set(id, resolve);
      try {
        await send(name, encodeMessage({ kind: "probe", id }));
        await promise;
      } finally {
        clearTimeout(timer);
        probes.delete(id);
      }
    },
    async close() {
      client.removeAllListeners("close");
      await client.endAsync(true);
    },
  };
}
