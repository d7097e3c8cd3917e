import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Flag, flags, type Value } from "@kenh/schemas";
import { connectAsync } from "mqtt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { noConsole, open } from "../console/console-page.ts";
import { startChromium } from "../support/chromium.ts";
import { absent, type Counterpart, start, until } from "../support/counterpart.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/folder.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { noNut, startUpsd } from "../support/nut.ts";
import { startOpcuaServer } from "../support/opcua-server.ts";
import { absentPymodbus, startModbusTcp } from "../support/pymodbus.ts";
import { noRtspServer, startRtspServer } from "../support/rtsp-server.ts";
import { noSnmpsim, startSnmpsim } from "../support/snmp.ts";
import { kenh, kenhProgram, type RunningStation, startStation } from "../support/station.ts";

type LastValues = Readonly<Record<string, { readonly value: Value; readonly flag: Flag }>>;

/** A device that nobody here has seen, and what its engineer types once the station runs. */
interface Newcomer {
  readonly name: string;
  absent(): string | undefined;
  /** Starts the device; what is typed, without the folder; a file of its maker is written into `folder`. */
  start(folder: string): Promise<{
    readonly typed: readonly (readonly string[])[];
    /** Each is to be seen in the console, with this value where it always is the same. */
    readonly shows: Readonly<Record<string, number | boolean | undefined>>;
    stop(): Promise<unknown>;
  }>;
}

const site = "82/29869/ubnd";
const host = "127.0.0.1";

/** Publishes the same again and again, as gear does. */
async function repeat(folder: string, topic: string, payload: () => object) {
  const broker = await startMosquitto(folder);
  const client = await connectAsync(broker.url);
  const timer = setInterval(() => {
    client.publish(topic, JSON.stringify(payload()), { qos: 1 });
  }, 250);
  return {
    port: broker.ports[0],
    async stop() {
      clearInterval(timer);
      await client.endAsync(true);
      await broker.stop();
    },
  };
}

const devEui = "70b3d57ed0061234";
/** 230.5 V and 12.25 A as IEEE 754, the high word first. */
const meter = { 0: [0x4366, 0x8000], 6: [0x4144, 0x0000] };

const newcomers: readonly Newcomer[] = [
  {
    name: "Modbus meter, its maker's table in CSV",
    absent: absentPymodbus,
    async start(folder) {
      const server = await startModbusTcp(folder, { 1: { input: meter } });
      const table = join(folder, "meter.csv");
      writeFileSync(
        table,
        "Address,Parameter,Units,Format,Function\n0,Phase 1 line to neutral volts,V,Float,04\n6,Phase 1 current,A,Float,04\n",
      );
      return {
        typed: [
          ["profile", "draft", table, "--save", "cong-to"],
          [
            "device",
            "add",
            `${site}/cong-to`,
            "--profile",
            "cong-to",
            "--connect",
            `modbus://${host}:${server.port}?unit=1`,
          ],
        ],
        shows: { voltage_l1_v: 230.5, current_l1_a: 12.25 },
        stop: () => server.stop(),
      };
    },
  },
  {
    name: "LoRaWAN level sensor, one uplink",
    absent: () => absent("mosquitto"),
    async start(folder) {
      let count = 0;
      const uplink = () => ({
        ...{
          deduplicationId: `u-${count++}`,
          time: new Date().toISOString(),
          fCnt: count,
          fPort: 2,
        },
        ...{ deviceInfo: { devEui }, object: { water_level_cm: 193, battery: 3.58 } },
      });
      const topic = `application/7/device/${devEui}/event/up`;
      const network = await repeat(folder, topic, uplink);
      const captured = join(folder, "uplink.json");
      writeFileSync(captured, JSON.stringify(uplink()));
      return {
        typed: [
          ["profile", "draft", captured, "--save", "do-muc"],
          [
            "device",
            "add",
            `${site}/muc-nuoc`,
            "--profile",
            "do-muc",
            "--connect",
            `chirpstack://${host}:${network.port}`,
            "--node",
            devEui,
          ],
        ],
        shows: { water_level_m: 1.93, battery_v: 3.58 },
        stop: network.stop,
      };
    },
  },
  {
    name: "Tasmota plug",
    absent: () => absent("mosquitto"),
    async start(folder) {
      const plug = await repeat(folder, "tele/o-cam/SENSOR", () => ({
        Time: new Date(Date.now() + 7 * 3_600_000).toISOString().slice(0, 19),
        ENERGY: {
          Total: 3.185,
          Power: 16,
          ApparentPower: 24,
          ReactivePower: 17,
          Factor: 0.68,
          Voltage: 234,
          Current: 0.101,
        },
      }));
      return {
        typed: [
          [
            "device",
            "add",
            `${site}/o-cam`,
            "--profile",
            "tasmota-plug",
            "--connect",
            `mqtt://${host}:${plug.port}/tele/o-cam/SENSOR`,
            "--zone",
            "Asia/Ho_Chi_Minh",
          ],
        ],
        shows: { active_power_w: 16, voltage_v: 234, energy_kwh: 3.185 },
        stop: plug.stop,
      };
    },
  },
  {
    name: "OPC UA node",
    absent: () => undefined,
    async start(folder) {
      const server = await startOpcuaServer(folder);
      return {
        typed: [
          ["profile", "draft", server.url, "--save", "tram-opcua"],
          ["device", "add", `${site}/tram-bom`, "--profile", "tram-opcua", "--connect", server.url],
        ],
        shows: { water_level_m: 1.5 },
        stop: server.stop,
      };
    },
  },
  {
    name: "UPS by SNMP",
    absent: noSnmpsim,
    async start() {
      const agent = await startSnmpsim({
        ups: {
          lines: [
            "1.3.6.1.2.1.33.1.2.1.0|2|2",
            "1.3.6.1.2.1.33.1.2.3.0|2|58",
            "1.3.6.1.2.1.33.1.2.4.0|2|97",
            "1.3.6.1.2.1.33.1.4.1.0|2|3",
          ],
        },
      });
      return {
        typed: [
          [
            "device",
            "add",
            `${site}/ups-snmp`,
            "--profile",
            "snmp-ups",
            "--connect",
            `snmp://ups@${host}:${agent.port}`,
          ],
        ],
        shows: { battery_charge_pct: 97, mains_present: true },
        stop: agent.dispose,
      };
    },
  },
  {
    name: "UPS by NUT",
    absent: noNut,
    async start() {
      const plays = "ups.status: OL\nbattery.charge: 87\ninput.voltage: 229.5";
      const upsd = await startUpsd({ upses: { ioc: { driver: "dummy-ups", plays } } });
      await upsd.start();
      return {
        typed: [
          [
            "device",
            "add",
            `${site}/ups-nut`,
            "--profile",
            "nut-ups",
            "--connect",
            `nut://${host}:${upsd.port}/ioc`,
          ],
        ],
        shows: { battery_charge_pct: 87, input_voltage_v: 229.5 },
        stop: upsd.dispose,
      };
    },
  },
  {
    name: "RTSP camera",
    absent: noRtspServer,
    async start(folder) {
      const camera = await startRtspServer(folder);
      return {
        typed: [
          [
            "device",
            "add",
            `${site}/camera`,
            "--profile",
            "rtsp-camera",
            "--connect",
            `rtsp://admin:p%40ss@${host}:${camera.port}/cam1`,
          ],
        ],
        shows: { reachable: true, stream_ok: true },
        stop: () => camera.stop("SIGKILL"),
      };
    },
  },
];

