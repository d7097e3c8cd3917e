import { setTimeout as wait } from "node:timers/promises";
import type { Clock } from "@kenh/schemas";
import { type Driver, type DriverSample, defineDriver } from "../../driver.ts";
import { camera } from "./camera.ts";
import { type Config, configSchema, demonstration, type Incident, type Model } from "./config.ts";
import type { Instant, Observation } from "./instant.ts";
import { tideGauge } from "./tide-gauge.ts";
import { ups } from "./ups.ts";
import { weather } from "./weather.ts";

const models: Readonly<
  Record<Model, (instant: Instant, incidents: readonly Incident[]) => Observation>
> = {
  "tide-gauge": tideGauge,
  weather,
  ups,
  camera,
};

/** What the device says at an instant: a function of seed, time and script alone. */
export function observe(config: Config, ts: number, sinceStartMs: number): Observation {
  const { seed, intervalMs } = config;
  const incidents = config.incidents ?? demonstration[config.model];
  return models[config.model]({ ts, sinceStartMs, intervalMs, seed }, incidents);
}

/** Yields one sample at each whole interval of the clock; a change of state is urgent. */
export async function* simulate(
  config: Config,
  signal: AbortSignal,
  now: Clock,
): AsyncGenerator<DriverSample> {
  const startedAt = now();
  let state: string | undefined;
  let last = Number.NEGATIVE_INFINITY;
  while (!signal.aborted) {
    const at = now();
    const ts = Math.floor(at / config.intervalMs) * config.intervalMs;
    if (ts !== last) {
      last = ts;
      const observed = observe(config, ts, at - startedAt);
      const urgent = state !== undefined && observed.state !== state;
      state = observed.state;
      const { values, qc } = observed;
      yield { ts, values: { ...values }, ...(qc && { qc: { ...qc } }), ...(urgent && { urgent }) };
    }
    const pause = ts + config.intervalMs - now();
    await wait(Math.max(1, Math.min(pause, config.intervalMs)), undefined, { signal }).catch(
      (error: unknown) => {
        if (!signal.aborted) throw error;
      },
    );
  }
}

export const run: Driver<Config> = (config, signal) => simulate(config, signal, Date.now);

export const driver = defineDriver<Config>({ configSchema, run });
