import { strict as assert } from "node:assert";
import { connect } from "node:net";
import type { Packet } from "mqtt-packet";
import { connectPacket, rawClient } from "../../broker/testing/raw-client.ts";
import { until } from "../support/counterpart.ts";
import { makeRig } from "./rig.ts";
import type { Scale, Scenario } from "./scenario.ts";
import type { Account, Station } from "./station.ts";

/** More than the kernel and the broker keep for one subscriber together. */
const mebibytes: Record<Scale, number> = { bounded: 30, full: 80 };
const frozenOnes = 3;

/**
 * Subscribers take a share of everything and then stop to read, with their sockets open. Devices go
 * on publishing, a healthy subscriber goes on hearing, and the frozen ones are cut.
 */
export const frozenSubscriber: Scenario = {
  name: "frozen subscriber",
  absent: () => undefined,
  async run(scale, say) {
    await using rig = await makeRig({ store: "sqlite" });
    const { station } = rig;
    const reader = { username: "token", password: station.token };
    await station.start();
    const frozen = [];
    for (let i = 0; i < frozenOnes; i++)
      frozen.push(await subscribe(station, reader, `frozen-${i}`));
    const healthy = await subscribe(station, reader, "healthy");
    for (const { socket } of frozen) socket.pause();
    await rig.send(3, { samplesPerMessage: 100, intervalMs: 5 });

    const published = (): Promise<number> => station.metric("kenh_broker_published_bytes_total");
    const goal = mebibytes[scale] * 1024 * 1024;
    await until(
      async () => (await published()) > goal,
      `${mebibytes[scale]} MiB published`,
      600_000,
    );
    const cuts = () => station.metric("kenh_broker_cuts_total", 'reason="slow-subscriber"');
    await until(async () => (await cuts()) >= frozenOnes, "the frozen subscribers to be cut");
    assert.equal(await cuts(), frozenOnes, "nobody else is cut");
    const result = await rig.count(frozenOnes);
    const messages = result.accepted / 200;
    await until(() => healthy.packets.length >= messages, "the healthy subscriber to hear all");
    say(`${messages} messages heard by the healthy subscriber beside ${frozenOnes} frozen ones`);
    for (const { socket } of [...frozen, healthy]) socket.destroy();
    return result;
  },
};

async function subscribe(station: Station, account: Account, clientId: string) {
  const client = rawClient(connect(station.mqttPort, station.host));
  client.send(connectPacket(account, { clientId }));
  await client.hear("connack");
  const packet: Packet = {
    cmd: "subscribe",
    messageId: 1,
    subscriptions: [{ topic: "kenh/v1/#", qos: 0 }],
  };
  client.send(packet);
  const { granted } = await client.hear("suback");
  assert.deepEqual(granted, [0], "the subscription is granted");
  client.packets.length = 0;
  return client;
}
