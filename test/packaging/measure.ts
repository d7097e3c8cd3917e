import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { temporaryFolder } from "../support/folder.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { startOpcuaServer } from "../support/opcua-server.ts";
import { startModbusTcp } from "../support/pymodbus.ts";
import { agentDevice, deviceOf, slaves } from "./drivers.ts";
import { runPackaged } from "./run.ts";
import type { Unpacked } from "./unpacked.ts";

/** How a packaged agent lives with some drivers. */
export interface Measured {
  readonly drivers: string;
  /** From the start of the process until its status is at the broker. */
  readonly startMs: number;
  /** The greatest resident set after it has read, in bytes. */
  readonly residentBytes: number;
}

/** Looked at once a second, with a reading every ten. */
const looks = 20;

/** Runs the agent alone, then beside a Modbus server, then beside an OPC UA server, as the unit does. */
export async function measure(unpacked: Unpacked): Promise<readonly Measured[]> {
  using folder = temporaryFolder("packaging-measure");
  const broker = await startMosquitto(folder.path);
  const modbus = await startModbusTcp(folder.path, { 1: { holding: { 0: [193] } } });
  const opcua = await startOpcuaServer(folder.path);
  const points = [{ node: "nsu=urn:kenh:test:station;s=Level", quantity: "water_level_m" }];
  const cases = {
    none: undefined,
    modbus: { bus: { kind: "tcp", host: "127.0.0.1", port: modbus.port }, slaves },
    opcua: { url: opcua.url, security: "None", points },
  };
  const env = { ...process.env, NODE_OPTIONS: unpacked.nodeOptions };
  const measured: Measured[] = [];
  try {
    for (const [kind, config] of Object.entries(cases)) {
      const drivers = config ? [{ kind, device: deviceOf(kind), config }] : [];
      await runPackaged(
        broker.url,
        [unpacked.program],
        drivers,
        async ({ heard: { samples, states }, process: { child }, startedAt, until }) => {
          await until(() => states.get(agentDevice) === "online", "its status");
          const startMs = performance.now() - startedAt;
          await until(() => !config || samples.has(kind), `a reading of ${kind}`);
          let residentBytes = 0;
          for (let look = 0; look < looks; look++) {
            await wait(1000);
            residentBytes = Math.max(residentBytes, residentOf(child.pid));
          }
          measured.push({ drivers: kind, startMs, residentBytes });
        },
        env,
      );
    }
  } finally {
    await Promise.all([broker.stop(), modbus.stop(), opcua.stop()]);
  }
  return measured;
}

function residentOf(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}
