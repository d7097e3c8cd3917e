import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { openRegistry } from "@kenh/ingest";
import {
  type Alarm,
  type AlarmTransition,
  type LedgerEpoch,
  type LedgerReport,
  topicOf,
} from "@kenh/schemas";
import { openAccess } from "@kenh/schemas/node";
import { connectAsync, type MqttClient } from "mqtt";
import { expect, test } from "vitest";
import { freePort, until } from "../support/counterpart.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { temporaryFolder } from "../support/folder.ts";
import { shippedCatalogue } from "../support/registry.ts";
import { kenh, type RunningStation, startStation } from "../support/station.ts";

const unit = "82/29869";
const gauge = `${unit}/cau/muc-nuoc`;
const rain = `${unit}/cau/mua`;
/** Sends before anybody has registered it. */
const stranger = `${unit}/cau/moi`;
const cabinet = `${unit}/cau/tram`;
const neighbour = "82/30000/cau/muc-nuoc";

const stepMs = 10 * 60_000;
/** Three days of readings, the last an hour ago: nothing waits for the clock. */
const steps = (3 * 24 * 3_600_000) / stepMs;
const start = Date.now() - 3_600_000 - steps * stepMs;
const patience = 60_000;

const rules = {
  version: 1,
  rules: [
    {
      ...{ id: "test.high", kind: "high", measurement: "water", quantity: "water_level_m" },
      ...{ levels: [{ priority: 1, limit: 5 }], hysteresis: 0.5 },
      message: { vi: "Nước cao", en: "High water" },
      cause: { vi: "Mưa", en: "Rain" },
      action: { vi: "Xem", en: "Look" },
      consequence: { vi: "Ngập", en: "Flood" },
      owner: { vi: "Phường", en: "Ward" },
      examples: [
        {
          ...{ name: "above", transitions: [{ at: 0, event: "raise" }] },
          samples: [{ ts: 0, values: { water_level_m: 6 } }],
        },
      ],
    },
  ],
};

/** Every tenth of the way the water is high for some hours. */
const levelAt = (step: number): number =>
  (step % 100 >= 40 && step % 100 < 60 ? 6 : 1) + step / 1e4;

/** Registers devices as `kenh device add` does; gives their passwords. */
async function register(folder: string, ...devices: readonly string[]): Promise<string[]> {
  const registry = openRegistry(join(folder, "registry.db"), shippedCatalogue());
  const access = openAccess(join(folder, "access.db"));
  try {
    for (const identity of devices) registry.put({ identity, profile: "generic-water" });
    return await Promise.all(devices.map((identity) => access.addAccount(identity, [identity])));
  } finally {
    registry.close();
    access.close();
  }
}

/** Registers a gateway that also sends for a device that nobody has registered; gives its password. */
async function bring(folder: string, gateway: string, device: string): Promise<string> {
  await register(folder, gateway);
  const access = openAccess(join(folder, "access.db"));
  try {
    return await access.addAccount(gateway, [gateway, device]);
  } finally {
    access.close();
  }
}

