import type { Clock, Flag, Value } from "@kenh/schemas";
import { type Driver, type DriverSample, defineDriver, type Report } from "../../driver.ts";
import { beats } from "../beats.ts";
import { type Bus, makeBus } from "./bus.ts";
import { type Config, configSchema } from "./config.ts";
import { probe } from "./probe.ts";
import { type Heard, hear, type Slave, slavesOf } from "./slave.ts";

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
  try {
    for await (const _ of beats(config.intervalMs, signal)) {
      yield* round(slaves, bus, config, report, now);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await bus.close();
  }
}

async function* round(
  slaves: readonly Slave[],
  bus: Bus,
  config: Config,
  report: Report,
  now: Clock,
): AsyncGenerator<DriverSample> {
  const silent = new Map<Slave, Heard>();
  const newlySilent: Slave[] = [];
  const due = slaves.filter(({ askAgainAt }) => askAgainAt <= performance.now());
  let answered = 0;

  async function* ask(slave: Slave): AsyncGenerator<DriverSample> {
    const heard = await hear(slave, bus, report, now);
    if (heard.answered) answered += 1;
    if (heard.silent) silent.set(slave, heard);
    else {
      silent.delete(slave);
      slave.silences = 0;
      yield* samplesOf(heard);
    }
  }

  for (const slave of due) {
    yield* ask(slave);
    if (silent.has(slave) && slave.silences === 0) newlySilent.push(slave);
  }
  // A disturbance of a moment costs nothing: who has just fallen silent is asked once more, after
  // the others.
  for (const slave of newlySilent) yield* ask(slave);

  if (due.length > 0 && answered === 0) throw nobody(bus, silent);
  for (const [slave, heard] of silent) {
    slave.silences += 1;
    const pause = config.silentBaseMs * 2 ** Math.min(slave.silences - 1, 30);
    slave.askAgainAt = performance.now() + Math.min(pause, config.silentMaxMs);
    if (slave.silences === 1) report(troubleOf(slave, heard));
    yield* samplesOf(heard);
  }
}

/** One sample for each device behind the slave. */
function* samplesOf({ readings, ts }: Heard): Generator<DriverSample> {
  for (const [device, places] of Map.groupBy(readings.keys(), (place) => place.device)) {
    const values: Record<string, Value> = {};
    const qc: Record<string, Flag> = {};
    for (const place of places) {
      const { value, flag } = readings.get(place) ?? { value: null, flag: 9 };
      if (value !== null) values[place.point.quantity] = value;
      if (flag !== 2) qc[place.point.quantity] = flag;
    }
    yield {
      ts,
      values,
      ...(Object.keys(qc).length > 0 && { qc }),
      ...(device && { device }),
    };
  }
}

function troubleOf({ unitId }: Slave, { silent }: Heard) {
  const reason = `${silent?.message}; check its power, its wires, its unit id and the speed of the line`;
  return { at: `unit ${unitId}`, reason };
}

function nobody(bus: Bus, silent: ReadonlyMap<Slave, Heard>): Error {
  const each = [...silent].map(([{ unitId }, heard]) => `unit ${unitId}: ${heard.silent?.message}`);
  return new Error(
    `${bus.name}: no slave answers (${each.join("; ")}); check power, wires, unit ids and the speed of the line`,
    { cause: [...silent.values()][0]?.silent },
  );
}

export const run: Driver<Config> = (config, signal, report) =>
  modbus(config, signal, report, Date.now);

export const driver = defineDriver<Config>({ configSchema, run, probe });
