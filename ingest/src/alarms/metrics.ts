import type { Alarm } from "@kenh/schemas";
import { Counter, Gauge, type Registry } from "prom-client";

export interface Counted {
  /** Alarms that are not over. */
  readonly live: Iterable<Alarm>;
  readonly held: () => number;
  readonly floods: () => readonly { unit: string; since: number | null; count: number }[];
}

/** What the alarms count, in the station's registry of metrics. */
export function createCounters(metrics: Registry, { live, held, floods }: Counted) {
  const registers = [metrics];
  new Gauge({
    name: "kenh_alarms",
    help: "Alarms that are not over, by state",
    labelNames: ["state"] as const,
    registers,
    collect() {
      this.reset();
      for (const { state } of live) this.inc({ state });
    },
  });
  new Gauge({
    name: "kenh_alarm_held_readings",
    help: "Readings that are held to be put in order of event time",
    registers,
    collect() {
      this.set(held());
    },
  });
  new Gauge({
    name: "kenh_alarm_flood",
    help: "1 while a unit has more new alarms than an operator can take",
    labelNames: ["unit"] as const,
    registers,
    collect() {
      for (const { unit, since } of floods()) this.set({ unit }, since === null ? 0 : 1);
    },
  });
  new Gauge({
    name: "kenh_alarm_new_in_10_min",
    help: "Alarms announced in the last ten minutes, by unit",
    labelNames: ["unit"] as const,
    registers,
    collect() {
      for (const { unit, count } of floods()) this.set({ unit }, count);
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
