import { topicOf } from "@kenh/schemas";
import { expect, test } from "vitest";
import { login, publishPacket } from "../../broker/testing/raw-client.ts";
import { gauge, otherGauge, startRig } from "../../broker/testing/rig.ts";
import { until } from "../support/counterpart.ts";

const telemetry = topicOf(gauge, "telemetry");
const offline = {
  topic: topicOf(gauge, "status"),
  payload: Buffer.from("offline"),
  qos: 1 as const,
  retain: true,
};

test("a device whose link is a black hole is announced offline, and its next connection replaces the dead one", async () => {
  await using rig = await startRig();
  const account = await rig.account(gauge);
  // Both fall silent and hang up never, which is all that a broker sees of a black hole.
  const silent = { keepalive: 1, will: offline };
  const lost = await login(rig.port, account, { ...silent, clientId: "lost" });
  const replaced = await login(rig.port, account, { ...silent, clientId: "gauge", keepalive: 600 });
  const back = await login(rig.port, account, { clientId: "gauge" });
  await replaced.end;
  await lost.end;
  await until(() => rig.statuses.length === 2, "both last wills");
  back.send(publishPacket(telemetry, "1"));
  await back.hear("puback");
});

test("while one device's messages can't be accepted another's are", async () => {
  await using rig = await startRig({
    accept: ({ topic }) => (topic === telemetry ? new Promise(() => {}) : Promise.resolve()),
  });
  const stuck = await login(rig.port, await rig.account(gauge));
  stuck.send(...Array.from({ length: 2000 }, (_, i) => publishPacket(telemetry, `${i}`, i + 1)));
  const other = await login(rig.port, await rig.account(otherGauge));
  for (let i = 1; i <= 200; i++) {
    other.send(publishPacket(topicOf(otherGauge, "telemetry"), `${i}`, i));
    expect((await other.hear("puback")).messageId).toBe(i);
  }
  expect(stuck.packets.map(({ cmd }) => cmd)).toEqual(["connack"]);
  expect(await rig.metric("waiting_messages")).toBe(1000);
});

test("100 devices that come back at once are all let in, and each message is accepted in order", async () => {
  await using rig = await startRig({
    accept: () => new Promise((resolve) => setImmediate(resolve)),
  });
  const identities = Array.from({ length: 100 }, (_, i) => `82/29869/site/device-${i}`);
  const accounts = await Promise.all(identities.map((identity) => rig.account(identity)));
  const clients = await Promise.all(accounts.map((account) => login(rig.port, account)));
  for (const [i, client] of clients.entries()) {
    const topic = topicOf(identities[i] ?? "", "telemetry");
    client.send(...Array.from({ length: 20 }, (_, n) => publishPacket(topic, `${n}`, n + 1)));
  }
  await until(() => rig.arrivals.length === 2000, "2000 messages");
  for (const client of clients) {
    const acknowledged = () =>
      client.packets.flatMap((p) => (p.cmd === "puback" ? [p.messageId] : []));
    await until(() => acknowledged().length === 20, "20 PUBACKs");
    expect(acknowledged()).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
  }
});
