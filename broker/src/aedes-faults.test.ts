import { connect } from "node:net";
import { topicOf } from "@kenh/schemas";
import { generate } from "mqtt-packet";
import { describe, expect, test } from "vitest";
import { until } from "../../test/support/counterpart.ts";
import { connectPacket, login, publishPacket, rawClient } from "../testing/raw-client.ts";
import { gauge, otherGauge, type Rig, startRig } from "../testing/rig.ts";

const telemetry = topicOf(gauge, "telemetry");
const status = topicOf(gauge, "status");
const all = "kenh/v1/#";

async function reader(rig: Rig, clientId: string, clean = true) {
  const password = rig.access.addToken("reader", "*");
  const account = { username: "token", password };
  const join = () => login(rig.port, account, { clientId, clean });
  return { account, join, client: await join() };
}

type Reader = Awaited<ReturnType<typeof reader>>["client"];

async function subscribe(client: Reader, topics: string[], qos: 0 | 1 | 2 = 1): Promise<number[]> {
  const subscriptions = topics.map((topic) => ({ topic, qos }));
  client.send({ cmd: "subscribe", messageId: 1, subscriptions });
  return (await client.hear("suback")).granted as number[];
}

const payloads = (client: Reader): string[] =>
  client.packets.flatMap((packet) => (packet.cmd === "publish" ? [String(packet.payload)] : []));

test("fault 1: $share is refused instead of granted and never matched", async () => {
  await using rig = await startRig();
  const { client } = await reader(rig, "ingest");
  expect(await subscribe(client, [`$share/ingest/${all}`])).toEqual([128]);
});

describe("fault 2: packets that overtake are dropped as duplicates", () => {
  test("200 retained QoS 0 messages, each with a plain one behind it, all reach a live subscriber", async () => {
    await using rig = await startRig();
    const { client } = await reader(rig, "panel");
    await subscribe(client, [all], 0);
    const device = await login(rig.port, await rig.account(gauge));
    const burst = Array.from({ length: 200 }, (_, i) => [
      publishPacket(status, `s${i}`, 0, { qos: 0, retain: true }),
      publishPacket(telemetry, `t${i}`, 0, { qos: 0 }),
    ]).flat();
    device.send(...burst);
    await until(() => payloads(client).length >= 400, "400 messages");
    expect(payloads(client)).toEqual(
      Array.from({ length: 200 }, (_, i) => [`s${i}`, `t${i}`]).flat(),
    );
  });
});

describe("fault 4: PUBACK before anything is stored", () => {
  test("the acknowledgement of QoS 2 waits for the ingest as well", async () => {
    const { promise: onDisk, resolve: store } = Promise.withResolvers<void>();
    await using rig = await startRig({ accept: () => onDisk });
    const client = await login(rig.port, await rig.account(gauge));
    client.send(publishPacket(telemetry, "1", 3, { qos: 2 }), { cmd: "pingreq" });
    await client.hear("pingresp");
    await until(() => rig.arrivals.length === 1, "the arrival");
    expect(client.packets.map(({ cmd }) => cmd)).not.toContain("pubrec");
    store();
    expect((await client.hear("pubrec")).messageId).toBe(3);
    client.send({ cmd: "pubrel", messageId: 3 });
    expect((await client.hear("pubcomp")).messageId).toBe(3);
  });
});

test("fault 5: a frozen subscriber is cut, and the others never wait for it", async () => {
  const limits = { backlogBytesPerClient: 256 * 1024 };
  await using rig = await startRig({ config: { limits } });
  const healthy = (await reader(rig, "healthy")).client;
  await subscribe(healthy, [all]);
  const frozen = (await reader(rig, "frozen")).client;
  await subscribe(frozen, [all]);
  frozen.socket.pause();
  const device = await login(rig.port, await rig.account(gauge));
  const payload = "x".repeat(64 * 1024);
  let sent = 0;
  for (; (await rig.metric("cuts_total", { reason: "slow-subscriber" })) === 0; sent++) {
    device.send(publishPacket(telemetry, payload, 1 + (sent % 1000)));
    await device.hear("puback");
    await until(() => payloads(healthy).length === sent + 1, `message ${sent + 1}`);
  }
  expect(await rig.metric("connections")).toBe(2);
  expect(await rig.metric("backlog_bytes")).toBe(0);
});

