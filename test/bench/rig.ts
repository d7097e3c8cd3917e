import { join } from "node:path";
import { openRegistry } from "@kenh/ingest";
import { type Identity, type Role, topicOf } from "@kenh/schemas";
import { openAccess } from "@kenh/schemas/node";
import { freePort, until } from "../support/counterpart.ts";
import { temporaryFolder } from "../support/folder.ts";
import { type Influxd, startInfluxd } from "../support/influxd.ts";
import { shippedCatalogue } from "../support/registry.ts";
import { type Child, cpuSeconds, startChild } from "./child.ts";
import type { Login } from "./connection.ts";
import { devicesPerGateway, makeDevices, profile } from "./load.ts";
import type { Encoding, SenderCalls } from "./sender.ts";
import type { StationCalls } from "./station.ts";

/** A real store, a station and a sender, each a process of its own, on a folder of their own. */
export interface Rig extends AsyncDisposable {
  readonly influxd: Influxd;
  readonly sender: Child<SenderCalls>;
  readonly station: Child<StationCalls>;
  readonly mqttPort: number;
  readonly writeUrl: string;
  /** Connects the sender for the first `count` devices. */
  connect(count: number): Promise<void>;
  /** Devices that nobody sends for but who measures alarms, and the account that may. */
  readonly watched: { readonly login: Login; readonly identities: readonly Identity[] };
  /** A token for a subscriber. */
  token(role: Role): string;
  /** Resolves when nothing waits for the store. */
  settled(): Promise<void>;
  /** Readings that went anywhere but to the store, since the start. */
  astray(): Promise<number>;
  /** Ends the station as a crash does, and starts it again on its folder and port. */
  crashStation(): Promise<void>;
}

const stationFile = new URL("station.ts", import.meta.url);
const senderFile = new URL("sender.ts", import.meta.url);

/** Starts it with `count` devices registered. `stationArgv` are options for the station's Node. */
export async function startRig(count: number, stationArgv: readonly string[] = []): Promise<Rig> {
  const folder = temporaryFolder("kenh-bench");
  const { logins, watched } = await register(folder.path, count);
  const influxd = await startInfluxd();
  await influxd.query("CREATE DATABASE kenh");
  const mqttPort = await freePort();
  const config = { folder: folder.path, port: mqttPort, influxUrl: influxd.url };
  const sender = startChild<SenderCalls>(senderFile);
  let station = startChild<StationCalls>(stationFile, stationArgv);
  await station.ask("start", config);

  return {
    influxd,
    sender,
    mqttPort,
    watched,
    writeUrl: `${influxd.url}/write?db=kenh&precision=ms`,
    get station() {
      return station;
    },
    connect: (devices) =>
      sender.ask("open", {
        port: mqttPort,
        logins: logins.slice(0, Math.ceil(devices / devicesPerGateway)),
        count: devices,
      }),
    token(role) {
      const access = openAccess(join(folder.path, "access.db"));
      try {
        return access.addToken(role, "*");
      } finally {
        access.close();
      }
    },
    async settled() {
      await until(
        // A station that dies meanwhile does not answer; the next one is asked again.
        async () => (await station.ask("books", undefined).catch(() => undefined))?.pending === 0,
        "every reading to be in the store",
        120_000,
      );
    },
    astray: async () => (await station.ask("books", undefined)).other,
    async crashStation() {
      await station.kill();
      station = startChild<StationCalls>(stationFile, stationArgv);
      await station.ask("start", config);
    },
    async [Symbol.asyncDispose]() {
      await sender.end();
      await station.ask("stop", undefined);
      await station.end();
      await influxd.dispose();
      folder[Symbol.dispose]();
    },
  };
}

/** So many alarms are raised for a 99th percentile, each on a device of its own. */
const watchedDevices = 200;

/** Registers the devices, and an account for each gateway. */
async function register(folder: string, count: number) {
  const identities: Identity[] = makeDevices(count).map(({ identity }) => identity);
  const watched = Array.from({ length: watchedDevices }, (_, n) => `82/29869/canh-bao/may-${n}`);
  const registry = openRegistry(join(folder, "registry.db"), shippedCatalogue());
  for (const identity of [...identities, ...watched]) registry.put({ identity, profile });
  registry.close();
  const access = openAccess(join(folder, "access.db"));
  const logins: Login[] = [];
  for (let from = 0; from < count; from += devicesPerGateway) {
    const username = `gateway-${from / devicesPerGateway}`;
    const password = await access.addAccount(
      username,
      identities.slice(from, from + devicesPerGateway),
    );
    logins.push({ username, password });
  }
  const password = await access.addAccount("watched", watched);
  access.close();
  return { logins, watched: { login: { username: "watched", password }, identities: watched } };
}

/** What a run of the pipeline or of the raw store cost. */
export interface Cost {
  readonly points: number;
  readonly readings: number;
  readonly seconds: number;
  /** Seconds of CPU. */
  readonly stationCpu: number;
  readonly storeCpu: number;
}

async function costOf(
  rig: Rig,
  work: () => Promise<{ points: number; readings: number }>,
): Promise<Cost> {
  const storePid = rig.influxd.pid() ?? 0;
  const before = [cpuSeconds(rig.station.pid), cpuSeconds(storePid)] as const;
  const start = performance.now();
  const amount = await work();
  return {
    ...amount,
    seconds: (performance.now() - start) / 1000,
    stationCpu: cpuSeconds(rig.station.pid) - before[0],
    storeCpu: cpuSeconds(storePid) - before[1],
  };
}

export interface Amount {
  readonly messages: number;
  readonly samples: number;
}

/** PUBLISH packets on the way of each socket that are not acknowledged yet. */
const window = 100;

/** Sends as fast as the station takes it, until the last reading is in the store. */
export async function flood(rig: Rig, amount: Amount): Promise<Cost> {
  const readings = await rig.sender.ask("prepare", amount);
  return costOf(rig, async () => {
    await sendPrepared(rig);
    return { points: amount.messages * amount.samples, readings };
  });
}

/** The same with nothing measured, for processes that die meanwhile. Gives the readings. */
export async function sendThrough(rig: Rig, amount: Amount): Promise<number> {
  const readings = await rig.sender.ask("prepare", amount);
  await sendPrepared(rig);
  return readings;
}

async function sendPrepared(rig: Rig): Promise<void> {
  await rig.sender.ask("flood", { window });
  await rig.settled();
}

/** Sends at an even rate, until the last reading is in the store; with the times to PUBACK in ms, sorted. */
export async function pace(
  rig: Rig,
  { messages, samples, perSecond }: Amount & { perSecond: number },
): Promise<Cost & { times: Float64Array }> {
  const readings = await rig.sender.ask("prepare", { messages, samples });
  let times = new Float64Array();
  const cost = await costOf(rig, async () => {
    times = new Float64Array(await rig.sender.ask("pace", { perSecond }));
    await rig.settled();
    return { points: messages * samples, readings };
  });
  return { ...cost, times };
}

/** Posts the same readings, encoded beforehand, straight to the store. */
export async function rawPost(
  rig: Rig,
  { messages, samples }: Amount,
  by: Encoding["by"] = "message",
): Promise<Cost> {
  const readings = await rig.sender.ask("encode", { messages, samples, by });
  return costOf(rig, async () => {
    await rig.sender.ask("post", { url: rig.writeUrl });
    return { points: messages * samples, readings };
  });
}

/** The topics that a subscriber of everything reads. */
export const everything = topicOf("+/+/+/+", "telemetry");
