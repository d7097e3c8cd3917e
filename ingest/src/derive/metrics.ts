import { Counter, Gauge, type Registry as Metrics } from "prom-client";
import type { Marks } from "./marks.ts";

/** What the derivation has done since the start, and what waits for it. */
export function createCounters(metrics: Metrics, marks: Marks) {
  const registers = [metrics];
  new Gauge({
    name: "kenh_derive_waiting",
    help: "Hours and days to be derived, the current ones among them",
    registers,
    collect() {
      this.set(marks.size);
    },
  });
  const counter = (name: string, help: string) => new Counter({ name, help, registers });
  return {
    points: counter("kenh_derive_points_total", "Derived points written to the store"),
    refused: counter("kenh_derive_refused_total", "Derived points that the store will never take"),
    failed: counter(
      "kenh_derive_failures_total",
      "Failed attempts to derive; they are tried again",
    ),
    dropped: counter(
      "kenh_derive_dropped_total",
      "Past hours not derived because too many were waiting",
    ),
  };
}
