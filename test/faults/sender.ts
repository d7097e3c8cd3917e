import { closeSync, openSync, writeSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { type Identity, topicOf } from "@kenh/schemas";
import { generate, parser } from "mqtt-packet";
import { connectPacket, publishPacket } from "../../broker/testing/raw-client.ts";
import type { Account } from "./station.ts";

/** Values of one instant. */
export type Values = Readonly<Record<string, number>>;
/** What was sent, or is stored, of a device: values by instant. */
export type Readings = Map<number, Values>;

export interface SenderOptions {
  readonly host: string;
  readonly port: number;
  readonly account: Account;
  readonly device: Identity;
  /** Tells this sender's values from those of all others. */
  readonly number: number;
  readonly samplesPerMessage: number;
  /** Between two new messages; 0 sends as fast as the window lets it. */
  readonly intervalMs: number;
  /** Messages that may wait for their PUBACK. */
  readonly window: number;
  /** Where each PUBACK is written before it counts. */
  readonly journal: string;
}

/**
 * A device with an outbox in memory that outlives every fault: it sends again what was not
 * acknowledged, and notes each PUBACK on disk before it counts it.
 */
export interface Sender {
  readonly device: Identity;
  /** All that was ever sent. */
  readonly sent: Readings;
  /** Acknowledged readings. */
  readonly acknowledged: number;
  /** Connections made. */
  readonly connections: number;
  /** Ends the connection as a power cut at the device does; it comes back. */
  drop(): void;
  /** Goes on with what it has to send, but measures nothing new. */
  pause(): void;
  resume(): void;
  /** Resolves when all that was sent is acknowledged. */
  drained(withinMs: number): Promise<void>;
  /** Ends the connection; nothing more is sent. */
  close(): Promise<void>;
}

/** Each sample has two readings; both tell which sample of which sender they are. */
const valuesOf = (sender: number, sample: number): Values => ({
  uptime_s: sender * 1e8 + sample,
  flow_m3_s: (sample % 99_991) + 0.25,
});
export const readingsPerSample = 2;

/** Less than a device's clock may be ahead. */
const aheadMs = 2 * 60_000;
/** A connection that gets no CONNACK by then is given up. */
const connectTimeoutMs = 10_000;

interface Message {
  readonly seq: number;
  readonly payload: string;
  readonly readings: number;
}

/** Begins to connect and to send. */
export function startSender(options: SenderOptions): Sender {
  const { device, number, samplesPerMessage, intervalMs, window } = options;
  const topic = topicOf(device, "telemetry");
  const epoch = `epoch-${number}-${process.pid}-${Date.now()}`;
  const journal = openSync(options.journal, "a");
  const sent: Readings = new Map();
  /** Not acknowledged, in the order of their numbers. */
  const open = new Map<number, Message>();
  const stopping = new AbortController();
  let seq = 0;
  let lastTs = 0;
  let samples = 0;
  let acknowledged = 0;
  let connections = 0;
  let measuring = true;
  let due = 0;
  let cut = (): void => {};
  let send = (_message: Message): void => {};

  function measure(): void {
    const parts = [];
    for (let i = 0; i < samplesPerMessage; i++) {
      const ts = Math.max(lastTs + 1, Date.now());
      lastTs = ts;
      const values = valuesOf(number, samples++);
      sent.set(ts, values);
      parts.push({ ts, values });
    }
    seq += 1;
    const envelope = { v: 1, agent: `sender-${number}`, epoch, seq, samples: parts };
    const message = {
      seq,
      payload: JSON.stringify(envelope),
      readings: samplesPerMessage * readingsPerSample,
    };
    open.set(seq, message);
    send(message);
  }

  function fill(): void {
    while (measuring && open.size < window && performance.now() >= due) {
      // Each sample has a millisecond of its own: a flood runs ahead of the clock, and is to stay believable.
      if (lastTs > Date.now() + aheadMs) return;
      measure();
      due = Math.max(due + intervalMs, performance.now() - 1000);
      if (intervalMs === 0 && open.size >= window) return;
    }
  }
  const pulse = setInterval(fill, Math.max(1, intervalMs));

  /** Speaks over one connection until it is gone. */
  function session(): Promise<void> {
    const socket = connectTcp({ port: options.port, host: options.host, noDelay: true });
    const packetIds = new Map<number, Message>();
    const parse = parser();
    let packetId = 0;
    cut = () => socket.destroy();
    const timer = setTimeout(cut, connectTimeoutMs);
    parse.on("packet", (packet) => {
      if (packet.cmd === "connack") {
        clearTimeout(timer);
        if (packet.returnCode !== 0) cut();
        else greet();
      } else if (packet.cmd === "puback") acknowledge(packet.messageId ?? 0);
    });
    parse.on("error", cut);

    function greet(): void {
      connections += 1;
      send = (message) => {
        packetId = (packetId % 65_535) + 1;
        packetIds.set(packetId, message);
        socket.write(generate(publishPacket(topic, message.payload, packetId)));
      };
      for (const message of open.values()) send(message);
    }

    function acknowledge(id: number): void {
      const message = packetIds.get(id);
      packetIds.delete(id);
      if (!message || !open.has(message.seq)) return;
      writeSync(journal, `${device} ${message.seq}\n`);
      open.delete(message.seq);
      acknowledged += message.readings;
      if (intervalMs === 0) fill();
    }

    socket.on("connect", () =>
      socket.write(generate(connectPacket(options.account, { clientId: `sender-${number}` }))),
    );
    socket.on("data", (bytes) => parse.parse(bytes));
    socket.on("error", cut);
    return new Promise((resolve) =>
      socket.once("close", () => {
        clearTimeout(timer);
        send = () => {};
        resolve();
      }),
    );
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await session();
      if (!stopping.signal.aborted) await pause(50 + Math.random() * 150);
    }
  }
  const running = run();

  return {
    device,
    sent,
    get acknowledged() {
      return acknowledged;
    },
    get connections() {
      return connections;
    },
    drop: () => cut(),
    pause() {
      measuring = false;
    },
    resume() {
      due = performance.now();
      measuring = true;
    },
    async drained(withinMs) {
      const deadline = performance.now() + withinMs;
      while (open.size > 0) {
        if (performance.now() > deadline)
          throw new Error(
            `${device}: ${open.size} messages were not acknowledged in ${withinMs} ms`,
          );
        await pause(20);
      }
    },
    async close() {
      clearInterval(pulse);
      measuring = false;
      stopping.abort();
      cut();
      await running;
      closeSync(journal);
    },
  };
}