describe("fault 6: queues without a bound, and Nagle's algorithm", () => {
  test("an absent session keeps so many messages, the newest, and the rest are counted", async () => {
    await using rig = await startRig({ config: { limits: { queuedMessagesPerSession: 10 } } });
    const { client, join } = await reader(rig, "archive", false);
    await subscribe(client, [all]);
    client.socket.destroy();
    await until(async () => (await rig.metric("connections")) === 0, "the reader to leave");
    const device = await login(rig.port, await rig.account(gauge));
    for (let i = 0; i < 25; i++) {
      device.send(publishPacket(telemetry, `${i}`, i + 1));
      await device.hear("puback");
    }
    device.send(publishPacket(status, "last", 99));
    await device.hear("puback");
    await until(async () => (await rig.metric("dropped_total")) === 16, "16 drops");
    expect(await rig.metric("queued_messages")).toBe(10);
    const back = await join();
    await until(() => payloads(back).length === 10, "10 messages");
    expect(payloads(back)).toEqual([
      ..."6789".split("").map((d) => `1${d}`),
      "20",
      "21",
      "22",
      "23",
      "24",
      "last",
    ]);
  });

  test("an unacknowledged message comes again, marked DUP, and an acknowledged one does not", async () => {
    await using rig = await startRig();
    const { client, join } = await reader(rig, "archive", false);
    await subscribe(client, [all]);
    const device = await login(rig.port, await rig.account(gauge));
    device.send(publishPacket(telemetry, "a", 1), publishPacket(telemetry, "b", 2));
    const first = await client.hear("publish");
    await client.hear("publish");
    client.send({ cmd: "puback", messageId: first.messageId as number }, { cmd: "pingreq" });
    await client.hear("pingresp");
    client.socket.destroy();
    const back = await join();
    const again = await back.hear("publish");
    expect([String(again.payload), again.dup]).toEqual(["b", true]);
    back.send({ cmd: "puback", messageId: again.messageId as number });
    await until(async () => (await rig.metric("queued_messages")) === 0, "an empty queue");
  });

  test("a session that stays away is given up", async () => {
    let time = 0;
    await using rig = await startRig({
      now: () => time,
      config: { limits: { sessionExpiryMs: 1000 } },
    });
    const { client, join } = await reader(rig, "archive", false);
    await subscribe(client, [all]);
    client.socket.destroy();
    await until(async () => (await rig.metric("connections")) === 0, "the reader to leave");
    await rig.broker.publish(telemetry, "x", { retain: false });
    await until(async () => (await rig.metric("queued_messages")) === 1, "a kept message");
    time = 1000;
    await until(async () => (await rig.metric("sessions")) === 0, "the session to expire");
    expect(await rig.metric("queued_messages")).toBe(0);
    expect(await rig.metric("dropped_total", { reason: "session-expired" })).toBe(1);
    await join();
  });

  test("the longest absent session makes room for others", async () => {
    await using rig = await startRig({ config: { limits: { sessions: 2 } } });
    for (const id of ["a", "b", "c"]) {
      const { client } = await reader(rig, id, false);
      await subscribe(client, [all]);
      client.socket.destroy();
      await until(async () => (await rig.metric("connections")) === 0, `${id} to leave`);
    }
    await until(async () => (await rig.metric("sessions")) === 2, "an eviction");
    expect(await rig.metric("dropped_total", { reason: "session-evicted" })).toBe(1);
  });
});

