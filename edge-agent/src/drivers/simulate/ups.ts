import type { Incident } from "./config.ts";
import { ongoing } from "./incident.ts";
import { type Instant, type Observation, rounded } from "./instant.ts";
import { noiseAt } from "./random.ts";

/** The battery carries the load this long from full. */
const fullRuntimeS = 1800;
/** Time for the automatic transfer switch to start the generator and take the load. */
const generatorTakesMs = 30_000;
const lowBatteryPct = 20;
const fuelAtStartPct = 82;
/** A full tank lasts this long. */
const tankMs = 12 * 3600_000;

/** A UPS with a generator behind it, in the words of Network UPS Tools. */
export function ups(instant: Instant, incidents: readonly Incident[]): Observation {
  const noise = noiseAt(instant.seed, instant.ts);
  const cut = ongoing(incidents, "power-cut", instant.sinceStartMs);
  const generator = cut?.generatorStarts === true && cut.elapsedMs >= generatorTakesMs;
  const onBattery = cut !== undefined && !generator;
  const batteryMs = cut && (generator ? generatorTakesMs : cut.elapsedMs);
  const charge = Math.max(0, 100 - (100 * (batteryMs ?? 0)) / 1000 / fullRuntimeS);
  const words = onBattery ? ["OB", "DISCHRG"] : generator ? ["OL", "CHRG"] : ["OL"];
  if (onBattery && charge < lowBatteryPct) words.push("LB");
  const status = words.join(" ");
  const ranMs = generator ? cut.elapsedMs - generatorTakesMs : 0;
  const volts = onBattery ? 0 : generator ? 228 + noise.normal(1.5) : 223 + noise.normal(0.8);
  return {
    state: status,
    values: {
      ups_status: status,
      mains_present: cut === undefined,
      on_battery: onBattery,
      battery_charge_pct: rounded(charge, 1),
      battery_runtime_s: rounded((fullRuntimeS * charge) / 100, 0),
      load_pct: rounded(34 + noise.normal(1), 1),
      input_voltage_v: rounded(volts, 1),
      input_frequency_hz: onBattery ? 0 : rounded(50 + noise.normal(generator ? 0.2 : 0.02), 2),
      generator_running: generator,
      fuel_level_pct: rounded(fuelAtStartPct - (100 * ranMs) / tankMs, 1),
    },
  };
}
