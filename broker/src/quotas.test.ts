import { setTimeout as pause } from "node:timers/promises";
import { type QuotaUse, quotasSchema, type Sample, topicOf } from "@kenh/schemas";
import { connectAsync, type MqttClient } from "mqtt";
import { expect, test } from "vitest";
import { until } from "../../test/support/counterpart.ts";
import { startRig } from "../testing/rig.ts";
import { createQuotas } from "./quotas.ts";

const noisy = ["82/30000/a/d-1", "82/30000/a/d-2", "82/30000/b/d-3"];
const quiet = "82/29869/cau/muc-nuoc";
const message = JSON.stringify({ ts: 1, values: { water_level_m: 1 } } satisfies Sample);

const nobody = { onHeld: () => {}, isFull: () => false };
const over = (uses: readonly QuotaUse[]) =>
  uses.filter((use) => use.over).map(({ place, kind }) => `${place} ${kind}`);

test("what a unit sends beyond its quota waits with the sender, in turn; others never notice", async () => {
  let time = 1_790_000_000_000;
  await using rig = await startRig({
    now: () => time,
    config: { quotas: { units: { "82/30000": { messagesPerSecond: 2 } } } },
  });
  const connect = async (device: string) =>
    connectAsync(rig.addresses.mqtt, { ...(await rig.account(device)), keepalive: 0 });
  const senders = await Promise.all(noisy.map(connect));
  const neighbour = await connect(quiet);
  const arrived = (unit: string) => rig.arrivals.filter(({ topic }) => topic.includes(unit)).length;
  let acknowledged = 0;
  const sending = noisy.flatMap((device, n) =>
    Array.from({ length: 20 }, async () => {
      await senders[n]?.publishAsync(topicOf(device, "telemetry"), message, { qos: 1 });
      acknowledged++;
    }),
  );
  // Ten seconds' worth passes at once: what was kept over a short cut of the line.
  await until(() => arrived("82/30000") === 20, "the burst");
  for (let n = 0; n < 200; n++) {
    await neighbour.publishAsync(topicOf(quiet, "telemetry"), message, { qos: 1 });
  }
  expect([arrived("82/30000"), arrived("82/29869")]).toEqual([20, 200]);
  expect(await rig.metric("quota_held_total", { unit: "82/30000" })).toBeGreaterThan(0);
  expect(over(rig.broker.quotaUses())).toEqual(["82/30000 messages"]);

  time += 10_000;
  await until(() => arrived("82/30000") === 40, "as much again after ten seconds");
  // In turn: none of the three is left out.
  for (const device of noisy) {
    const own = rig.arrivals.filter(({ topic }) => topic.includes(device)).length;
    expect(own).toBeGreaterThanOrEqual(1);
  }
  time += 10_000;
  await Promise.all(sending);
  expect(acknowledged).toBe(60);
  expect(arrived("82/30000")).toBe(60);
  time += 61_000;
  expect(over(rig.broker.quotaUses())).toEqual([]);
  expect(rig.broker.quotaUses()).toMatchObject([
    { place: "82/30000", kind: "messages", limit: 2, excess: expect.any(Number) },
  ]);
  await Promise.all([...senders, neighbour].map((client) => client.endAsync()));
});

