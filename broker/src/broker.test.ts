import { connect } from "node:net";
import { topicOf } from "@kenh/schemas";
import { expect, test } from "vitest";
import { until } from "../../test/support/counterpart.ts";
import { connectPacket, login, publishPacket, rawClient } from "../testing/raw-client.ts";
import { gauge, otherGauge, startRig } from "../testing/rig.ts";

const telemetry = topicOf(gauge, "telemetry");

test("a telemetry message is acknowledged when the ingest has it, and not before", async () => {
  const { promise: onDisk, resolve: store } = Promise.withResolvers<void>();
  await using rig = await startRig({ accept: () => onDisk });
  const client = await login(rig.port, await rig.account(gauge));
  client.send(publishPacket(telemetry, '{"water_level_m":1.93}', 7), { cmd: "pingreq" });
  await client.hear("pingresp");
  await until(() => rig.arrivals.length === 1, "the arrival");
  expect(client.packets.map(({ cmd }) => cmd)).not.toContain("puback");
  expect(await rig.metric("waiting_messages")).toBe(1);
  store();
  expect((await client.hear("puback")).messageId).toBe(7);
  expect(
    rig.arrivals.map(({ topic, payload }) => [topic, Buffer.from(payload).toString()]),
  ).toEqual([[telemetry, '{"water_level_m":1.93}']]);
  expect(await rig.metric("publishes_total", { channel: "telemetry" })).toBe(1);
});

test("what the ingest can't accept is not acknowledged, and the client is disconnected to send again", async () => {
  await using rig = await startRig({ accept: () => Promise.reject(new Error("disk full")) });
  const client = await login(rig.port, await rig.account(gauge));
  client.send(publishPacket(telemetry, "{}"));
  await client.end;
  expect(client.packets.map(({ cmd }) => cmd)).toEqual(["connack"]);
  expect(await rig.metric("publishes_refused_total", { reason: "not-accepted" })).toBe(1);
});

test("acknowledgements keep the order of the messages whatever the order of the writes", async () => {
  const writes: (() => void)[] = [];
  await using rig = await startRig({
    accept: () => new Promise((resolve) => writes.push(resolve)),
  });
  const client = await login(rig.port, await rig.account(gauge));
  client.send(...[1, 2, 3, 4].map((id) => publishPacket(telemetry, `${id}`, id)));
  await until(() => writes.length === 4, "four writes");
  for (const write of writes.reverse()) write();
  const ids = [];
  for (let i = 0; i < 4; i++) ids.push((await client.hear("puback")).messageId);
  expect(ids).toEqual([1, 2, 3, 4]);
});

test("a payload that is no JSON at all is the ingest's to judge: accepted, and the client stays", async () => {
  await using rig = await startRig();
  const client = await login(rig.port, await rig.account(gauge));
  client.send(publishPacket(telemetry, Buffer.from([0xff, 0xfe, 0x00])));
  await client.hear("puback");
  client.send({ cmd: "pingreq" });
  await client.hear("pingresp");
  expect(rig.arrivals[0]?.payload).toEqual(Buffer.from([0xff, 0xfe, 0x00]));
});

test("a publish outside one's own disconnects without an acknowledgement, and says nothing", async () => {
  await using rig = await startRig();
  const account = await rig.account(gauge);
  await rig.account(otherGauge);
  for (const topic of [
    topicOf(otherGauge, "telemetry"),
    topicOf("82/29869/nowhere/nothing", "telemetry"),
    topicOf(gauge, "alarm"),
    "elsewhere",
  ]) {
    const client = await login(rig.port, account);
    client.send(publishPacket(topic, "{}"));
    await client.end;
    expect(client.packets.map(({ cmd }) => cmd)).toEqual(["connack"]);
  }
  expect(rig.arrivals).toEqual([]);
  expect(await rig.metric("publishes_refused_total", { reason: "not-permitted" })).toBe(4);
});

test("nobody comes in without credentials", async () => {
  await using rig = await startRig();
  const { username } = await rig.account(gauge);
  const cases = [
    { given: {}, code: 5 },
    { given: { username }, code: 5 },
    { given: { username, password: "wrong" }, code: 4 },
    { given: { username: "nobody", password: "wrong" }, code: 4 },
    { given: { username: "token", password: "wrong" }, code: 4 },
  ];
  for (const { given, code } of cases) {
    const client = rawClient(connect(rig.port, "127.0.0.1"));
    client.send(connectPacket(given));
    expect((await client.hear("connack")).returnCode).toBe(code);
    await client.end;
  }
  expect(await rig.metric("connects_refused_total", { reason: "credentials" })).toBe(cases.length);
});

test("a token subscribes inside its scope, is refused outside with 0x80, and publishes nothing", async () => {
  await using rig = await startRig();
  const password = rig.access.addToken("operator", "82/29869");
  const panel = await login(rig.port, { username: "token", password }, { clientId: "panel" });
  const filters = ["kenh/v1/82/29869/#", "kenh/v1/82/#", "#", "kenh/v1/82/29869/+/+/status"];
  panel.send({
    cmd: "subscribe",
    messageId: 1,
    subscriptions: filters.map((topic) => ({ topic, qos: 1 })),
  });
  expect((await panel.hear("suback")).granted).toEqual([1, 128, 128, 1]);
  const device = await login(rig.port, await rig.account(gauge));
  device.send(publishPacket(telemetry, "1"));
  expect((await panel.hear("publish")).topic).toBe(telemetry);
  expect(await rig.metric("subscribes_refused_total", { reason: "not-permitted" })).toBe(2);
  panel.send(publishPacket(telemetry, "2"));
  await panel.end;
});

test("the ingest's alarms reach those who may read them, and late ones when they are retained", async () => {
  await using rig = await startRig();
  const password = rig.access.addToken("reader", "*");
  await rig.broker.publish(topicOf(gauge, "alarm"), '{"event":"raise"}', { retain: true });
  const panel = await login(rig.port, { username: "token", password });
  panel.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "kenh/v1/#", qos: 1 }] });
  expect((await panel.hear("publish")).retain).toBe(true);
  await rig.broker.publish(topicOf(gauge, "alarm"), '{"event":"clear"}', { retain: false });
  expect(String((await panel.hear("publish")).payload)).toBe('{"event":"clear"}');
});

test("it stops while messages wait, after they are acknowledged, and may be stopped again", async () => {
  const { promise: onDisk, resolve: store } = Promise.withResolvers<void>();
  await using rig = await startRig({ accept: () => onDisk });
  const client = await login(rig.port, await rig.account(gauge));
  client.send(publishPacket(telemetry, "1", 9));
  await until(() => rig.arrivals.length === 1, "the arrival");
  const stopped = rig.broker.stop();
  store();
  expect((await client.hear("puback")).messageId).toBe(9);
  await stopped;
  await client.end;
  await rig.broker.stop();
  const late = rawClient(connect(rig.port, "127.0.0.1"));
  await late.end;
  expect(late.packets).toEqual([]);
});

test("a port in use is named in the error, and nothing stays open", async () => {
  await using rig = await startRig();
  await expect(startRig({ config: { port: rig.port } })).rejects.toThrow(
    `the mqtt listener can't be opened on 127.0.0.1:${rig.port}`,
  );
});
