/** The entry of a dated history that is in force at `ts`; undefined before the first one. */
export function inForce<T extends { readonly from: number }>(
  history: readonly T[],
  ts: number,
): T | undefined {
  return history.findLast(({ from }) => from <= ts);
}

/** @param distanceM from the sensor down to the water */
export function levelFromDistance(
  distanceM: number,
  entry: { readonly mountElevationM: number; readonly offsetM: number },
): number {
  return trim(entry.mountElevationM - distanceM + entry.offsetM);
}

/** @param gaugeKpa pressure above that of the air */
export function levelFromPressure(
  gaugeKpa: number,
  entry: {
    readonly sensorElevationM: number;
    readonly offsetM: number;
    readonly densityKgM3: number;
    readonly gravityMS2: number;
  },
): number {
  const depthM = (gaugeKpa * 1000) / (entry.densityKgM3 * entry.gravityMS2);
  return trim(entry.sensorElevationM + depthM + entry.offsetM);
}

/** Takes off what binary arithmetic adds: 5.32 − 3.21 is 2.11. */
function trim(value: number): number {
  return Number(value.toPrecision(12));
}
