import type { Incident } from "./config.ts";
import { ongoing } from "./incident.ts";
import { type Instant, rounded } from "./instant.ts";
import { noiseAt } from "./random.ts";

const hourMs = 3600_000;

/**
 * Tides of the lower Tiền river: two unequal ones a day, great at new and full moon. The periods are
 * those of the tides; amplitudes and mean are ours, chosen to stay below the first flood level.
 */
const constituents = [
  { name: "M2", periodH: 12.4206012, amplitudeM: 0.34, phase: 0.8 },
  { name: "S2", periodH: 12, amplitudeM: 0.13, phase: 2.1 },
  { name: "K1", periodH: 23.9344721, amplitudeM: 0.17, phase: 4.0 },
  { name: "O1", periodH: 25.8193387, amplitudeM: 0.12, phase: 5.2 },
] as const;
const meanM = 1.05;
const noiseM = 0.004;
const dayMs = 24 * hourMs;

/** The level without noise or incident, in metres of the national datum. */
export function tideM(ts: number): number {
  return constituents.reduce(
    (level, { periodH, amplitudeM, phase }) =>
      level + amplitudeM * Math.cos((2 * Math.PI * ts) / (periodH * hourMs) + phase),
    meanM,
  );
}

/** A radar gauge at Cao Lãnh. */
export function tideGauge(instant: Instant, incidents: readonly Incident[]) {
  const stuck = ongoing(incidents, "sensor-stuck", instant.sinceStartMs);
  const at = stuck ? instant.ts - stuck.elapsedMs : instant.ts;
  const noise = noiseAt(instant.seed, at);
  const flood = ongoing(incidents, "flood-tide", instant.sinceStartMs - (stuck?.elapsedMs ?? 0));
  let level = tideM(at);
  if (flood)
    level += (flood.peakM - level) * share(flood.elapsedMs, flood.riseMs, flood.durationMs);
  // A solar charge by day: the battery follows the sun of UTC+7.
  const sun = Math.sin((2 * Math.PI * ((instant.ts + hourMs) % dayMs)) / dayMs);
  return {
    values: {
      water_level_m: rounded(level + noise.normal(noiseM), 3),
      battery_v: rounded(3.62 + 0.05 * sun + noise.normal(0.003), 3),
    },
  };
}

/** 0 to 1 and back in the form of a wave: rises and falls within `riseMs`, holds between. */
function share(elapsedMs: number, riseMs: number, durationMs: number): number {
  const edge = Math.min(elapsedMs, durationMs - elapsedMs) / Math.min(riseMs, durationMs / 2);
  return edge >= 1 ? 1 : (1 - Math.cos(Math.PI * edge)) / 2;
}
