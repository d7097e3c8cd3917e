import { type Flag, flags, type Identity, isTrusted } from "@kenh/schemas";
import type { DriverSample, Report } from "../driver.ts";
import type { Transform } from "../transform.ts";
import { inForce, levelFromDistance, levelFromPressure } from "./calibration.ts";
import type { LevelConfig } from "./config.ts";
import { runningMedian } from "./median.ts";
import { slopeJudge } from "./slope.ts";

type Entry = LevelConfig["calibration"][number];

/** A raw number as it stands in the sample, and what its own nature says of it. */
interface Raw {
  readonly ts: number;
  readonly value: number;
  readonly flag: Flag;
}

/**
 * Makes the transform that adds a water level to the samples with a raw reading. The raw reading
 * stays as it is; where the sensor can't have measured it, it is flagged 4. The level has the entry
 * of the calibration that was in force at the time of the reading, whenever it is computed. Readings
 * before the first entry get none and are reported.
 */
export function levelOf(config: LevelConfig, report: Report): Transform {
  let entry: Entry | undefined;
  let median = runningMedian(config.medianOf, config.medianWithinMs);
  let judge = slopeJudge(config.suspectSlopeMPerMin, config.failSlopeMPerMin);
  let last = Number.NEGATIVE_INFINITY;
  const airPressure = barometer(config);
  let toldOfBarometer = false;

  /** Old and new mounting, and old and new filters, have nothing to say to each other. */
  function begin(next: Entry): void {
    entry = next;
    median = runningMedian(config.medianOf, config.medianWithinMs);
    judge = slopeJudge(config.suspectSlopeMPerMin, config.failSlopeMPerMin);
  }

  function levelAt(raw: Raw, at: Entry): { value: number | null; flag: Flag } {
    if (raw.flag === flags.missing || isEchoLoss(raw.value, config))
      return { value: null, flag: flags.missing };
    let gauge = raw.value;
    if (config.method === "pressure") {
      const air = airPressure(raw.ts);
      if (air === undefined) return { value: null, flag: flags.missing };
      gauge = raw.value - air;
    }
    const convert = (value: number): number =>
      "mountElevationM" in at ? levelFromDistance(value, at) : levelFromPressure(value, at);
    // What failed or comes late stands alone: it neither enters the filters nor is smoothed by them.
    if (raw.flag === flags.fail || raw.ts <= last) return { value: convert(gauge), flag: raw.flag };
    if (at !== entry) begin(at);
    last = raw.ts;
    const value = convert(median({ ts: raw.ts, value: gauge }));
    return { value, flag: worse(raw.flag, judge({ ts: raw.ts, value })) };
  }

  return (sample) => {
    airPressure.hear(sample);
    if (sample.device !== config.device) return [sample];
    const given = sample.values[config.from];
    const flag = sample.qc?.[config.from];
    if (given === undefined && flag !== flags.missing) return [sample];
    const at = timeOf(sample.ts);
    if (config.to in sample.values || sample.qc?.[config.to] !== undefined) {
      report({ at, reason: `the sample has ${config.to} already; give the level another name` });
      return [sample];
    }
    if (given !== undefined && typeof given !== "number") {
      report({ at, reason: `${config.from} ${JSON.stringify(given)} is not a number` });
      return [sample];
    }
    const inUse = inForce<Entry>(config.calibration, sample.ts);
    if (!inUse) {
      report({ at, reason: `there is no calibration of ${config.to} so early; add an entry` });
      return [sample];
    }
    const raw: Raw = {
      ts: sample.ts,
      value: given ?? Number.NaN,
      flag: given === undefined ? flags.missing : worse(flag ?? 2, physical(given, config)),
    };
    const level = levelAt(raw, inUse);
    const lacksAir = config.method === "pressure" && airPressure(sample.ts) === undefined;
    if (lacksAir && !toldOfBarometer) {
      report({ at, reason: "there is no fresh reading of the barometer; check its device" });
    }
    toldOfBarometer = lacksAir;
    return [withLevel(sample, config, raw, level)];
  };
}

function withLevel(
  sample: DriverSample,
  { from, to }: LevelConfig,
  raw: Raw,
  level: { readonly value: number | null; readonly flag: Flag },
): DriverSample {
  const qc = { ...sample.qc };
  // A flag that the driver set stays, also 2; where there is none, 2 goes without saying.
  if (raw.flag !== flags.notEvaluated) qc[from] = raw.flag;
  if (level.flag !== flags.notEvaluated) qc[to] = level.flag;
  return {
    ...sample,
    values: level.value === null ? sample.values : { ...sample.values, [to]: level.value },
    ...(Object.keys(qc).length > 0 && { qc }),
  };
}

/** For people; a time beyond the calendar stays a number. */
function timeOf(ts: number): string {
  return Math.abs(ts) <= 8.64e15 ? new Date(ts).toISOString() : String(ts);
}

function isEchoLoss(value: number, config: LevelConfig): boolean {
  return config.method === "distance" && config.echoLoss.includes(value);
}

/** What the sensor can't have measured fails. */
function physical(value: number, config: LevelConfig): Flag {
  if (!Number.isFinite(value) || isEchoLoss(value, config)) return flags.fail;
  if (config.method !== "distance") return flags.notEvaluated;
  const { deadZoneM = 0, rangeM = Number.POSITIVE_INFINITY } = config;
  return value < deadZoneM || value > rangeM ? flags.fail : flags.notEvaluated;
}

/** The pressure of the air in kPa at a time, or undefined when it is not known; hears it from the samples. */
interface Barometer {
  (ts: number): number | undefined;
  hear(sample: DriverSample): void;
}

function barometer(config: LevelConfig): Barometer {
  const settings = config.method === "pressure" ? config.barometer : undefined;
  let heard: { readonly ts: number; readonly hpa: number } | undefined;
  const at = (ts: number): number | undefined => {
    if (!settings) return 0;
    if ("constantHpa" in settings) return settings.constantHpa / 10;
    if (!heard || Math.abs(ts - heard.ts) > settings.maxAgeMs) return undefined;
    return heard.hpa / 10;
  };
  const hear = (sample: DriverSample): void => {
    if (!settings || "constantHpa" in settings) return;
    const device: Identity | undefined = settings.device ?? config.device;
    const value = sample.values[settings.quantity];
    const flag = sample.qc?.[settings.quantity] ?? flags.notEvaluated;
    if (sample.device !== device || typeof value !== "number" || !isTrusted(flag)) return;
    if (!heard || sample.ts > heard.ts) heard = { ts: sample.ts, hpa: value };
  };
  return Object.assign(at, { hear });
}

/** QARTOD flags from good to bad; 1 and 2 both let pass. */
const severity: readonly Flag[] = [1, 2, 3, 4, 9];

function worse(one: Flag, other: Flag): Flag {
  return severity.indexOf(other) > severity.indexOf(one) ? other : one;
}
