import { Gauge, type Registry as Metrics } from "prom-client";
import type { DestinationView } from "./destinations.ts";

/** How far each destination is behind, and whether its store answers. */
export function expose(metrics: Metrics, list: () => readonly DestinationView[]): void {
  const gauge = (name: string, help: string, value: (view: DestinationView) => number) =>
    new Gauge({
      ...{ name, help, labelNames: ["destination", "role"] as const, registers: [metrics] },
      collect() {
        this.reset();
        for (const view of list()) {
          this.set({ destination: view.name, role: view.role }, value(view));
        }
      },
    });
  gauge(
    "kenh_destination_backlog_points",
    "Points that wait for a destination",
    (view) => view.backlog.points,
  );
  gauge(
    "kenh_destination_backlog_oldest_timestamp_seconds",
    "When the oldest point that waits was put down; 0 when none waits",
    (view) => (view.backlog.oldestAt ?? 0) / 1000,
  );
  gauge("kenh_destination_failing", "1 while its store is being tried again", (view) =>
    view.fault === null ? 0 : 1,
  );
  gauge(
    "kenh_destination_refused_points",
    "Points and fields that its store will never take",
    (view) => view.refused,
  );
}
