import { type Clock, convert, flags } from "@kenh/schemas";
import { type Driver, type DriverSample, defineDriver, type Report } from "../../driver.ts";
import { beats } from "../beats.ts";
import { type Party, round } from "../round.ts";
import { samplesOf } from "../sample.ts";
import { inTurn } from "../turns.ts";
import { type Config, configSchema, type Sensor } from "./config.ts";
import { makeGateway, Silent } from "./gateway.ts";
import { measure } from "./measure.ts";
import { probe } from "./probe.ts";

const wayOut = "check the sensor's address, its power and the bus";

type ListeningSensor = Sensor & Party & { told: boolean };

/**
 * Lets the sensors of one bus measure, one after the other; each gives one sample, at the time of
 * its last line.
 * @throws Error when the gateway can't be reached or no sensor answers.
 */
export async function* sdi12(
  config: Config,
  signal: AbortSignal,
  report: Report,
  now: Clock,
): AsyncGenerator<DriverSample> {
  const gateway = makeGateway(config, signal);
  const sensors = config.sensors.map(
    (sensor): ListeningSensor => ({
      ...sensor,
      name: `sensor ${sensor.address}${sensor.measurement ? ` measurement ${sensor.measurement}` : ""}`,
      silences: 0,
      askAgainAt: 0,
      told: false,
    }),
  );

  async function ask(sensor: ListeningSensor) {
    let values: readonly number[] = [];
    let silent: Silent | undefined;
    try {
      values = await inTurn(gateway.name, () => measure(gateway, sensor, config));
    } catch (error) {
      if (!(error instanceof Silent)) throw error;
      silent = error;
    }
    const readings = sensor.points.map((point) => {
      const raw = values[point.value - 1];
      const converted =
        raw === undefined ? { value: null, flag: flags.missing } : convert(raw, point);
      return { quantity: point.quantity, device: sensor.device, ...converted };
    });
    const beyond = sensor.points.find((point) => point.value > values.length);
    if (!silent && beyond && !sensor.told) {
      sensor.told = true;
      report({
        at: `${sensor.name} value ${beyond.value}`,
        reason: `the measurement has only ${values.length} values; correct the point`,
      });
    }
    return { samples: samplesOf(readings, now()), answered: !silent, ...(silent && { silent }) };
  }

  const options = { ...config, name: gateway.name, wayOut };
  try {
    for await (const _ of beats(config.intervalMs, signal)) {
      yield* round(sensors, ask, options, report);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await gateway.close();
  }
}

export const run: Driver<Config> = (config, signal, report) =>
  sdi12(config, signal, report, Date.now);

export const driver = defineDriver<Config>({ configSchema, run, probe });