type Started = Awaited<ReturnType<Newcomer["start"]>>;

let station: RunningStation;
/** In the order of the newcomers. */
const devices: (Started | undefined)[] = [];
let folder: TemporaryFolder;
/** The third command, once for all devices: it takes up those that are added while it runs. */
let agent: Counterpart | undefined;
const table = [
  `${"new device".padEnd(40)} commands  lines written  seconds to a value in the console`,
];

beforeAll(async () => {
  folder = temporaryFolder("five-minutes");
  station = await startStation();
  const starting = newcomers.map(async (newcomer, at) => {
    if (newcomer.absent()) return;
    const own = join(folder.path, String(at));
    mkdirSync(own);
    devices[at] = await newcomer.start(own);
  });
  await Promise.all(starting);
});

afterAll(async () => {
  process.stdout.write(`\n${table.join("\n")}\n`);
  await agent?.stop();
  await Promise.all(devices.map((device) => device?.stop()));
  await station?.[Symbol.asyncDispose]();
  folder?.[Symbol.dispose]();
});

describe("from a running station to a value in the console", () => {
  for (const [at, newcomer] of newcomers.entries()) {
    const reason = newcomer.absent();
    test.skipIf(reason)(`${newcomer.name} ${reason ?? ""}`, async () => {
      const { typed, shows } = devices[at] as Started;
      const from = performance.now();
      for (const words of typed) {
        const done = await kenh(...words, "--data", station.dataDir);
        expect(done, done.stderr).toMatchObject({ code: 0 });
      }
      agent ??= start(process.execPath, [kenhProgram, "agent", "run", "--data", station.dataDir]);
      const identity = typed.at(-1)?.[2] as string;
      const running = agent;
      const last = await until(
        async () => {
          if (running.child.exitCode !== null) throw new Error(running.output());
          const { values } = await station.get<{ values?: LastValues }>(
            `/api/v1/devices/${identity}`,
          );
          return values && Object.keys(shows).every((name) => values[name]) ? values : undefined;
        },
        `${newcomer.name} in the console: ${running.output().slice(-2000)}`,
        120_000,
      );
      const seconds = (performance.now() - from) / 1000;
      for (const [quantity, value] of Object.entries(shows)) {
        expect(last[quantity]?.value, quantity).toBe(value);
        expect(last[quantity]?.flag, quantity).not.toBe(flags.fail);
      }
      const commands = typed.length + 1;
      expect(commands).toBeLessThanOrEqual(3);
      table.push(
        `${newcomer.name.padEnd(40)} ${String(commands).padStart(8)}  ${"0".padStart(13)}  ${seconds.toFixed(1).padStart(8)}`,
      );
    });
  }

  const unseen = noConsole ?? absentPymodbus();
  test.skipIf(unseen)(`the meter as a browser paints it ${unseen ?? ""}`, async () => {
    const browser = await startChromium();
    try {
      await using view = await open(browser, { url: station.http, token: station.token });
      const card = view.page.locator(".device").filter({ hasText: `${site}/cong-to` });
      await card.getByText("230,5\u00a0V").first().waitFor({ timeout: 60_000 });
      expect(view.complaints).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});
