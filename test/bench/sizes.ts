/** How much is measured. The ratios are the same; more rounds make them steadier. */
export interface Sizes {
  readonly devices: number;
  /** Pairs of pipeline and raw store, alternating. */
  readonly rounds: number;
  /** Points of a run at 20 samples a message, and at 1. */
  readonly pointsMany: number;
  readonly pointsOne: number;
  /** Milliseconds that each side of an alternating measurement in process works, and how often. */
  readonly workMs: number;
  readonly turns: number;
  readonly latencySeconds: number;
  /** Synced pages that tell what the disk alone takes. */
  readonly diskSyncs: number;
  readonly crashes: number;
  readonly crashMessages: number;
  /** How long subscribers are watched after the two seconds. */
  readonly watchMs: number;
  readonly growthMessages: number;
  readonly growthDevices: readonly number[];
  readonly memorySeconds: number;
  /** How many devices have alarms, and how many readings are judged. */
  readonly alarmDevices: readonly number[];
  readonly alarmReadings: number;
  /** Alarms raised for the time to their announcement. */
  readonly alarmsRaised: number;
}

export const sizes = {
  /** About seven minutes. */
  usual: {
    devices: 2000,
    rounds: 5,
    pointsMany: 400_000,
    pointsOne: 120_000,
    workMs: 60,
    turns: 40,
    latencySeconds: 6,
    diskSyncs: 400,
    crashes: 5,
    crashMessages: 40_000,
    watchMs: 3000,
    growthMessages: 30_000,
    growthDevices: [500, 2000, 8000],
    memorySeconds: 60,
    alarmDevices: [1000, 100_000],
    alarmReadings: 300_000,
    alarmsRaised: 200,
  },
  /** Below four minutes. */
  quick: {
    devices: 2000,
    rounds: 2,
    pointsMany: 200_000,
    pointsOne: 80_000,
    workMs: 50,
    turns: 20,
    latencySeconds: 4,
    diskSyncs: 200,
    crashes: 2,
    crashMessages: 15_000,
    watchMs: 2000,
    growthMessages: 12_000,
    growthDevices: [500, 2000, 8000],
    memorySeconds: 12,
    alarmDevices: [1000, 100_000],
    alarmReadings: 150_000,
    alarmsRaised: 100,
  },
  /** Some seconds: shows that all of it works, and no figure worth reading. */
  tiny: {
    devices: 80,
    rounds: 1,
    pointsMany: 4000,
    pointsOne: 800,
    workMs: 5,
    turns: 1,
    latencySeconds: 0.2,
    diskSyncs: 10,
    crashes: 1,
    crashMessages: 400,
    watchMs: 500,
    growthMessages: 200,
    growthDevices: [40, 80],
    memorySeconds: 0.4,
    alarmDevices: [100, 400],
    alarmReadings: 2000,
    alarmsRaised: 5,
  },
} as const satisfies Record<string, Sizes>;