test("fault 7: an empty client id that wants to keep its session is refused with CONNACK 2", async () => {
  await using rig = await startRig();
  const account = await rig.account(gauge);
  const client = rawClient(connect(rig.port, "127.0.0.1"));
  const packet = generate(connectPacket(account, { clientId: "" }));
  packet[9] = (packet[9] ?? 0) & ~2; // the flag of a clean session
  client.socket.write(packet);
  expect((await client.hear("connack")).returnCode).toBe(2);
  await client.end;
  await login(rig.port, account, { clientId: "", clean: true });
});

test("fault 8: publishes of one chunk wait to be accepted in bounded number", async () => {
  const writes: (() => void)[] = [];
  await using rig = await startRig({
    config: { limits: { waitingMessagesPerClient: 10 } },
    accept: () => new Promise((resolve) => writes.push(resolve)),
  });
  const device = await login(rig.port, await rig.account(gauge));
  const count = 500;
  device.send(...Array.from({ length: count }, (_, i) => publishPacket(telemetry, `${i}`, i + 1)));
  let most = 0;
  for (let acknowledged = 0; acknowledged < count; acknowledged++) {
    await until(() => writes.length > 0, "a write");
    most = Math.max(most, writes.length);
    writes.shift()?.();
    expect((await device.hear("puback")).messageId).toBe(acknowledged + 1);
  }
  expect(most).toBeLessThanOrEqual(10);
  expect(rig.arrivals.map(({ payload }) => Number(Buffer.from(payload)))).toEqual(
    Array.from({ length: count }, (_, i) => i),
  );
  expect(await rig.metric("delays_total", { reason: "waiting" })).toBeGreaterThan(0);
  expect(await rig.metric("waiting_bytes")).toBe(0);
});

describe("faults that were found here", () => {
  test("a refused filter beside a granted one is not queued for a persistent session", async () => {
    await using rig = await startRig();
    const account = await rig.account(gauge);
    const join = () => login(rig.port, account, { clientId: "d", clean: false });
    const device = await join();
    const filters = [`kenh/v1/${gauge}/#`, all];
    expect(await subscribe(device, filters)).toEqual([1, 128]);
    device.socket.destroy();
    await until(async () => (await rig.metric("connections")) === 0, "the device to leave");
    await rig.broker.publish(topicOf(otherGauge, "alarm"), "other", { retain: false });
    await rig.broker.publish(topicOf(gauge, "alarm"), "own", { retain: false });
    const back = await join();
    await back.hear("publish");
    back.send({ cmd: "pingreq" });
    await back.hear("pingresp");
    expect(payloads(back)).toEqual(["own"]);
  });

  test("overlapping filters of a persistent session lose nothing", async () => {
    await using rig = await startRig();
    const { client, join } = await reader(rig, "archive", false);
    await subscribe(client, [all, "kenh/v1/82/#", `kenh/v1/${gauge}/+`]);
    const device = await login(rig.port, await rig.account(gauge));
    device.send(...[1, 2, 3].map((i) => publishPacket(telemetry, `${i}`, i)));
    await until(() => payloads(client).length === 3, "three messages");
    client.socket.destroy();
    const back = await join();
    await until(() => payloads(back).length >= 3, "the same three again");
    back.send({ cmd: "pingreq" });
    await back.hear("pingresp");
    expect(payloads(back)).toEqual(["1", "2", "3"]);
  });

  test("what is sent behind CONNECT waits for CONNACK, however much it is", async () => {
    await using rig = await startRig();
    const account = await rig.account(gauge);
    const client = rawClient(connect(rig.port, "127.0.0.1"));
    const burst = Array.from({ length: 100 }, (_, i) => publishPacket(telemetry, `${i}`, i + 1));
    client.send(connectPacket(account), ...burst);
    await until(
      () => client.packets.filter(({ cmd }) => cmd === "puback").length === 100,
      "100 PUBACKs",
    );
    const refused = rawClient(connect(rig.port, "127.0.0.1"));
    refused.send(connectPacket({ ...account, password: "wrong" }), ...burst);
    expect((await refused.hear("connack")).returnCode).toBe(4);
    await refused.end;
    expect(rig.arrivals.length).toBe(100);
  });
});
