import { fileURLToPath } from "node:url";
import { type LedgerReport, topicOf } from "@kenh/schemas";
import mqtt from "mqtt";
import { expect, test } from "vitest";
import { type Counterpart, start, until } from "../support/counterpart.ts";
import { temporaryFolder } from "../support/folder.ts";
import { kenh } from "../support/station.ts";

const program = fileURLToPath(new URL("../../kenh.ts", import.meta.url));
const gauge = "82/29869/cau-cao-lanh/muc-nuoc-01";

/** Starts a part by the command line and waits for its line of JSON. */
async function startPart<T>(
  args: string[],
  env: NodeJS.ProcessEnv,
): Promise<Counterpart & { ready: T }> {
  const part = start(process.execPath, [program, ...args], { env: { ...process.env, ...env } });
  const line = await until(() => {
    if (part.child.exitCode !== null) throw new Error(`${args[0]} ended: ${part.output()}`);
    return /^\{"ready":true.*\}$/m.exec(part.output())?.[0];
  }, `${args[0]} to be ready`);
  return { ...part, ready: JSON.parse(line) as T };
}

test("broker and ingest, each a process of its own, meet on the wire", async () => {
  using folder = temporaryFolder("parts");
  const data = ["--data", folder.path];
  const made = await kenh("token", "create", "--role", "admin", "--scope", "*", ...data, "--json");
  const { token } = JSON.parse(made.stdout) as { token: string };
  const added = await kenh("device", "add", gauge, "--profile", "generic-water", ...data, "--json");
  const { password } = JSON.parse(added.stdout) as { password: string };

  const broker = await startPart<{ mqtt: string }>(["broker", ...data], { KENH_MQTT_PORT: "0" });
  const ingest = await startPart<{ http: string }>(["ingest", ...data], {
    KENH_HTTP_PORT: "0",
    KENH_BROKER_URL: broker.ready.mqtt,
    KENH_BROKER_USERNAME: "token",
    KENH_BROKER_PASSWORD: token,
  });
  try {
    const get = (path: string) =>
      fetch(ingest.ready.http + path, { headers: { authorization: `Bearer ${token}` } });
    await until(async () => (await get("/readyz")).ok, "the ingest to be subscribed");
    const device = await mqtt.connectAsync(broker.ready.mqtt, { username: gauge, password });
    const alarms: string[] = [];
    device.on("message", (_, payload) => alarms.push(payload.toString()));
    await device.subscribeAsync(topicOf(gauge, "alarm"), { qos: 1 });
    const from = Date.now() - 3_600_000;
    for (let seq = 1; seq <= 100; seq++) {
      const samples = [{ ts: from + seq * 30_000, values: { water_level_m: 2.4 } }];
      const message = JSON.stringify({ v: 1, agent: "a", epoch: "e", seq, samples });
      await device.publishAsync(topicOf(gauge, "telemetry"), message, { qos: 1 });
    }
    await until(async () => {
      const { total } = (await (await get("/api/v1/ledger")).json()) as LedgerReport;
      return total.stored === 100;
    }, "all readings stored");
    await until(() => alarms.length > 0, "the alarm on its topic");
    expect(JSON.parse(alarms[0] ?? "")).toMatchObject({
      device: gauge,
      rule: "water.bd3",
      active: true,
    });
    await device.endAsync();
  } finally {
    await ingest.stop();
    await broker.stop();
  }
  expect([ingest.child.exitCode, broker.child.exitCode]).toEqual([0, 0]);
});
