import { readFileSync } from "node:fs";
import { sharedData } from "../support/shared-data.ts";

/** Two levels of a gauge, and how much of a swing about them is no crossing. */
export interface Levels {
  readonly id: string;
  /** In metres, in the datum of the series. */
  readonly limits: readonly [mild: number, grave: number];
  readonly hysteresis: number;
}

const metresPerFoot = 0.3048;
/** Mean lower low water of Seattle above its station's datum, as its sheet of datums gives it. */
const seattleDatumFeet = 9.02;

/** The stages of the lower Mekong that the station file names. */
export function mekongLevels(): Levels[] {
  const [, ...rows] = readFileSync(sharedData("timeseries/mekong_station_thresholds.csv"), "utf8")
    .trim()
    .split(/\r?\n/)
    .map((line) => line.split(","));
  return rows.map(([id = "", , , , , alarm, flood]) => ({
    id: `mekong.s${id}`,
    limits: [Number(alarm), Number(flood)],
    hysteresis: 0.05,
  }));
}

/**
 * The flood levels of the tide gauge, which its file gives in feet above its own datum: in metres above
 * mean lower low water, as the series is; and two that its tides of that week do pass.
 */
export function seattleLevels(): Levels[] {
  const { floodlevels } = JSON.parse(
    readFileSync(sharedData("timeseries/noaa_9447130_station.json"), "utf8"),
  ) as { floodlevels: Record<string, number> };
  const metres = (name: string): number =>
    Math.round(((floodlevels[name] as number) - seattleDatumFeet) * metresPerFoot * 1000) / 1000;
  return [
    { id: "noaa.nos", limits: [metres("nos_minor"), metres("nos_moderate")], hysteresis: 0.05 },
    { id: "noaa.nws", limits: [metres("nws_minor"), metres("nws_major")], hysteresis: 0.05 },
    { id: "noaa.tide", limits: [2.5, 3.5], hysteresis: 0 },
  ];
}
