import { topicOf } from "@kenh/schemas";
import pino from "pino";
import { expect, test } from "vitest";
import { until } from "../../test/support/counterpart.ts";
import { login, publishPacket } from "../testing/raw-client.ts";
import { gauge, otherGauge, startRig } from "../testing/rig.ts";
import { announce } from "./presence.ts";

const status = topicOf(gauge, "status");
const telemetry = topicOf(gauge, "telemetry");
const will = (topic: string, payload = "offline") => ({
  will: { topic, payload: Buffer.from(payload), qos: 1 as const, retain: true },
});

test("a device that dies is announced offline: to the ingest, to who listens, and to who comes later", async () => {
  await using rig = await startRig();
  const device = await login(rig.port, await rig.account(gauge), will(status));
  device.send(publishPacket(status, "online", 1, { retain: true }));
  await device.hear("puback");
  const password = rig.access.addToken("reader", "*");
  const join = async (clientId: string) => {
    const panel = await login(rig.port, { username: "token", password }, { clientId });
    panel.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "kenh/v1/#", qos: 1 }] });
    return panel;
  };
  const panel = await join("a");
  expect(String((await panel.hear("publish")).payload)).toBe("online");
  device.socket.resetAndDestroy();
  expect(String((await panel.hear("publish")).payload)).toBe("offline");
  expect(rig.statuses.map(({ identity, payload }) => [identity, payload])).toEqual([
    [gauge, "online"],
    [gauge, "offline"],
  ]);
  expect(String((await (await join("b")).hear("publish")).payload)).toBe("offline");
  expect(await rig.metric("retained")).toBe(1);
});

test("a device that falls silent is announced after one and a half times its keep-alive", async () => {
  await using rig = await startRig();
  const device = await login(rig.port, await rig.account(gauge), { ...will(status), keepalive: 1 });
  await device.end;
  await until(() => rig.statuses.length === 1, "the last will");
  expect(await rig.metric("cuts_total", { reason: "keepalive" })).toBe(1);
});

test("a device that says goodbye leaves no last will", async () => {
  await using rig = await startRig();
  const device = await login(rig.port, await rig.account(gauge), will(status));
  device.send({ cmd: "disconnect" });
  await device.end;
  await until(async () => (await rig.metric("connections")) === 0, "it to leave");
  expect(rig.statuses).toEqual([]);
});

test("a last will outside one's own is refused at the door", async () => {
  await using rig = await startRig();
  const account = await rig.account(gauge);
  for (const topic of [topicOf(otherGauge, "status"), topicOf(gauge, "alarm"), "elsewhere"]) {
    await expect(login(rig.port, account, will(topic))).rejects.toThrow("CONNACK 5");
  }
  expect(await rig.metric("connects_refused_total", { reason: "will-not-permitted" })).toBe(3);
});

test("a last will does not wait behind messages of the dead connection", async () => {
  await using rig = await startRig({ accept: () => new Promise(() => {}) });
  const password = rig.access.addToken("reader", "*");
  const panel = await login(rig.port, { username: "token", password });
  panel.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: status, qos: 1 }] });
  await panel.hear("suback");
  const account = await rig.account(gauge);
  const device = await login(rig.port, account, will(status));
  device.send(publishPacket(telemetry, "1"));
  await until(() => rig.arrivals.length === 1, "the arrival");
  const again = await login(rig.port, account);
  again.send(publishPacket(status, "online", 1, { retain: true }));
  await again.hear("puback");
  expect(String((await panel.hear("publish")).payload)).toBe("offline");
  expect(String((await panel.hear("publish")).payload)).toBe("online");
  expect(rig.statuses.map(({ payload }) => payload)).toEqual(["offline", "online"]);
});

test("telemetry is never retained, whatever its sender asks", async () => {
  await using rig = await startRig();
  const device = await login(rig.port, await rig.account(gauge));
  device.send(publishPacket(telemetry, "1", 1, { retain: true }));
  await device.hear("puback");
  device.send(publishPacket(status, "online", 2, { retain: true }));
  await device.hear("puback");
  await until(async () => (await rig.metric("retained")) === 1, "the status");
});

test("a new connection of a client replaces the old one; another account can't", async () => {
  await using rig = await startRig();
  const account = await rig.account(gauge);
  const old = await login(rig.port, account, { clientId: "same" });
  const other = await login(rig.port, await rig.account(otherGauge), { clientId: "same" });
  old.send({ cmd: "pingreq" });
  await old.hear("pingresp");
  await login(rig.port, account, { clientId: "same" });
  await old.end;
  other.send({ cmd: "pingreq" });
  await other.hear("pingresp");
  expect(await rig.metric("takeovers_total")).toBe(1);
});

test("another account can't take over the session of an absent client", async () => {
  await using rig = await startRig();
  const options = { clientId: "same", clean: false };
  const account = await rig.account(gauge);
  const device = await login(rig.port, account, options);
  const topic = topicOf(gauge, "alarm");
  device.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic, qos: 1 }] });
  await device.hear("suback");
  device.socket.destroy();
  await until(async () => (await rig.metric("connections")) === 0, "it to leave");
  await rig.broker.publish(topic, "raise", { retain: false });
  const thief = await login(rig.port, await rig.account(otherGauge), options);
  thief.send({ cmd: "pingreq" });
  await thief.hear("pingresp");
  expect(thief.packets.map(({ cmd }) => cmd)).toEqual(["connack", "pingresp"]);
  const back = await login(rig.port, account, options);
  expect(String((await back.hear("publish")).payload)).toBe("raise");
});

test("an ingest that fails to take a status does not cost the device its connection", () => {
  const told = announce(
    () => {
      throw new Error("no room");
    },
    pino({ level: "silent" }),
  );
  expect(() => told(gauge, Buffer.from("online"))).not.toThrow();
});
