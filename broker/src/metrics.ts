import { type Channel, channels } from "@kenh/schemas";
import { Counter, Gauge, type Registry } from "prom-client";

/** What is read when the metrics are asked for. */
export interface Levels {
  readonly subscriptions: () => number;
  readonly retained: () => number;
  readonly sessions: () => number;
  readonly queued_messages: () => number;
  readonly queued_bytes: () => number;
  readonly waiting_messages: () => number;
  readonly waiting_bytes: () => number;
  readonly backlog_bytes: () => number;
}

const levelHelp: Record<keyof Levels, string> = {
  subscriptions: "Filters of connected clients",
  retained: "Retained messages",
  sessions: "Persistent sessions, connected ones included",
  queued_messages: "Messages kept for persistent sessions",
  queued_bytes: "Bytes of payload kept for persistent sessions",
  waiting_messages: "Publishes that wait to be accepted",
  waiting_bytes: "Bytes of payload that wait to be accepted",
  backlog_bytes: "Bytes sent that clients have not taken",
};

export type Metrics = ReturnType<typeof brokerMetrics>;

/** Registers the broker's metrics, all of them `kenh_broker_…`. */
export function brokerMetrics(registry: Registry, levels: Levels) {
  const registers = [registry];
  const counter = <T extends string>(name: string, help: string, labelNames: T[] = []) =>
    new Counter<T>({ name: `kenh_broker_${name}`, help, labelNames, registers });
  for (const name of Object.keys(levels) as (keyof Levels)[]) {
    new Gauge({
      name: `kenh_broker_${name}`,
      help: levelHelp[name],
      registers,
      collect() {
        this.set(levels[name]());
      },
    });
  }
  // Counted with every publish, and put into counters when they are asked for.
  const published = { bytes: 0, byChannel: new Map<Channel, number>() };
  new Counter({
    name: "kenh_broker_publishes_total",
    help: "Publishes accepted, by channel",
    labelNames: ["channel"],
    registers,
    collect() {
      this.reset();
      for (const channel of channels) this.inc({ channel }, published.byChannel.get(channel) ?? 0);
    },
  });
  new Counter({
    name: "kenh_broker_published_bytes_total",
    help: "Bytes of payload of accepted publishes",
    registers,
    collect() {
      this.reset();
      this.inc(published.bytes);
    },
  });
  return {
    /** Counts a publish that was accepted, with the bytes of its payload. */
    published(channel: Channel, bytes: number): void {
      published.byChannel.set(channel, (published.byChannel.get(channel) ?? 0) + 1);
      published.bytes += bytes;
    },
    connections: new Gauge({
      name: "kenh_broker_connections",
      help: "Connections by listener, those not let in yet included",
      labelNames: ["listener"],
      registers,
    }),
    connects: counter("connects_total", "Clients that were let in"),
    connectsRefused: counter("connects_refused_total", "Clients that were not let in", ["reason"]),
    cuts: counter("cuts_total", "Connections that the broker ended", ["reason"]),
    clones: counter(
      "clones_total",
      "Times that one certificate was seen to be used by two at once",
    ),
    held: counter("quota_held_total", "Times that a sender waited for its quota or its unit's", [
      "unit",
      "kind",
    ]),
    takeovers: counter("takeovers_total", "Connections replaced by a new one of the same client"),
    publishesRefused: counter("publishes_refused_total", "Publishes refused", ["reason"]),
    delays: counter("delays_total", "Times that reading from a client stopped", ["reason"]),
    subscribesRefused: counter("subscribes_refused_total", "Filters refused", ["reason"]),
    dropped: counter("dropped_total", "Messages and sessions given up", ["reason"]),
  };
}
