import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { RegisteredDevice } from "@kenh/ingest";
import { type Alarm, type AlarmRule, topicOf } from "@kenh/schemas";
import mqtt from "mqtt";
import { pino } from "pino";
import { Registry as Metrics } from "prom-client";
import type { FedMessage } from "../../../ingest/src/alarms/alarms.ts";
import { openAlarms } from "../../../ingest/src/alarms/engine.ts";
import { until } from "../../support/counterpart.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { gauge, registryOf, shippedCatalogue } from "../../support/registry.ts";
import type { Row } from "../goals.ts";
import { pace, type Rig } from "../rig.ts";
import type { Sizes } from "../sizes.ts";
import { quantile, show } from "../statistics.ts";

const rulesOfDevice = [0, 1, 10];
const perCommit = 250;
const commitMs = 5;
/** Checkpoints as far apart as in a station. */
const commitsPerCheckpoint = 1000;
const begin = 1_790_000_000_000;

/** High levels of their own limits, none of which is reached: what readings cost that tell nothing new. */
function rulesFor(count: number): AlarmRule[] {
  const rule = shippedCatalogue().rules.get("water.bd3") as Extract<AlarmRule, { kind: "high" }>;
  return Array.from({ length: count }, (_, n) => ({
    ...rule,
    id: `bench.level_${n}`,
    suppressedBy: [],
    levels: rule.levels.map((level) => ({ ...level, limit: 100 + n })),
  }));
}

/** Devices as the registry gives them, without the file that it keeps. */
function devicesFor(count: number): Map<string, RegisteredDevice> {
  const registry = registryOf(gauge);
  const [model] = registry.all();
  registry.close();
  if (!model) throw new Error("no device was made");
  return new Map(
    Array.from({ length: count }, (_, n) => {
      const identity = `82/29869/diem-${n % 1000}/may-${n}`;
      return [identity, { ...model, identity, series: { ...model.series, tags: [] } }];
    }),
  );
}

const textOf = (ts: number, value: number): string =>
  `{"v":1,"agent":"gw-01","epoch":"5f0c6a1e","seq":17,"samples":[{"ts":${ts},"values":{"water_level_m":${value}}}]}`;

const collectGarbage = (): void => {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
};

/** CPU in microseconds for each reading, checkpoints included, and memory in bytes for each device. */
function costOf(devices: ReadonlyMap<string, RegisteredDevice>, rules: number, readings: number) {
  using folder = temporaryFolder("kenh-bench-alarms");
  const all = [...devices.values()];
  let clock = begin;
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  const alarms = openAlarms(join(folder.path, "alarms.db"), {
    rules: rulesFor(rules),
    registry: { find: (identity) => devices.get(identity), all: () => all },
    now: () => clock,
    log: pino({ level: "silent" }),
    metrics: new Metrics(),
  });
  let used = 0;
  let position = 0;
  let fed = 0;
  function feed(count: number): void {
    for (const end = fed + count; fed < end; ) {
      const messages: FedMessage[] = [];
      for (let index = 0; index < perCommit; index++, fed++) {
        const device = all[fed % all.length] as RegisteredDevice;
        const value = 1 + (fed % 100) / 100;
        const field = { name: "water_level_m", type: "float" as const, value, flag: 2 as const };
        const samples = [{ series: device.series, ts: clock - 1, fields: [field] }];
        messages.push({ device, samples, receivedAt: clock, index, agent: "gw-01" });
      }
      const start = process.cpuUsage();
      alarms.feed(++position, messages);
      if (position % commitsPerCheckpoint === 0) alarms.checkpoint();
      const { user, system } = process.cpuUsage(start);
      used += user + system;
      clock += commitMs;
    }
  }
  feed(Math.max(all.length, readings / 2));
  used = 0;
  feed(readings);
  const usEach = used / readings;
  clock += 10_000;
  alarms.tick();
  collectGarbage();
  const bytesEach = (process.memoryUsage().heapUsed - before) / all.length;
  alarms.close();
  return { usEach, bytesEach };
}

