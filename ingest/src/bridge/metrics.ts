import { Counter, Gauge, type Registry as Metrics } from "prom-client";
import type { Waiting } from "./book.ts";

export interface Exposed {
  readonly connected: () => boolean;
  readonly waiting: () => Waiting;
  readonly alarms: () => number;
}

/** How far the province is behind. */
export function expose(metrics: Metrics, { connected, waiting, alarms }: Exposed) {
  const registers = [metrics];
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      ...{ name, help, registers },
      collect() {
        this.set(value());
      },
    });
  gauge("kenh_bridge_connected", "1 while there is a line to the province", () =>
    connected() ? 1 : 0,
  );
  gauge(
    "kenh_bridge_backlog_messages",
    "Messages on disk that the province has not got",
    () => waiting().messages,
  );
  gauge("kenh_bridge_backlog_bytes", "Bytes of these", () => waiting().bytes);
  gauge(
    "kenh_bridge_backlog_oldest_timestamp_seconds",
    "When the oldest of these was written; 0 when there is none",
    () => (waiting().oldestAt ?? 0) / 1000,
  );
  gauge(
    "kenh_bridge_alarms_waiting",
    "Transitions of alarms that the province has not got",
    alarms,
  );
  new Counter({
    name: "kenh_bridge_dropped_messages_total",
    help: "Messages that the bounds of size and age have taken, ever",
    registers,
    collect() {
      this.reset();
      this.inc(waiting().dropped);
    },
  });
  return {
    forwarded: new Counter({
      name: "kenh_bridge_forwarded_total",
      help: "Messages that the province has taken",
      labelNames: ["kind"] as const,
      registers,
    }),
    failed: new Counter({
      name: "kenh_bridge_connect_failures_total",
      help: "Attempts to reach the province that failed",
      registers,
    }),
  };
}
