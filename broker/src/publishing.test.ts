import { NoRoom, topicOf } from "@kenh/schemas";
import { connectAsync } from "mqtt";
import { expect, test } from "vitest";
import { until } from "../../test/support/counterpart.ts";
import { gauge, startRig } from "../testing/rig.ts";

const unit = "82/29869";

test("a unit's own station sends for its devices and reports; readers learn only that it did", async () => {
  await using rig = await startRig();
  const password = await rig.access.addAccount(unit, []);
  rig.access.bridges.add(unit, unit);
  const token = rig.access.addToken("reader", unit);
  const options = { clientId: "a", reconnectPeriod: 0 };
  const reader = await connectAsync(rig.addresses.mqtt, {
    ...{ ...options, username: "token", password: token },
  });
  const heard: string[] = [];
  reader.on("message", (topic, payload) => heard.push(`${topic} ${payload}`));
  await reader.subscribeAsync(`kenh/v1/${unit}/#`, { qos: 1 });
  const station = await connectAsync(rig.addresses.mqtt, { ...options, username: unit, password });
  await station.publishAsync(topicOf(gauge, "telemetry"), "1", { qos: 1 });
  await station.publishAsync(topicOf(gauge, "bridge"), "secret", { qos: 1, retain: true });
  await until(() => heard.length === 2, "both");
  expect(heard).toEqual([`${topicOf(gauge, "telemetry")} 1`, `${topicOf(gauge, "bridge")} `]);
  expect(rig.arrivals.map(({ payload }) => Buffer.from(payload).toString())).toEqual([
    "1",
    "secret",
  ]);
  await station.endAsync(true);
  await reader.endAsync(true);
});

test("what finds no room is let go for a unit's station, for the rest would wait behind it", async () => {
  await using rig = await startRig({ accept: () => Promise.reject(new NoRoom("full")) });
  const password = await rig.access.addAccount(unit, []);
  rig.access.bridges.add(unit, unit);
  const station = await connectAsync(rig.addresses.mqtt, {
    ...{ clientId: "a", reconnectPeriod: 0, username: unit, password },
  });
  await station.publishAsync(topicOf(gauge, "telemetry"), "1", { qos: 1 });
  expect(await rig.metric("publishes_refused_total", { reason: "no-room" })).toBe(1);
  await station.endAsync(true);
});