function parseCost(readings: number): number {
  const texts = Array.from({ length: 1000 }, (_, n) => textOf(begin + n, 1 + n / 1000));
  const parse = (): void => {
    for (let n = 0; n < readings; n++) JSON.parse(texts[n % texts.length] as string);
  };
  parse();
  const start = process.cpuUsage();
  parse();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / readings;
}

/** What alarms take of a reading, by rules and devices, against JSON.parse of its message. */
export function alarmCost({ alarmDevices, alarmReadings }: Sizes): Row[] {
  const parse = parseCost(alarmReadings);
  const told: string[] = [];
  let ratio = 0;
  let memory = 0;
  for (const count of alarmDevices) {
    const devices = devicesFor(count);
    const costs = rulesOfDevice.map((rules) => costOf(devices, rules, alarmReadings));
    told.push(
      `${count} devices: ${costs.map(({ usEach }) => show(usEach)).join(", ")} us with ${rulesOfDevice.join(", ")} rules`,
    );
    const last = costs.at(-1);
    ratio = (last?.usEach ?? 0) / parse;
    memory = ((costs[1]?.bytesEach ?? 0) * count) / 2 ** 20;
    told.push(`${costs.map(({ bytesEach }) => Math.round(bytesEach)).join(", ")} bytes a device`);
  }
  return [
    {
      name: "alarmCost",
      value: ratio,
      about: `${told.filter((_, at) => at % 2 === 0).join("; ")}; ${show(parse)} us to parse one`,
    },
    {
      name: "alarmMemory",
      value: memory,
      about: `${told.filter((_, at) => at % 2 === 1).join("; ")}, with ${rulesOfDevice.join(", ")} rules`,
    },
  ];
}

/** Of the load that saturates: the same as for the time to PUBACK. */
const part = 0.2;
/** Longer than the on-delay of the rule: both readings of a message lie above its limit. */
const heldMs = 400_000;

/**
 * From the write of a PUBLISH whose readings raise an alarm to the alarm on its topic at a subscriber,
 * over the whole chain, beside the load of `latency`.
 */
export async function alarmLatency(rig: Rig, sizes: Sizes, saturation: number): Promise<Row> {
  const url = `mqtt://127.0.0.1:${rig.mqttPort}`;
  const reader = await mqtt.connectAsync(url, { username: "token", password: rig.token("reader") });
  const sender = await mqtt.connectAsync(url, rig.watched.login);
  const sentAt = new Map<string, number>();
  const waits: number[] = [];
  reader.on("message", (topic, payload) => {
    const { rule, state } = JSON.parse(payload.toString()) as Alarm;
    const sent = sentAt.get(topic);
    if (rule !== "water.bd3" || state !== "unacknowledged" || sent === undefined) return;
    sentAt.delete(topic);
    waits.push(performance.now() - sent);
  });
  await reader.subscribeAsync(topicOf("+/+/canh-bao/+", "alarm"), { qos: 1 });

  const perSecond = saturation * part;
  const devices = rig.watched.identities.slice(0, sizes.alarmsRaised);
  const seconds = 2 + (devices.length * apartMs) / 1000;
  const load = pace(rig, { messages: Math.ceil(perSecond * seconds), samples: 1, perSecond });
  for (const identity of devices) {
    await delay(apartMs);
    const now = Date.now();
    const samples = [now - heldMs, now].map((ts) => ({ ts, values: { water_level_m: 2.45 } }));
    sentAt.set(topicOf(identity, "alarm"), performance.now());
    await sender.publishAsync(topicOf(identity, "telemetry"), JSON.stringify(samples), { qos: 1 });
  }
  await load;
  await until(() => waits.length === devices.length, "every alarm at the subscriber", 30_000);
  await Promise.all([reader.endAsync(), sender.endAsync()]);
  const sorted = Float64Array.from(waits).sort();
  return {
    name: "alarmLatency",
    value: quantile(sorted, 0.99),
    about: `${waits.length} alarms beside ${show(perSecond, 0)} messages/s, median ${show(quantile(sorted, 0.5), 0)} ms, of which 250 ms are held to put readings in order`,
  };
}

/** Alarms come one by one, as they do at most. */
const apartMs = 50;
