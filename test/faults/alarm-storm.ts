import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { loadCatalogue, openRegistry } from "@kenh/ingest";
import { type Alarm, type AlarmTransition, type Identity, topicOf } from "@kenh/schemas";
import mqtt from "mqtt";
import { pino } from "pino";
import { Registry as Metrics } from "prom-client";
import { seededRandom } from "../../edge-agent/src/drivers/simulate/random.ts";
import { openAlarms } from "../../ingest/src/alarms/engine.ts";
import { until } from "../support/counterpart.ts";
import { temporaryFolder } from "../support/folder.ts";
import { shippedCatalogue } from "../support/registry.ts";
import { place } from "./rig.ts";
import type { Result, Scale, Scenario } from "./scenario.ts";
import { prepareStation } from "./station.ts";

const schemas = fileURLToPath(new URL("../../schemas/", import.meta.url));
export const devices: readonly Identity[] = Array.from(
  { length: 40 },
  (_, n) => `${place}/song-${n}`,
);
export const gateway = `${place}/gw-01`;
/** Flood levels of a river that leaps: each reading is a transition or several, and hides others. */
const judged = ["water.bd1", "water.bd2", "water.bd3"];
const levels = [1.5, 1.95, 2.15, 2.4];

interface Size {
  readonly readings: number;
  readonly kills: number;
}
const sizes: Record<Scale, Size> = {
  bounded: { readings: 600, kills: 8 },
  full: { readings: 2400, kills: 200 },
};

interface Reading {
  readonly device: Identity;
  readonly ts: number;
  readonly value: number;
}

export function stormOf(count: number, begin: number): Reading[] {
  const random = seededRandom(20_261_122);
  return Array.from({ length: count }, (_, n) => ({
    device: devices[n % devices.length] as Identity,
    ts: begin + n * 50,
    value: levels[Math.floor(random() * levels.length)] as number,
  }));
}

/** Rules that count at once; all others of the product are out of the way. */
export function rulesOfStorm(): string {
  const changes = [...shippedCatalogue().rules.keys()].map((rule) =>
    judged.includes(rule)
      ? `  - { rule: ${rule}, set: { onDelayMs: 0, offDelayMs: 0, medianOf: 1, suppressedBy: [${judged.slice(judged.indexOf(rule) + 1)}] } }`
      : `  - { rule: ${rule}, set: { enabled: false } }`,
  );
  return `version: 1\nchanges:\n${changes.join("\n")}\n`;
}

export const lineOf = ({ device, rule }: Alarm, line: AlarmTransition): string =>
  [device, rule, line.at, line.event, line.state, line.value, line.comment].join(" ");

/** What a station without a fault makes of the readings: the lines of every alarm, by its id. */
export function undisturbed(readings: readonly Reading[], root: string, folder: string) {
  const catalogue = loadCatalogue(schemas, root);
  const registry = openRegistry(":memory:", catalogue);
  for (const identity of devices) registry.put({ identity, profile: "generic-water" });
  let clock = readings[0]?.ts ?? 0;
  const alarms = openAlarms(join(folder, "undisturbed.db"), {
    rules: catalogue.rulesInForce,
    registry,
    now: () => clock,
    log: pino({ level: "silent" }),
    metrics: new Metrics(),
  });
  readings.forEach(({ device: identity, ts, value }, at) => {
    clock = ts + 10;
    const device = registry.find(identity);
    if (!device) throw new Error(`${identity} is not registered`);
    const field = { name: "water_level_m", type: "float" as const, value, flag: 1 as const };
    const samples = [{ series: device.series, ts, fields: [field] }];
    alarms.feed(at + 1, [{ device, samples, receivedAt: clock, index: 0 }]);
  });
  for (let n = 0; n < 10; n++, clock += 1000) alarms.tick();
  const lines = new Map<string, string[]>();
  for (const { json } of alarms.after(0, 1e9)) {
    const alarm = JSON.parse(json) as Alarm;
    const line = lineOf(alarm, alarm.history.at(-1) as AlarmTransition);
    lines.set(alarm.id, [...(lines.get(alarm.id) ?? []), line]);
  }
  alarms.close();
  registry.close();
  return lines;
}

/** A receiver of webhooks: which transition came under which key. */
async function startReceiver() {
  const keys = new Map<string, Set<string>>();
  let posts = 0;
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      posts += 1;
      const { alarm } = (JSON.parse(body) as { data: { alarm: Alarm } }).data;
      const transition = `${alarm.id} ${alarm.version}`;
      const key = String(request.headers["webhook-id"]);
      keys.set(transition, (keys.get(transition) ?? new Set()).add(key));
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    keys,
    get posts() {
      return posts;
    },
    close(): void {
      server.closeAllConnections();
      server.close();
    },
  };
}

/**
 * An agent that keeps the order: what has no PUBACK is sent again, from a new connection, before
 * anything newer.
 */
