/** A goal: what is measured, what is good, what to aim at. Most are ratios measured alternately in one run. */
export interface Goal {
  readonly goal: string;
  readonly good: number;
  readonly aim: number;
  /** Whether a greater value is the better one. */
  readonly better: "more" | "less";
  readonly unit: "ratio" | "ms" | "readings" | "MiB";
}

export const goals = {
  rateMany: {
    goal: "sustained points/s over a raw POST of the same encoded bodies, 20 samples a message",
    good: 0.7,
    aim: 0.9,
    better: "more",
    unit: "ratio",
  },
  rateOne: {
    goal: "sustained points/s over a raw POST of the same encoded bodies, 1 sample a message",
    good: 0.3,
    aim: 0.5,
    better: "more",
    unit: "ratio",
  },
  cpuMany: {
    goal: "CPU of broker and ingest over the store's own, 20 samples a message",
    good: 1,
    aim: 0.5,
    better: "less",
    unit: "ratio",
  },
  cpuOne: {
    goal: "CPU of broker and ingest over the store's own, 1 sample a message",
    good: 2,
    aim: 1,
    better: "less",
    unit: "ratio",
  },
  codec: {
    goal: "decode, check and encode over JSON.parse alone, 20 samples a message",
    good: 2.6,
    aim: 1.5,
    better: "less",
    unit: "ratio",
  },
  refusal: {
    goal: "cost of refusing a bad message over accepting a good one, the dearest kind",
    good: 1,
    aim: 0.3,
    better: "less",
    unit: "ratio",
  },
  writer: {
    goal: "CPU of the writer over a raw POST of the same body",
    good: 2,
    aim: 1.2,
    better: "less",
    unit: "ratio",
  },
  latency: {
    goal: "publish to durable (PUBACK), 99th percentile at 20 % of the load that saturates",
    good: 50,
    aim: 10,
    better: "less",
    unit: "ms",
  },
  crash: {
    goal: "acknowledged and missing after kill -9 of station and store",
    good: 0,
    aim: 0,
    better: "less",
    unit: "readings",
  },
  frozen: {
    goal: "messages to a healthy subscriber while another is frozen, over alone, after 2 s",
    good: 0.9,
    aim: 0.95,
    better: "more",
    unit: "ratio",
  },
  growth: {
    goal: "CPU a point at 16 times the devices, the same message rate, the worst step",
    good: 1.3,
    aim: 1.1,
    better: "less",
    unit: "ratio",
  },
  memory: {
    goal: "resident memory in the last quarter of a steady run over the second quarter",
    good: 1.15,
    aim: 1.02,
    better: "less",
    unit: "ratio",
  },
  alarmCost: {
    goal: "CPU of alarms for a reading with 10 rules at 100,000 devices over JSON.parse of its message",
    good: 20,
    aim: 8,
    better: "less",
    unit: "ratio",
  },
  alarmMemory: {
    goal: "memory of alarms for 100,000 devices with a rule each",
    good: 100,
    aim: 50,
    better: "less",
    unit: "MiB",
  },
  alarmLatency: {
    goal: "PUBLISH to the alarm on its topic, 99th percentile at 20 % of the load that saturates",
    good: 500,
    aim: 350,
    better: "less",
    unit: "ms",
  },
} as const satisfies Record<string, Goal>;
export type GoalName = keyof typeof goals;

/** A goal and what was measured; `about` says in figures how it came about. */
export interface Row {
  readonly name: GoalName;
  readonly value: number;
  readonly about: string;
}

/** Whether a value is at least as good as a limit. */
export function reaches(name: GoalName, value: number, limit: number): boolean {
  return goals[name].better === "more" ? value >= limit : value <= limit;
}

/** A row for a program. */
export function reportRow({ name, value }: Row) {
  const { goal, good, aim } = goals[name];
  return { goal, value, good, aim, holds: reaches(name, value, good) };
}
