import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Identity } from "@kenh/schemas";
import { connectAsync } from "mqtt";
import { startCameraSimulator } from "./camera-simulator.ts";
import { absent } from "./counterpart.ts";
import { startMosquitto } from "./mosquitto.ts";
import { noNut, startUpsd } from "./nut.ts";
import { startOpcuaServer } from "./opcua-server.ts";
import { jpegOf, noPictures } from "./picture.ts";
import { absentPymodbus, startModbusTcp } from "./pymodbus.ts";
import { noRtspServer, startRtspServer } from "./rtsp-server.ts";
import { startSdi12 } from "./sdi12.ts";
import { noSnmpsim, startSnmpsim } from "./snmp.ts";

/** One device of the field, as one kind of driver reads it. */
export interface FieldDevice {
  /** For the driver of its kind: once a second, or as often as the kind allows. */
  readonly config: object;
  /** What it reads, among others. */
  readonly quantity: string;
  /** For `kenh agent probe`; absent where there is nothing to connect to. */
  readonly probe?: {
    readonly address: string;
    /** Part of what it prints. */
    readonly shows: RegExp;
    /** It listens until it is told to stop; whether it has heard something. */
    readonly heard?: () => boolean;
  };
  stop(): Promise<void>;
}

export interface FieldKind {
  /** Why it can't run here. @throws Error under CI. */
  absent(): string | undefined;
  /** @param device whose readings they are to be */
  start(folder: string, device: Identity): Promise<FieldDevice>;
}

const host = "127.0.0.1";
/** A machine that is slow for a while is no silence of a device. */
const patient = { timeoutMs: 20_000 };
const nothing = async (): Promise<void> => {};

/** Publishes at a broker of its own, every half a second. */
async function publisher(folder: string, topic: string, payload: (count: number) => object) {
  const broker = await startMosquitto(folder, [{}], ["log_type all"]);
  const client = await connectAsync(broker.url);
  let count = 0;
  const timer = setInterval(() => {
    count += 1;
    client.publish(topic, JSON.stringify(payload(count)), { qos: 1 });
  }, 500);
  return {
    port: broker.ports[0] ?? 0,
    url: broker.url,
    // An acknowledgement of what was sent to a client of ours.
    heard: () => broker.output().includes("Received PUBACK from kenh-"),
    async stop() {
      clearInterval(timer);
      await client.endAsync(true);
      await broker.stop();
    },
  };
}

const devEui = "0102030405060708";
const upsWalk = [
  "1.3.6.1.2.1.33.1.2.1.0|2|2",
  "1.3.6.1.2.1.33.1.2.3.0|2|58",
  "1.3.6.1.2.1.33.1.2.4.0|2|100",
  "1.3.6.1.2.1.33.1.2.5.0|2|546",
  "1.3.6.1.2.1.33.1.4.1.0|2|3",
];

