import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { topicOf } from "@kenh/schemas";
import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import type { IConnackPacket } from "mqtt-packet";
import { describe, expect, test } from "vitest";
import { absent, until } from "../../test/support/counterpart.ts";
import { gauge, otherGauge, type Rig, startRig } from "../testing/rig.ts";

const telemetry = topicOf(gauge, "telemetry");
const status = topicOf(gauge, "status");
const execute = promisify(execFile);

const connect5 = (rig: Rig, options: IClientOptions): Promise<MqttClient> =>
  mqtt.connectAsync(rig.addresses.mqtt, { protocolVersion: 5, reconnectPeriod: 0, ...options });

describe("a client of MQTT 5", () => {
  test("publishes and is acknowledged when the ingest has it", async () => {
    const { promise: onDisk, resolve: store } = Promise.withResolvers<void>();
    await using rig = await startRig({ accept: () => onDisk });
    const client = await connect5(rig, await rig.account(gauge));
    let acknowledged = false;
    const sent = client.publishAsync(telemetry, '{"water_level_m":1}', {
      qos: 1,
      properties: { userProperties: { a: "b" }, contentType: "application/json" },
    });
    sent.then(() => {
      acknowledged = true;
    });
    await until(() => rig.arrivals.length === 1, "the arrival");
    expect(acknowledged).toBe(false);
    store();
    await sent;
    expect(Buffer.from(rig.arrivals[0]?.payload ?? []).toString()).toBe('{"water_level_m":1}');
    await client.endAsync();
  });

  test("subscribes, receives, unsubscribes, and talks with a client of 3.1.1", async () => {
    await using rig = await startRig();
    const account = await rig.account(gauge);
    const five = await connect5(rig, account);
    const four = await mqtt.connectAsync(rig.addresses.mqtt, { ...account, reconnectPeriod: 0 });
    const heard: string[] = [];
    five.on("message", (_, payload) => heard.push(payload.toString()));
    expect(await five.subscribeAsync(status, { qos: 1 })).toMatchObject([{ qos: 1 }]);
    await four.publishAsync(status, '{"v":1,"state":"online","since":1}', { qos: 1, retain: true });
    await until(() => heard.length === 1, "the status");
    await five.unsubscribeAsync(status);
    await four.publishAsync(status, "2", { qos: 1 });
    await five.subscribeAsync(status, { qos: 1 });
    await until(() => heard.length >= 2, "the retained status");
    expect(heard[1]).toBe('{"v":1,"state":"online","since":1}');
    await Promise.all([five.endAsync(), four.endAsync()]);
  });

  test("is told why it may not come in, and what is not to be had", async () => {
    await using rig = await startRig();
    const account = await rig.account(gauge);
    await expect(connect5(rig, { ...account, password: "wrong" })).rejects.toMatchObject({
      code: 0x86,
    });
    await expect(connect5(rig, {})).rejects.toMatchObject({ code: 0x87 });
    const { username, password } = account;
    const client = mqtt.connect(rig.addresses.mqtt, {
      protocolVersion: 5,
      reconnectPeriod: 0,
      username,
      password,
      clientId: "",
      properties: { sessionExpiryInterval: 60 },
    });
    const connack = await new Promise<IConnackPacket>((resolve) => client.once("connect", resolve));
    expect(connack.properties).toMatchObject({
      assignedClientIdentifier: expect.stringMatching(/^auto-/),
      sessionExpiryInterval: 0,
      sharedSubscriptionAvailable: false,
      subscriptionIdentifiersAvailable: false,
    });
    await expect(client.subscribeAsync(`$share/x/${telemetry}`, { qos: 1 })).rejects.toThrow();
    await client.endAsync();
  });

  test("a publish outside one's own ends the connection", async () => {
    await using rig = await startRig();
    const client = await connect5(rig, await rig.account(gauge));
    const closed = new Promise<void>((resolve) => client.once("close", () => resolve()));
    client.publish(topicOf(otherGauge, "telemetry"), "{}", { qos: 1 });
    await closed;
    expect(rig.arrivals).toEqual([]);
    client.end(true);
  });

  test("its last will is published when it goes without a word, or asks for it", async () => {
    await using rig = await startRig();
    const account = await rig.account(gauge);
    const will = {
      topic: status,
      payload: Buffer.from('{"v":1,"state":"offline","since":2}'),
      qos: 1 as const,
      retain: true,
    };
    const client = await connect5(rig, { ...account, will });
    client.stream.destroy();
    await until(() => rig.statuses.length === 1, "the last will");
    client.end(true);
    const asking = await connect5(rig, { ...account, will });
    await asking.endAsync(false, { reasonCode: 4 });
    await until(() => rig.statuses.length === 2, "the last will that was asked for");
    const leaving = await connect5(rig, { ...account, will });
    await leaving.endAsync();
    const next = await connect5(rig, account);
    await next.publishAsync(telemetry, "{}", { qos: 1 });
    expect(rig.statuses.length).toBe(2);
    await next.endAsync();
  });

  test("a session that is kept delivers what came meanwhile", async () => {
    await using rig = await startRig();
    const account = await rig.account(gauge);
    const kept = {
      ...account,
      clientId: "desk",
      clean: false,
      properties: { sessionExpiryInterval: 600 },
    };
    const first = await connect5(rig, kept);
    await first.subscribeAsync(status, { qos: 1 });
    await first.endAsync();
    const sender = await connect5(rig, account);
    await sender.publishAsync(status, '{"v":1,"state":"online","since":3}', { qos: 1 });
    const heard: string[] = [];
    const second = mqtt.connect(rig.addresses.mqtt, {
      protocolVersion: 5,
      reconnectPeriod: 0,
      ...kept,
    });
    second.on("message", (_, payload) => heard.push(payload.toString()));
    await until(() => heard.length === 1, "what came meanwhile");
    await Promise.all([second.endAsync(), sender.endAsync()]);
  });

  test("garbage behind the CONNECT ends that connection alone", async () => {
    await using rig = await startRig();
    const account = await rig.account(gauge);
    const client = await connect5(rig, account);
    const closed = new Promise<void>((resolve) => client.once("close", () => resolve()));
    client.stream.write(Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0x01]));
    await closed;
    client.end(true);
    const other = await connect5(rig, account);
    await other.publishAsync(telemetry, "{}", { qos: 1 });
    await other.endAsync();
  });
});

const reason = absent("mosquitto_pub", "mosquitto-clients");
test.skipIf(reason)(`mosquitto_pub in MQTT 5${reason ? ` (${reason})` : ""}`, async () => {
  await using rig = await startRig();
  const { username, password } = await rig.account(gauge);
  const to = [
    "-V",
    "mqttv5",
    "-h",
    "127.0.0.1",
    "-p",
    String(rig.port),
    "-u",
    username,
    "-P",
    password,
  ];
  await execute("mosquitto_pub", [...to, "-q", "1", "-t", telemetry, "-m", '{"water_level_m":2}']);
  await execute("mosquitto_pub", [...to, "-q", "2", "-t", telemetry, "-m", '{"water_level_m":3}']);
  expect(rig.arrivals.length).toBe(2);
  await expect(
    execute("mosquitto_pub", [
      ...to,
      "-q",
      "1",
      "-t",
      topicOf(otherGauge, "telemetry"),
      "-m",
      "{}",
    ]),
  ).rejects.toThrow();
});
