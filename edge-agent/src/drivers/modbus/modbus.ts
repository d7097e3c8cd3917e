import type { Clock } from "@kenh/schemas";
import { type Driver, type DriverSample, defineDriver, type Report } from "../../driver.ts";
import { beats } from "../beats.ts";
import { round } from "../round.ts";
import { samplesOf } from "../sample.ts";
import { makeBus } from "./bus.ts";
import { type Config, configSchema } from "./config.ts";
import { probe } from "./probe.ts";
import { hear, slavesOf, wayOut } from "./slave.ts";

/**
 * Polls the slaves of one bus. Each that answers, in part or whole, gives one sample for each of its
 * devices, at the time of its last answer.
 * @throws Error when the bus can't be opened or none of its slaves answers.
 */
export async function* modbus(
  config: Config,
  signal: AbortSignal,
  report: Report,
  now: Clock,
): AsyncGenerator<DriverSample> {
  const bus = makeBus(config, signal);
  const slaves = slavesOf(config);
  const ask = async (slave: (typeof slaves)[number]) => {
    const heard = await hear(slave, bus, report, now);
    const readings = [...heard.readings].map(([{ point, device }, { value, flag }]) => ({
      quantity: point.quantity,
      device,
      value,
      flag,
    }));
    return { ...heard, samples: samplesOf(readings, heard.ts) };
  };
  const options = { ...config, name: bus.name, wayOut };
  try {
    for await (const _ of beats(config.intervalMs, signal)) {
      yield* round(slaves, ask, options, report);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await bus.close();
  }
}

export const run: Driver<Config> = (config, signal, report) =>
  modbus(config, signal, report, Date.now);

export const driver = defineDriver<Config>({ configSchema, run, probe });
