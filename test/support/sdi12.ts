import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Counterpart, start, until } from "./counterpart.ts";

const script = fileURLToPath(new URL("sdi12-simulator.py", import.meta.url));

/** What a simulated sensor does to the first `times` lines that it would send; -1 is for ever. */
export type SensorFault = readonly [
  kind: "silent" | "half" | "checksum" | "garbage" | "other" | "nothing",
  times: number,
];

export interface SimulatedSensor {
  readonly id: string;
  /** By number of the measurement, "" for aM!: seconds announced, pages of values, seconds until it calls. */
  readonly measurements: Readonly<
    Record<string, readonly [number, readonly (readonly string[])[], number?]>
  >;
  readonly fault?: SensorFault;
}

export interface SimulatedBus {
  readonly echo?: boolean;
  readonly sensors: Readonly<Record<string, SimulatedSensor>>;
}

/** Starts a simulated bus behind a TCP gateway; 0 takes a free port. */
export async function startSdi12(
  folder: string,
  bus: SimulatedBus,
  port = 0,
): Promise<Counterpart & { readonly port: number }> {
  const gateway = begin(folder, "tcp", String(port), bus);
  return { ...gateway, port: Number(await firstLine(gateway)) };
}

/** Starts a simulated bus at a serial line. */
export async function startSdi12OnLine(
  folder: string,
  bus: SimulatedBus,
  path: string,
): Promise<Counterpart> {
  const gateway = begin(folder, "serial", path, bus);
  await firstLine(gateway);
  return gateway;
}

function begin(folder: string, kind: string, where: string, bus: SimulatedBus): Counterpart {
  const file = join(folder, "bus.json");
  writeFileSync(file, JSON.stringify(bus));
  return start("/usr/bin/python3", [script, kind, where, file]);
}

function firstLine(gateway: Counterpart): Promise<string> {
  return until(() => {
    if (gateway.child.exitCode !== null) throw new Error(`the bus ended: ${gateway.output()}`);
    return gateway.output().match(/^(.+)\n/)?.[1];
  }, "the simulated bus");
}
