import { connect } from "node:net";
import { topicOf } from "@kenh/schemas";
import { expect, test } from "vitest";
import { until } from "../../test/support/counterpart.ts";
import { connectPacket, login, publishPacket, rawClient } from "../testing/raw-client.ts";
import { gauge, otherGauge, startRig } from "../testing/rig.ts";

const telemetry = topicOf(gauge, "telemetry");

test("connections beyond the limit are closed, and there is room again when one leaves", async () => {
  await using rig = await startRig({ config: { limits: { connections: 2 } } });
  const account = await rig.account(gauge);
  const first = await login(rig.port, account, { clientId: "a" });
  await login(rig.port, account, { clientId: "b" });
  const third = rawClient(connect(rig.port, "127.0.0.1"));
  third.send(connectPacket(account, { clientId: "c" }));
  await third.end;
  expect(third.packets).toEqual([]);
  expect(await rig.metric("connects_refused_total", { reason: "connections" })).toBe(1);
  first.socket.destroy();
  await until(async () => (await rig.metric("connections")) === 1, "room");
  await login(rig.port, account, { clientId: "c" });
});

test("an account has its own limit, and leaves the others alone", async () => {
  await using rig = await startRig({ config: { limits: { connectionsPerAccount: 1 } } });
  const account = await rig.account(gauge);
  await login(rig.port, account, { clientId: "a" });
  await expect(login(rig.port, account, { clientId: "b" })).rejects.toThrow("CONNACK 3");
  await login(rig.port, await rig.account(otherGauge), { clientId: "a" });
  await login(rig.port, account, { clientId: "a" });
  expect(await rig.metric("connects_refused_total", { reason: "account-connections" })).toBe(1);
});

test("a sender that is too fast is read more slowly, and loses nothing", async () => {
  let time = 0;
  await using rig = await startRig({
    now: () => time,
    config: { limits: { messagesPerSecond: 1000, messageBurst: 10 } },
  });
  const device = await login(rig.port, await rig.account(gauge));
  device.send(...Array.from({ length: 30 }, (_, i) => publishPacket(telemetry, `${i}`, i + 1)));
  await until(() => rig.arrivals.length === 10, "the burst");
  await until(
    async () => (await rig.metric("delays_total", { reason: "rate" })) >= 2,
    "a second look",
  );
  expect(rig.arrivals.length).toBe(10);
  await until(() => {
    time += 1;
    return rig.arrivals.length === 30;
  }, "all of them");
});

test("a packet up to the limit reaches the ingest; a greater one disconnects before it is read", async () => {
  await using rig = await startRig({ config: { limits: { packetBytes: 600_000 } } });
  const account = await rig.account(gauge);
  const device = await login(rig.port, account);
  device.send(publishPacket(telemetry, "x".repeat(599_000)));
  await device.hear("puback");
  expect(rig.arrivals[0]?.payload.length).toBe(599_000);
  device.socket.write(Buffer.from([0x32, 0xff, 0xff, 0xff, 0x7f])); // 256 MiB are to follow
  await device.end;
  expect(await rig.metric("cuts_total", { reason: "packet-too-large" })).toBe(1);
});

test("before its identity is proven a peer may send no more than a CONNECT", async () => {
  await using rig = await startRig();
  const client = rawClient(connect(rig.port, "127.0.0.1"));
  client.socket.write(Buffer.from([0x10, 0xff, 0xff, 0x07])); // 128 KiB are to follow
  await client.end;
  expect(await rig.metric("cuts_total", { reason: "packet-too-large" })).toBe(1);
});

test("a socket that never sends CONNECT is closed", async () => {
  await using rig = await startRig({ config: { limits: { connectTimeoutMs: 30 } } });
  const silent = rawClient(connect(rig.port, "127.0.0.1"));
  await silent.end;
  const slow = rawClient(connect(rig.port, "127.0.0.1"));
  slow.socket.write(Buffer.from([0x10]));
  await slow.end;
  expect(await rig.metric("cuts_total", { reason: "connect-timeout" })).toBe(2);
});

test("filters beyond the limit are refused one by one, and one that is given up makes room", async () => {
  await using rig = await startRig({ config: { limits: { subscriptionsPerClient: 2 } } });
  const device = await login(rig.port, await rig.account(gauge));
  const ask = async (...channels: string[]) => {
    const subscriptions = channels.map((name) => ({
      topic: `kenh/v1/${gauge}/${name}`,
      qos: 0 as const,
    }));
    device.send({ cmd: "subscribe", messageId: 1, subscriptions });
    return (await device.hear("suback")).granted;
  };
  expect(await ask("alarm", "status", "telemetry")).toEqual([0, 0, 128]);
  expect(await ask("alarm")).toEqual([0]);
  device.send({ cmd: "unsubscribe", messageId: 2, unsubscriptions: [`kenh/v1/${gauge}/alarm`] });
  await device.hear("unsuback");
  expect(await ask("telemetry")).toEqual([0]);
  expect(await rig.metric("subscribes_refused_total", { reason: "too-many" })).toBe(1);
  expect(await rig.metric("subscriptions")).toBe(2);
});

test("what waits to be accepted is bounded for all clients together, and every one goes on", async () => {
  const writes: (() => void)[] = [];
  await using rig = await startRig({
    config: { limits: { waitingBytes: 20_000 } },
    accept: () => new Promise((resolve) => writes.push(resolve)),
  });
  const devices = await Promise.all(
    [gauge, otherGauge].map(async (identity) => ({
      identity,
      client: await login(rig.port, await rig.account(identity)),
    })),
  );
  const payload = "x".repeat(10_000);
  for (let i = 1; i <= 50; i++) {
    for (const { identity, client } of devices) {
      client.send(publishPacket(topicOf(identity, "telemetry"), payload, i));
    }
  }
  await until(
    async () => (await rig.metric("delays_total", { reason: "waiting" })) > 0,
    "a full pool",
  );
  let most = 0;
  await until(async () => {
    most = Math.max(most, await rig.metric("waiting_bytes"));
    for (const write of writes.splice(0)) write();
    return rig.arrivals.length === 100;
  }, "all messages");
  // The message with which it becomes full is one of 10,000 bytes.
  expect(most).toBeLessThan(20_000 + 11_000);
});
