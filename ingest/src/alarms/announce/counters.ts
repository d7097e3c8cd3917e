import { Counter, Gauge, type Registry } from "prom-client";

/** What goes out and what waits, by way, in the station's registry of metrics. */
export function createCounters(metrics: Registry, waiting: () => ReadonlyMap<string, number>) {
  const labelNames = ["way"] as const;
  const registers = [metrics];
  new Gauge({
    name: "kenh_alarm_announce_waiting",
    help: "Transitions that wait for a way out",
    labelNames,
    registers,
    collect() {
      this.reset();
      for (const [way, count] of waiting()) this.set({ way }, count);
    },
  });
  return {
    announced: new Counter({
      name: "kenh_alarm_announced_total",
      help: "Transitions announced, by way out",
      labelNames,
      registers,
    }),
    failed: new Counter({
      name: "kenh_alarm_announce_failures_total",
      help: "Failed attempts to announce; they are tried again",
      labelNames,
      registers,
    }),
    refused: new Counter({
      name: "kenh_alarm_announce_refused_total",
      help: "Transitions that a way out will never take",
      labelNames,
      registers,
    }),
  };
}
