import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { openRegistry } from "@kenh/ingest";
import { openAccess } from "@kenh/schemas/node";
import mqtt from "mqtt";
import { prepareStation, type Station } from "../faults/station.ts";
import { until } from "../support/counterpart.ts";
import { temporaryFolder } from "../support/folder.ts";
import { startInfluxd } from "../support/influxd.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { shippedCatalogue } from "../support/registry.ts";
import { cpuSeconds } from "./child.ts";
import { type LoadDevice, makeDevices, nextMessage, profile } from "./load.ts";

/** What each process of each form costs for a message, at an even rate (docs/reference/scaling.md). */
const isTiny = process.argv.includes("--tiny");
const seconds = isTiny ? 2 : 15;
const rates = isTiny ? [50] : [1, 100, 1000, 3000];
const samples = 1;
const database = "kenh";

interface Measured {
  readonly form: string;
  readonly rate: number;
  readonly process: string;
  readonly usPerMessage: number;
  readonly percentOfCore: number;
}

/** Sends at an even rate; gives the seconds that it took. */
async function send(
  { url, password }: { readonly url: string; readonly password: string },
  devices: readonly LoadDevice[],
  rate: number,
): Promise<number> {
  const client = await mqtt.connectAsync(url, { username: gateway, password });
  const begun = performance.now();
  const count = rate * seconds;
  for (let sent = 0; sent < count; ) {
    const due = Math.min(count, Math.ceil(((performance.now() - begun) / 1000) * rate));
    for (; sent < due; sent++) {
      const device = devices[sent % devices.length] as LoadDevice;
      const message = nextMessage(device, samples, Date.now());
      void client.publishAsync(device.topic, message, { qos: 1 });
    }
    await pause(5);
  }
  await client.endAsync();
  return (performance.now() - begun) / 1000;
}

const gateway = "82/29869/ioc/gw-01";

/** The same devices, and one account for all of them. */
async function register(dataDir: string, devices: readonly LoadDevice[]): Promise<string> {
  mkdirSync(dataDir, { recursive: true });
  const registry = openRegistry(join(dataDir, "registry.db"), shippedCatalogue());
  const identities = devices.map(({ identity }) => identity);
  for (const identity of identities) registry.put({ identity, profile });
  registry.put({ identity: gateway, profile: "edge-gateway" });
  registry.close();
  const access = openAccess(join(dataDir, "access.db"));
  const password = await access.addAccount(gateway, [gateway, ...identities]);
  access.close();
  return password;
}

async function measure(
  form: string,
  pids: ReadonlyMap<string, number>,
  work: (rate: number) => Promise<number>,
): Promise<Measured[]> {
  const rows: Measured[] = [];
  await work(rates.at(-1) as number);
  for (const rate of rates) {
    const before = new Map([...pids].map(([name, pid]) => [name, cpuSeconds(pid)]));
    const took = await work(rate);
    for (const [name, pid] of pids) {
      const used = cpuSeconds(pid) - (before.get(name) ?? 0);
      rows.push({
        ...{ form, rate, process: name },
        usPerMessage: (used * 1e6) / (rate * seconds),
        percentOfCore: (used / took) * 100,
      });
    }
  }
  return rows;
}

async function main(): Promise<void> {
  using folder = temporaryFolder("kenh-scale");
  const influxd = await startInfluxd();
  const broker = await startMosquitto(
    folder.path,
    [{}],
    ["max_inflight_messages 0", "max_queued_messages 0"],
  );
  const devices = makeDevices(isTiny ? 40 : 1000);
  const env = {
    KENH_LOG: "warn",
    KENH_STORE: "influxdb",
    KENH_INFLUX_URL: influxd.url,
    KENH_INFLUX_VERSION: "1",
    KENH_INFLUX_BUCKET: database,
    KENH_BROKER_URL: broker.url,
  };
  const started: Station[] = [];
  let password = "";
  async function start(name: string, command: readonly string[]): Promise<Station> {
    const dataDir = join(folder.path, name);
    password = await register(dataDir, devices);
    const station = await prepareStation({ dataDir, env, command });
    started.push(station);
    await station.start();
    return station;
  }
  const pidOf = (one: { readonly pid: number | undefined }) => one.pid as number;
  try {
    const station = await start("station", ["station", "--no-demo"]);
    const alone = await measure(
      "one station",
      new Map([
        ["kenh station", pidOf(station)],
        ["influxd", influxd.pid() as number],
      ]),
      (rate) => send({ url: `mqtt://127.0.0.1:${station.mqttPort}`, password }, devices, rate),
    );
    await station.stop();
    const first = await start("ingest-1", ["ingest", "--alarms", "off"]);
    const second = await start("ingest-2", ["ingest", "--alarms", "off"]);
    const leader = await start("engine-1", ["ingest", "--alarms", "only"]);
    await until(
      async () => (await leader.metric("kenh_engine_leads").catch(() => 0)) === 1,
      "a lead",
    );
    const standby = await start("engine-2", ["ingest", "--alarms", "only"]);
    await until(
      async () => (await leader.metric("kenh_engine_standbys_in_sync").catch(() => 0)) === 1,
      "a standby in sync",
    );
    const several = await measure(
      "scaled out",
      new Map([
        ["Mosquitto", broker.child.pid as number],
        ["each ingest", pidOf(first)],
        ["the other ingest", pidOf(second)],
        ["engine that leads", pidOf(leader)],
        ["engine that stands by", pidOf(standby)],
        ["influxd", influxd.pid() as number],
      ]),
      (rate) => send({ url: broker.url, password }, devices, rate),
    );
    const rows = [...alone, ...several];
    process.stdout.write(
      "| form | messages/s | process | us of CPU a message | of one core |\n|---|---|---|---|---|\n",
    );
    for (const { form, rate, process: name, usPerMessage, percentOfCore } of rows) {
      process.stdout.write(
        `| ${form} | ${rate} | ${name} | ${Math.round(usPerMessage)} | ${percentOfCore.toFixed(1)} % |\n`,
      );
    }
  } finally {
    await Promise.all(started.map((one) => one.kill()));
    await broker.stop();
    await influxd.dispose();
  }
}

await main();