/** A real or simulated counterpart for each kind of driver, small and always the same. */
export const field: Readonly<Record<string, FieldKind>> = {
  camera: {
    absent: () => noPictures() ?? noRtspServer(),
    async start(folder) {
      const stream = await startRtspServer(folder);
      const camera = await startCameraSimulator({ streamUri: stream.url });
      camera.snapshot = jpegOf("testsrc2=s=640x360");
      const login = { username: "admin", password: "p@ss" };
      return {
        config: {
          ...{ host, ...login, onvif: { url: camera.url }, intervalMs: 1000, staggerMs: 0 },
          rtsp: { playMs: 1000 },
        },
        quantity: "reachable",
        probe: {
          address: `onvif://admin:p%40ss@${host}:${camera.port}`,
          shows: /stream_ok +true[\s\S]*luma_mean +\d/,
        },
        async stop() {
          await camera.close();
          await stream.stop("SIGKILL");
        },
      };
    },
  },
  lorawan: {
    absent: () => absent("mosquitto"),
    async start(folder, device) {
      const topic = `application/1/device/${devEui}/event/up`;
      const { port, url, heard, stop } = await publisher(folder, topic, (count) => ({
        ...{ deduplicationId: `u-${count}`, time: new Date().toISOString(), fCnt: count },
        ...{ deviceInfo: { devEui }, fPort: 1, object: { level: 1.93 } },
      }));
      const points = [{ path: "level", quantity: "water_level_m" }];
      return {
        config: { url, network: "chirpstack", devices: { [devEui]: { device, points } } },
        quantity: "water_level_m",
        probe: {
          address: `chirpstack://${host}:${port}`,
          shows: new RegExp(`${devEui} level +1.93`),
          heard,
        },
        stop,
      };
    },
  },
  modbus: {
    absent: absentPymodbus,
    async start(folder) {
      const server = await startModbusTcp(folder, { 1: { holding: { 0: [193] } } });
      const point = { quantity: "water_level_m", function: 3, address: 0, type: "u16" };
      return {
        config: {
          ...patient,
          bus: { kind: "tcp", host, port: server.port },
          intervalMs: 1000,
          slaves: [{ unitId: 1, points: [{ ...point, scale: 0.01 }] }],
        },
        quantity: "water_level_m",
        probe: {
          address: `modbus://${host}:${server.port}?unit=1&function=3&from=0&count=1`,
          shows: /unit 1 holding register 0 +193/,
        },
        stop: () => server.stop(),
      };
    },
  },
  mqtt: {
    absent: () => absent("mosquitto"),
    async start(folder) {
      const topic = "tele/bom-01/SENSOR";
      const { port, url, heard, stop } = await publisher(folder, topic, (count) => ({
        ENERGY: { Power: 100 + count },
      }));
      const points = [{ path: "ENERGY.Power", quantity: "active_power_w" }];
      return {
        config: { url, subscriptions: [{ topic, points }] },
        quantity: "active_power_w",
        probe: {
          address: `mqtt://${host}:${port}/tele/#`,
          shows: /tele\/bom-01\/SENSOR ENERGY\.Power +1\d\d/,
          heard,
        },
        stop,
      };
    },
  },
  nut: {
    absent: noNut,
    async start() {
      const plays = "ups.status: OL\nbattery.charge: 87\ninput.voltage: 229.5";
      const upsd = await startUpsd({ upses: { ioc: { driver: "dummy-ups", plays } } });
      await upsd.start();
      return {
        config: { ...patient, host, port: upsd.port, ups: "ioc", intervalMs: 1000 },
        quantity: "battery_charge_pct",
        probe: {
          address: `nut://${host}:${upsd.port}/ioc`,
          shows: /battery\.charge +87 +battery_charge_pct/,
        },
        stop: () => upsd.dispose(),
      };
    },
  },
  opcua: {
    absent: () => undefined,
    async start(folder) {
      const server = await startOpcuaServer(folder, { gauges: 1 });
      const node = "nsu=urn:kenh:test:station;s=Gauge1";
      return {
        config: {
          ...{ url: server.url, security: "None" },
          points: [{ node, quantity: "water_level_m" }],
        },
        quantity: "water_level_m",
        probe: { address: server.url, shows: /s=Gauge1 +[\d.]+/ },
        stop: () => server.stop(),
      };
    },
  },
  replay: {
    absent: () => undefined,
    async start(folder) {
      const file = join(folder, "series.csv");
      const from = Date.UTC(2026, 0, 1);
      const rows = Array.from({ length: 3600 }, (_, second) => {
        return `${new Date(from + second * 1000).toISOString()},${1 + second / 3600}`;
      });
      writeFileSync(file, `t,v\n${rows.join("\n")}\n`);
      return {
        config: {
          ...{ file, time: { column: "t", zone: "in-timestamp" } },
          ...{ columns: { v: "water_level_m" }, speed: 1 },
        },
        quantity: "water_level_m",
        stop: nothing,
      };
    },
  },
  sdi12: {
    absent: () => absent("python3"),
    async start(folder) {
      const bus = await startSdi12(folder, {
        sensors: {
          "0": { id: "14KENH    LEVEL 1.0SNLEVEL", measurements: { "": [0, [["+1.234"]]] } },
        },
      });
      return {
        config: {
          ...patient,
          bus: { kind: "tcp", host, port: bus.port },
          intervalMs: 1000,
          sensors: [{ address: "0", points: [{ quantity: "water_level_m", value: 1 }] }],
        },
        quantity: "water_level_m",
        probe: { address: `sdi12://${host}:${bus.port}/0`, shows: /sensor 0 value 1 +1\.234/ },
        stop: () => bus.stop(),
      };
    },
  },
  simulate: {
    absent: () => undefined,
    start: async () => ({
      config: { model: "tide-gauge", intervalMs: 1000 },
      quantity: "water_level_m",
      stop: nothing,
    }),
  },
  snmp: {
    absent: noSnmpsim,
    async start() {
      const agent = await startSnmpsim({ ups: { lines: upsWalk } });
      return {
        config: {
          ...patient,
          host,
          port: agent.port,
          community: "ups",
          mib: "ups",
          intervalMs: 1000,
        },
        quantity: "battery_charge_pct",
        probe: {
          address: `snmp://ups@${host}:${agent.port}`,
          shows: /ups_battery_v +54\.6 +RFC 1628/,
        },
        stop: () => agent.dispose(),
      };
    },
  },
};
