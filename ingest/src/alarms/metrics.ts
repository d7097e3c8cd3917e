import type { Alarm } from "@kenh/schemas";
import { Counter, Gauge, type Registry } from "prom-client";

/** What the alarms count, in the station's registry of metrics. */
export function createCounters(metrics: Registry, live: ReadonlyMap<string, Alarm>) {
  const registers = [metrics];
  new Gauge({
    name: "kenh_alarms",
    help: "Alarms that are not over, by state",
    labelNames: ["state"] as const,
    registers,
    collect() {
      this.reset();
      for (const { state } of live.values()) this.inc({ state });
    },
  });
  return {
    transitions: new Counter({
      name: "kenh_alarm_transitions_total",
      help: "Transitions of alarms, by event",
      labelNames: ["event"] as const,
      registers,
    }),
    late: new Counter({
      name: "kenh_alarm_late_readings_total",
      help: "Readings older than what their rule has judged: they changed no alarm",
      registers,
    }),
    unwritten: new Counter({
      name: "kenh_alarm_write_failures_total",
      help: "Attempts to write transitions of alarms that failed; they are tried again",
      registers,
    }),
  };
}
