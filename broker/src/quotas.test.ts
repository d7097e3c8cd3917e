import { setTimeout as pause } from "node:timers/promises";
import { type Sample, topicOf } from "@kenh/schemas";
import { connectAsync } from "mqtt";
import { expect, test } from "vitest";
import { until } from "../../test/support/counterpart.ts";
import { startRig } from "../testing/rig.ts";
import { createQuotas, quotasSchema } from "./quotas.ts";

const noisy = ["82/30000/a/d-1", "82/30000/a/d-2", "82/30000/b/d-3"];
const quiet = "82/29869/cau/muc-nuoc";
const message = JSON.stringify({ ts: 1, values: { water_level_m: 1 } } satisfies Sample);

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
  expect(rig.broker.overQuota()).toEqual(["82/30000"]);

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
  expect(rig.broker.overQuota()).toEqual([]);
  await Promise.all([...senders, neighbour].map((client) => client.endAsync()));
});

test("bytes count as messages do, and a unit of its own quota goes before what all have", async () => {
  let time = 0;
  const config = quotasSchema.parse({
    each: { messagesPerSecond: 100, bytesPerSecond: 1000 },
    units: { "82/1": { bytesPerSecond: 5000 } },
  });
  const quotas = createQuotas(
    config,
    () => time,
    () => {},
  );
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
  const one = quotas.of(senderOf("82/1/a/d"));
  const other = quotas.of(senderOf("82/2/a/d"));
  one?.take(20_000);
  other?.take(20_000);
  expect([one?.hasRoom, other?.hasRoom]).toEqual([true, false]);
  expect(quotas.of(senderOf("82/1/b/e"))).toBe(one);
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
  expect(
    createQuotas(
      quotasSchema.parse({}),
      () => 0,
      () => {},
    ).of(senderOf("82/1/a/d")),
  ).toBe(undefined);
});