export function startSending(
  url: string,
  account: { username: string; password: string } | undefined,
  readings: readonly Reading[],
) {
  let allowed = 0;
  let sent = 0;

  async function sendNext(client: mqtt.MqttClient): Promise<void> {
    const upTo = Math.min(sent + devices.length, allowed);
    const open: Promise<unknown>[] = [];
    for (let at = sent; at < upTo; at++) {
      const { device, ts, value } = readings[at] as Reading;
      const seq = Math.floor(at / devices.length) + 1;
      const samples = [{ ts, values: { water_level_m: value } }];
      const message = JSON.stringify({ v: 1, agent: gateway, epoch: "storm", seq, samples });
      open.push(client.publishAsync(topicOf(device, "telemetry"), message, { qos: 1 }));
    }
    const lost = new Promise((_, reject) => client.once("close", () => reject(new Error("lost"))));
    await Promise.race([Promise.all(open), lost]);
    sent = upTo;
  }

  async function work(): Promise<void> {
    while (sent < readings.length) {
      const client = mqtt.connect(url, { ...account, reconnectPeriod: 0 });
      client.setMaxListeners(0);
      client.on("error", () => {});
      try {
        await once(client, "connect");
        while (sent < readings.length) {
          if (!client.connected) throw new Error("lost");
          if (sent < allowed) await sendNext(client);
          else await pause(5);
        }
      } catch {
        await pause(50);
      } finally {
        client.end(true);
      }
    }
  }
  return {
    get sent() {
      return sent;
    },
    allow(upTo: number): void {
      allowed = upTo;
    },
    done: work(),
  };
}

async function once(client: mqtt.MqttClient, event: "connect"): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    client.once(event, () => resolve());
    client.once("close", () => reject(new Error("refused")));
  });
}

async function storm({ readings: count, kills }: Size, say: (line: string) => void) {
  using folder = temporaryFolder("kenh-alarm-storm");
  const dataDir = join(folder.path, "data");
  mkdirSync(join(dataDir, "rules"), { recursive: true });
  writeFileSync(join(dataDir, "rules", "storm.yaml"), rulesOfStorm());
  const receiver = await startReceiver();
  writeFileSync(join(dataDir, "hook.secret"), "bi mat");
  const hidden =
    "hidden: true, events: [raise, escalate, de-escalate, clear, suppress, unsuppress]";
  writeFileSync(
    join(dataDir, "ways.yaml"),
    `version: 1\nways:\n  - { kind: webhook, name: storm, url: "${receiver.url}", secret: { file: hook.secret }, priorities: [1, 2, 3, 4], ${hidden} }\n`,
  );
  const station = await prepareStation({ dataDir, env: { KENH_LOG: "warn" } });
  const account = await station.admit(gateway, devices);
  const readings = stormOf(count, Date.now() - 3_600_000);
  const expected = undisturbed(readings, dataDir, folder.path);
  const random = seededRandom(7);
  try {
    await station.start();
    const sender = startSending(`mqtt://127.0.0.1:${station.mqttPort}`, account, readings);
    for (let kill = 0; kill < kills; kill++) {
      sender.allow(Math.ceil((readings.length * (kill + 1)) / (kills + 1)));
      await pause(random() * 400);
      await station.kill();
      await station.start();
      if ((kill + 1) % 20 === 0) say(`${kill + 1} of ${kills} kills, ${sender.sent} acknowledged`);
    }
    sender.allow(readings.length);
    await sender.done;
    const transitions = [...expected.values()].flat().length;
    await until(
      () => receiver.keys.size >= transitions,
      `${transitions} transitions to be posted`,
      120_000,
    );
    const found = new Map<string, string[]>();
    for (const id of expected.keys()) {
      const { status, body } = await station.get(`/api/v1/alarms/${id}`);
      const alarm = status === 200 ? (JSON.parse(body) as Alarm) : undefined;
      found.set(id, alarm?.history.map((line) => lineOf(alarm, line)) ?? []);
    }
    const result = differences(expected, found);
    const { body } = await station.get("/api/v1/alarms");
    const { revision } = JSON.parse(body) as { revision: number };
    const books = result.ordered ? [] : ["the lines of an alarm stand in another order"];
    if (revision !== transitions)
      books.push(`${revision} revisions for ${transitions} transitions`);
    const twice = [...receiver.keys.values()].filter((keys) => keys.size > 1).length;
    say(`${transitions} transitions, ${receiver.posts} webhooks, ${kills} kills`);
    return {
      faults: kills,
      accepted: transitions,
      looks: receiver.posts,
      missing: result.missing,
      doubled: result.doubled + twice,
      invented: result.invented,
      books,
    };
  } finally {
    await station.kill();
    receiver.close();
  }
}

export function differences(
  expected: ReadonlyMap<string, readonly string[]>,
  found: ReadonlyMap<string, readonly string[]>,
) {
  let [missing, invented, doubled, ordered] = [0, 0, 0, true];
  for (const [id, lines] of expected) {
    const got = found.get(id) ?? [];
    missing += lines.filter((line) => !got.includes(line)).length;
    invented += got.filter((line) => !lines.includes(line)).length;
    doubled += got.length - new Set(got).size - (lines.length - new Set(lines).size);
    ordered &&= lines.join("\n") === got.join("\n");
  }
  return { missing, invented, doubled, ordered };
}

/** kill -9 in the middle of thousands of transitions: the history is that of a station that was left alone. */
export const alarmStorm: Scenario = {
  name: "alarm storm and kill -9",
  absent: () => undefined,
  run: (scale, say): Promise<Result> => storm(sizes[scale], say),
};