test("bytes count as messages do, and a unit of its own quota goes before what all have", async () => {
  let time = 0;
  const config = quotasSchema.parse({
    each: { messagesPerSecond: 100, bytesPerSecond: 1000 },
    units: { "82/1": { bytesPerSecond: 5000 } },
  });
  const quotas = createQuotas(config, () => time, nobody);
  const senderOf = (name: string) =>
    ({
      kind: "sender",
      name,
      publishes: new Set<string>(),
      joins: [],
      bridges: [],
      revision: "1",
      certificate: undefined,
    }) as const;
  const [one] = quotas.of(senderOf("82/1/a/d"));
  const [other] = quotas.of(senderOf("82/2/a/d"));
  one?.take(20_000);
  other?.take(20_000);
  expect([one?.hasRoom, other?.hasRoom]).toEqual([true, false]);
  expect(quotas.of(senderOf("82/1/b/e"))).toEqual([one]);
  time += 10_001;
  expect(other?.hasRoom).toBe(true);
  let woken = 0;
  other?.take(10_000);
  other?.whenRoom(() => woken++);
  // Who comes later stands behind who waits.
  expect(other?.hasRoom).toBe(false);
  time += 60_000;
  await until(() => woken === 1, "its turn");
  await pause(5);
  expect([woken, other?.hasRoom]).toEqual([1, true]);
  const without = createQuotas(quotasSchema.parse({}), () => 0, nobody);
  expect(without.of(senderOf("82/1/a/d"))).toEqual([]);
});

test("readings are taken from what may follow, of the device and of its unit; an agent has those of its devices", async () => {
  let time = 1_790_000_000_000;
  await using rig = await startRig({
    now: () => time,
    accept: async ({ counted }) => counted?.(15),
    config: {
      quotas: {
        eachDevice: { readingsPerSecond: 1 },
        units: { "82/30000": { readingsPerSecond: 4 } },
      },
    },
  });
  const [agent, of] = ["82/30000/a/gw", "82/30000/a/d-9"];
  const single = await connectAsync(rig.addresses.mqtt, {
    ...(await rig.account(quiet)),
    keepalive: 0,
  });
  const pair = await connectAsync(rig.addresses.mqtt, {
    ...(await rig.account(agent, of)),
    keepalive: 0,
  });
  const arrived = () =>
    [quiet, of].map((one) => rig.arrivals.filter(({ topic }) => topic.includes(one)).length);
  const send = (client: MqttClient, device: string) =>
    client.publishAsync(topicOf(device, "telemetry"), message, { qos: 1 });
  // Ten seconds' worth may come at once, and the message that passes it is still taken whole.
  await send(single, quiet);
  for (const _ of [1, 2]) await send(pair, of);
  const sending = [send(single, quiet), send(pair, of)];
  await until(() => over(rig.broker.quotaUses()).length === 2, "both are held back");
  expect(over(rig.broker.quotaUses())).toEqual([`${quiet} readings`, `${agent} (2) readings`]);
  expect(await rig.metric("quota_held_total", { unit: "82/29869", kind: "readings" })).toBe(1);
  expect(arrived()).toEqual([1, 2]);
  time += 60_000;
  await Promise.all(sending);
  expect(arrived()).toEqual([2, 3]);
  await Promise.all([single, pair].map((client) => client.endAsync()));
});

test("whose store is full is held back where that was asked for, until there is room", async () => {
  let full = true;
  let time = 1_790_000_000_000;
  await using rig = await startRig({
    now: () => time,
    isFull: (place) => full && place === "82/30000",
    config: { quotas: { each: { storedReadings: 10, whenFull: "hold" } } },
  });
  const [device = ""] = noisy;
  const held = await connectAsync(rig.addresses.mqtt, {
    ...(await rig.account(device)),
    keepalive: 0,
  });
  const free = await connectAsync(rig.addresses.mqtt, {
    ...(await rig.account(quiet)),
    keepalive: 0,
  });
  const sent = held.publishAsync(topicOf(device, "telemetry"), message, { qos: 1 });
  await free.publishAsync(topicOf(quiet, "telemetry"), message, { qos: 1 });
  await until(() => over(rig.broker.quotaUses()).length > 0, "it is held");
  expect(over(rig.broker.quotaUses())).toEqual(["82/30000 stored"]);
  expect(rig.arrivals.map(({ topic }) => topic)).toEqual([topicOf(quiet, "telemetry")]);
  full = false;
  time += 1000;
  await sent;
  await Promise.all([held, free].map((client) => client.endAsync()));
});
