import { Counter, Gauge, type Registry as Metrics } from "prom-client";
import type { Marks } from "./marks.ts";

/** What the roll-ups have done since the start, and what waits for them. */
export function createCounters(metrics: Metrics, marks: Pick<Marks, "size">) {
  const registers = [metrics];
  new Gauge({
    name: "kenh_rollup_waiting_days",
    help: "Days of devices with readings to be rolled up, the current ones among them",
    registers,
    collect() {
      this.set(marks.size);
    },
  });
  const counter = (name: string, help: string) => new Counter({ name, help, registers });
  return {
    points: counter("kenh_rollup_points_total", "Roll-ups written to the store"),
    refused: counter("kenh_rollup_refused_total", "Roll-ups that the store will never take"),
    failed: counter(
      "kenh_rollup_failures_total",
      "Failed attempts to roll up; they are tried again",
    ),
    tooLate: counter(
      "kenh_rollup_too_late_total",
      "Messages of a time of which retention has deleted the readings: stored and not rolled up",
    ),
  };
}
