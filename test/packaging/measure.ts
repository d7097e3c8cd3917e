import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { field } from "../support/field.ts";
import { temporaryFolder } from "../support/folder.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { startOpcuaServer } from "../support/opcua-server.ts";
import { startModbusTcp } from "../support/pymodbus.ts";
import { agentDevice, deviceOf } from "./drivers.ts";
import { runPackaged } from "./run.ts";
import type { Unpacked } from "./unpacked.ts";

/** How a packaged agent lives with some drivers. */
export interface Measured {
  readonly drivers: string;
  /** From the start of the process until its status is at the broker. */
  readonly startMs: number;
  /** The greatest resident set after it has read, in bytes. */
  readonly residentBytes: number;
  /** Of one core, in per cent, system time included. */
  readonly cpuPct: number;
  /** Readings a second that came in at the broker meanwhile. */
  readonly readingsPerSecond: number;
}

/** What is to be measured: drivers of an agent, beside their counterparts. */
interface Case {
  readonly name: string;
  /** The first device whose readings must come before anything is looked at. */
  start(folder: string): Promise<{
    readonly drivers: readonly object[];
    readonly device?: string;
    stop(): Promise<unknown>;
  }>;
}

/** Looked at once a second. */
const looks = 15;
/** What a start costs is not what a life costs. */
const settleMs = 5000;

const alone: Case = {
  name: "none",
  start: async () => ({ drivers: [], stop: async () => {} }),
};

const ofKind = (kind: string): Case => ({
  name: kind,
  async start(folder) {
    const device = deviceOf(kind);
    const { config, stop } = await (field[kind] as (typeof field)[string]).start(folder, device);
    return { drivers: [{ kind, device, config }], device: kind, stop };
  },
});

/** Ten readings of a unit with registers in a row, for each ten devices of which one driver polls a bus. */
const modbusPoints = (count: number): Case => ({
  name: `modbus, ${count} points at 1 Hz`,
  async start(folder) {
    const quantities = 10;
    const registers = Array.from({ length: quantities }, (_, at) => 100 + at);
    const points = registers.map((_, address) => ({
      ...{ quantity: `register_${address}`, function: 3, address, type: "u16", scale: 0.01 },
    }));
    const units = Math.min(10, count / quantities);
    const image = Object.fromEntries(
      Array.from({ length: units }, (_, at) => [at + 1, { holding: { 0: registers } }]),
    );
    const server = await startModbusTcp(folder, image);
    const slaves = Array.from({ length: count / quantities }, (_, at) => ({
      unitId: (at % units) + 1,
      device: deviceOf(`modbus-${at}`),
      points,
    }));
    const bus = { kind: "tcp", host: "127.0.0.1", port: server.port };
    const config = { bus, intervalMs: 1000, slaves };
    return {
      drivers: [{ kind: "modbus", device: deviceOf("modbus-0"), config }],
      device: "modbus-0",
      stop: () => server.stop(),
    };
  },
});

/** A subscription to variables that change every second. */
const opcuaPoints = (count: number): Case => ({
  name: `opcua, ${count} points at 1 Hz`,
  async start(folder) {
    const server = await startOpcuaServer(folder, { gauges: count });
    const points = Array.from({ length: count }, (_, at) => ({
      node: `nsu=urn:kenh:test:station;s=Gauge${at + 1}`,
      quantity: `gauge_${at + 1}`,
    }));
    const config = { url: server.url, security: "None", points };
    return {
      drivers: [{ kind: "opcua", device: deviceOf("opcua"), config }],
      device: "opcua",
      stop: () => server.stop(),
    };
  },
});

const cases: readonly Case[] = [
  alone,
  ...Object.keys(field).map(ofKind),
  ...[100, 1000].map(modbusPoints),
  ...[100, 1000].map(opcuaPoints),
];

/**
 * Runs the agent alone, with each kind of driver beside its counterpart, and with many points, as the
 * unit does.
 * @param say tells how far it is
 */
export async function measure(
  unpacked: Unpacked,
  say: (line: string) => void,
): Promise<readonly Measured[]> {
  using folder = temporaryFolder("packaging-measure");
  const broker = await startMosquitto(folder.path);
  const env = { ...process.env, NODE_OPTIONS: unpacked.nodeOptions };
  const measured: Measured[] = [];
  try {
    for (const { name, start } of cases) {
      using own = temporaryFolder("packaging-case");
      const { drivers, device, stop } = await start(own.path);
      try {
        await runPackaged(
          broker.url,
          [unpacked.program],
          drivers,
          async ({
            heard: { samples, states, readings },
            process: { child },
            startedAt,
            until,
          }) => {
            await until(() => states.get(agentDevice) === "online", "its status");
            const startMs = performance.now() - startedAt;
            await until(() => device === undefined || samples.has(device), `a reading of ${name}`);
            await wait(settleMs);
            const [from, cpuFrom, readFrom] = [performance.now(), cpuOf(child.pid), readings()];
            let residentBytes = 0;
            for (let look = 0; look < looks; look++) {
              await wait(1000);
              residentBytes = Math.max(residentBytes, residentOf(child.pid));
            }
            const seconds = (performance.now() - from) / 1000;
            const cpuPct = (100 * (cpuOf(child.pid) - cpuFrom)) / seconds;
            const readingsPerSecond = (readings() - readFrom) / seconds;
            measured.push({ drivers: name, startMs, residentBytes, cpuPct, readingsPerSecond });
            say(`${name}: ${Math.round(residentBytes / 2 ** 20)} MiB, ${cpuPct.toFixed(1)} %`);
          },
          env,
        );
      } finally {
        await stop();
      }
    }
  } finally {
    await broker.stop();
  }
  return measured;
}

function residentOf(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

/** Seconds of user and system time; ticks are hundredths of a second on every Linux. */
function cpuOf(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