function post({ http, token }: RunningStation, path: string, body: unknown): Promise<Response> {
  return fetch(`${http}/api/v1/${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

/** The unit's alarms, each with all of its history. */
async function alarmsOf(station: RunningStation): Promise<Alarm[]> {
  const { alarms } = await station.get<{ alarms: Alarm[] }>("/api/v1/alarms?unit=29869");
  return Promise.all(alarms.map(({ id }) => station.get<Alarm>(`/api/v1/alarms/${id}`)));
}

/** The first transitions of the unit in the order in which a station tells of them. */
async function told({ http, token }: RunningStation, count: number): Promise<string[]> {
  const stopping = new AbortController();
  const answer = await fetch(`${http}/api/v1/alarms/stream?since=0`, {
    headers: { authorization: `Bearer ${token}` },
    signal: stopping.signal,
  });
  const found: string[] = [];
  let text = "";
  for await (const chunk of answer.body ?? []) {
    text += Buffer.from(chunk).toString();
    const lines = text.split("\n");
    text = lines.pop() ?? "";
    for (const line of lines) {
      if (!line.startsWith("data:")) continue;
      const { id, device, version } = JSON.parse(line.slice("data:".length)) as Alarm;
      if (device?.startsWith(`${unit}/`)) found.push(`${id} ${version}`);
    }
    if (found.length >= count) break;
  }
  stopping.abort();
  return found.slice(0, count);
}

/** What two books must say alike: repeats are of the line that they came by, and each has its own. */
function comparable({ epochs }: LedgerReport) {
  return epochs
    .filter(({ device }) => device?.startsWith(`${unit}/`))
    .map(({ device, epoch, received, duplicate, ...same }: LedgerEpoch) => ({
      ...{ device, epoch, ...same, once: received - duplicate },
    }));
}

/** The alarm as the unit's station has it. */
function asThere({ ward: _, history, ...alarm }: Alarm): Alarm {
  const bare = ({ receivedAt: _r, late: _l, settled: _s, ...line }: AlarmTransition) => line;
  return { ...alarm, history: history.map(bare) };
}

test("a ward that was cut off for three days: it worked on, and the province has all of it, alarms first and once", async () => {
  using provinceFolder = temporaryFolder("province");
  using wardFolder = temporaryFolder("ward");
  for (const { path } of [provinceFolder, wardFolder]) {
    mkdirSync(join(path, "rules"), { recursive: true });
    writeFileSync(join(path, "rules", "test.yaml"), JSON.stringify(rules));
  }
  // The same devices here and there; one of them nobody knows yet.
  const [neighbourKey = ""] = await register(provinceFolder.path, neighbour, gauge, rain, cabinet);
  const [gaugeKey = "", rainKey = ""] = await register(wardFolder.path, gauge, rain);
  const cabinetKey = await bring(wardFolder.path, cabinet, stranger);
  const provincePort = await freePort();
  const provinceEnv = { KENH_MQTT_PORT: String(provincePort) };
  let province: RunningStation = await startStation({ env: provinceEnv, folder: provinceFolder });
  const added = await kenh("bridge", "add", unit, "--data", provinceFolder.path, "--json");
  const { password } = JSON.parse(added.stdout) as { password: string };
  const line = await startFaultProxy(provincePort);
  const wardEnv = {
    KENH_MQTT_PORT: String(await freePort()),
    KENH_BRIDGE_URL: `mqtt://127.0.0.1:${line.port}`,
    KENH_BRIDGE_UNIT: unit,
    KENH_BRIDGE_PASSWORD: password,
    KENH_BRIDGE_PER_SECOND: "400",
  };
  let ward: RunningStation = await startStation({ env: wardEnv, folder: wardFolder });
  const clients: MqttClient[] = [];
  let over = false;
  let beside: Promise<void> | undefined;
  const connect = async (
    { mqtt }: { mqtt: string },
    username: string,
    secret: string,
  ): Promise<MqttClient> => {
    const client = await connectAsync(mqtt, {
      ...{ username, password: secret, clientId: username, reconnectPeriod: 100 },
      ...{ clean: false, queueQoSZero: false },
    });
    clients.push(client);
    return client;
  };

  try {
    const level = await connect(ward, gauge, gaugeKey);
    const shower = await connect(ward, rain, rainKey);
    const bringer = await connect(ward, cabinet, cabinetKey);
    const say = (client: MqttClient, device: string, payload: unknown) =>
      client.publishAsync(
        topicOf(device, "telemetry"),
        typeof payload === "string" ? payload : JSON.stringify(payload),
        { qos: 1 },
      );
    const envelope = (seq: number, samples: readonly unknown[]) => ({
      ...{ v: 1, agent: "tram", epoch: "e1", seq, samples },
    });
    const sample = (step: number) => ({
      ts: start + step * stepMs,
      values: { water_level_m: levelAt(step) },
    });
    const stored = async (station: RunningStation, device: string) =>
      (await station.ledger(device)).total.stored;

    // ── the line is there: what comes is there at once ───────────────────────────────────────────
    await say(level, gauge, envelope(1, [sample(0)]));
    await say(bringer, stranger, envelope(1, [sample(0)]));
    await until(async () => (await stored(province, gauge)) === 1, "the first reading", patience);
    await until(
      async () => (await province.ledger(stranger)).total.quarantined === 1,
      "what is set aside there to be set aside here",
      patience,
    );

    // ── cut off ─────────────────────────────────────────────────────────────────────────────────
    line.inject({ kind: "black-hole" });
    const half = Math.floor(steps / 2);
    const sendSteps = async (from: number, to: number): Promise<void> => {
      const sent: Promise<unknown>[] = [];
      for (let step = from; step < to; step++) {
        // Each fiftieth comes behind the next one, and some twice.
        const shown = step % 50 === 0 ? step + 1 : step % 50 === 1 ? step - 1 : step;
        sent.push(say(level, gauge, envelope(step + 1, [sample(shown)])));
        if (step % 97 === 0) sent.push(say(level, gauge, envelope(step + 1, [sample(shown)])));
        sent.push(
          say(shower, rain, { ts: sample(step).ts, values: { water_level_m: levelAt(step) / 10 } }),
        );
      }
      await Promise.all(sent);
    };
    await sendSteps(1, half);
    await say(level, gauge, "no JSON");
    await say(
      level,
      gauge,
      envelope(9001, [
        { ts: start + 1, values: { water_level_m: 1, unheard_of: 2 } },
        { ts: Date.now() + 3_600_000, values: { water_level_m: 1 } },
      ]),
    );
    await say(shower, rain, { water_level_m: 0.5 });

    // What was sent last may still be judged: then its alarm is looked at again.
    const alarm = await until(
      async () => {
        const { alarms } = await ward.get<{ alarms: Alarm[] }>(
          "/api/v1/alarms?unit=29869&state=unacknowledged,returned",
        );
        const [found] = alarms;
        const answer = await post(ward, `alarms/${found?.id}/acknowledge`, {
          ...{ version: found?.version, name: "Trực ban", comment: "đã xem" },
        });
        return answer.status === 200 ? found : undefined;
      },
      "an alarm of the ward to be acknowledged",
      patience,
    );
    const adopted = await post(ward, "discovered/adopt", {
      ...{ identity: stranger, profile: "generic-water", credentials: "sender", name: "Kỹ sư" },
    });
    expect(adopted.status).toBe(200);
    await register(provinceFolder.path, stranger);

    await ward.stop("SIGKILL");
    ward = await startStation({ env: wardEnv, folder: wardFolder });
    await sendSteps(half, steps);
    await ward.settled();
    expect((await fetch(`${ward.http}/readyz`)).status).toBe(200);
    expect(await stored(province, gauge)).toBe(1);
    const metric = async (station: RunningStation, name: string): Promise<number> => {
      const text = await (await fetch(`${station.http}/metrics`)).text();
      return Number(new RegExp(`^${name} (.*)$`, "m").exec(text)?.[1]);
    };
    expect(await metric(ward, "kenh_bridge_connected")).toBe(0);

    // ── the line is back ────────────────────────────────────────────────────────────────────────
    const missed = (await alarmsOf(ward)).flatMap(({ history }) => history).length;
    const arrivals: string[] = [];
    const reader = await connect(province, "token", province.token);
    reader.on("message", (topic) => arrivals.push(topic));
    await reader.subscribeAsync([`kenh/v1/${unit}/+/+/bridge`, `kenh/v1/${unit}/+/+/telemetry`], {
      qos: 1,
    });
    const other = await connect(province, neighbour, neighbourKey);
    let heard = 0;
    beside = (async () => {
      while (!over) {
        await say(other, neighbour, {
          ...{ ts: start + heard * 1000, values: { water_level_m: 1 } },
        });
        heard += 1;
        await pause(5);
      }
    })();
    line.inject({ kind: "none" });
    const some = async (more: number) => {
      // Where all came before anybody looked, there is no more.
      const wanted = Math.min((await stored(province, gauge)) + more, steps);
      await until(async () => (await stored(province, gauge)) >= wanted, "some more", patience);
    };
    await some(60);
    await province.stop("SIGKILL");
    province = await startStation({ env: provinceEnv, folder: provinceFolder });
    await some(60);
    await ward.stop("SIGKILL");
    ward = await startStation({ env: wardEnv, folder: wardFolder });
    const there = comparable((await ward.settled()) as LedgerReport);
    await until(
      async () => (await metric(ward, "kenh_bridge_backlog_messages")) === 0,
      "nothing to wait any more",
      patience,
    );

    // ── equal ───────────────────────────────────────────────────────────────────────────────────
    await until(
      async () => JSON.stringify(comparable(await province.ledger())) === JSON.stringify(there),
      "the books to be equal",
      patience,
    ).catch(async () => expect(comparable(await province.ledger())).toEqual(there));
    const points = (station: RunningStation, device: string) =>
      station.get<{ points: unknown[] }>(
        `/api/v1/telemetry?device=${device}&quantity=water_level_m&from=${start - 1}&to=${Date.now() + 1e6}`,
      );
    for (const [device, count] of [
      [gauge, steps],
      [rain, steps],
      [stranger, 1],
    ] as const) {
      const here = await points(province, device);
      expect(here).toEqual(await points(ward, device));
      expect(here.points.length).toBeGreaterThanOrEqual(count);
    }

    // ── alarms: all, once, in their order, late, and before all that waited ─────────────────────
    const byId = (alarms: Alarm[]) => alarms.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    const wards = byId(await alarmsOf(ward));
    const here = byId(await alarmsOf(province));
    expect(wards.length).toBeGreaterThan(0);
    expect(here.map(asThere)).toEqual(wards);
    const lines = here.flatMap(({ history }) => history);
    // Only what an operator did stands with the time of the clock.
    const isLate = ({ at, receivedAt = 0 }: AlarmTransition) => receivedAt - at > 60_000;
    expect(lines.filter((line) => (line.late === true) !== isLate(line))).toEqual([]);
    expect(lines.filter(({ event, late }) => event === "raise" && !late)).toEqual([]);
    expect(here.every((one) => one.ward === unit)).toBe(true);
    expect(await told(province, lines.length)).toEqual(await told(ward, lines.length));
    expect(missed).toBeGreaterThan(5);
    expect(arrivals.findIndex((topic) => topic.endsWith("/telemetry"))).toBeGreaterThanOrEqual(
      missed,
    );

    // ── and what is judged there is answered there ──────────────────────────────────────────────
    const refused = await post(province, `alarms/${alarm.id}/comment`, {
      ...{ version: alarm.version, comment: "?" },
    });
    expect([refused.status, ((await refused.json()) as { detail: string }).detail]).toEqual([
      409,
      expect.stringContaining(unit),
    ]);

    over = true;
    await beside;
    await until(
      async () => (await stored(province, neighbour)) === heard,
      "all of the neighbour's",
      patience,
    );
  } finally {
    over = true;
    await beside;
    await Promise.all(clients.map((client) => client.endAsync(true)));
    await line.close();
    await ward.stop();
    await province.stop();
  }
});
