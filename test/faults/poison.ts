import { strict as assert } from "node:assert";
import { parseIdentity, topicOf } from "@kenh/schemas";
import { login, publishPacket } from "../../broker/testing/raw-client.ts";
import { until } from "../support/counterpart.ts";
import { noInfluxd } from "../support/influxd.ts";
import { makeRig, place } from "./rig.ts";
import type { Scale, Scenario } from "./scenario.ts";
import { influxDatabase } from "./stored.ts";

const poisoned = `${place}/bi-nhiem-doc`;
const quantity = "salinity_ppt";
const dayMs = 86_400_000;
const messages: Record<Scale, number> = { bounded: 40, full: 2000 };

/**
 * Somebody has written a text where the product stores a number, a month ago: influxd refuses every
 * such number of that shard for ever. The others are stored, these are set aside with the store's
 * words, and come back by replay once the shard is mended.
 */
export const poison: Scenario = {
  name: "readings that the store refuses among good ones",
  absent: noInfluxd,
  async run(scale, say) {
    await using rig = await makeRig({ store: "influxdb" });
    const { station, influxd } = rig;
    assert.ok(influxd);
    const begin = Date.now() - 30 * dayMs;
    const { province, unit, site } = parseIdentity(poisoned);
    const series = `water,province=${province},unit=${unit},site=${site},device=somebody-else`;
    await influxd.query(`CREATE DATABASE "${influxDatabase}"`);
    const written = await influxd.writeRaw(influxDatabase, `${series} ${quantity}="high" ${begin}`);
    assert.equal(written.status, 204, written.body);

    const account = await station.admit(poisoned, [poisoned]);
    await station.start();
    await rig.send(4);
    const client = await login(station.mqttPort, account);
    const count = messages[scale];
    for (let i = 0; i < count; i++) {
      const sample = { ts: begin + i, values: { [quantity]: i / 128, pressure_kpa: i } };
      const topic = topicOf(poisoned, "telemetry");
      client.send(publishPacket(topic, JSON.stringify(sample), i + 1));
      await client.hear("puback");
    }
    const setAside = await until(async () => {
      const { total } = await station.quarantine();
      return total === count ? station.quarantine() : undefined;
    }, "the refused readings in quarantine");
    for (const { reason, detail, device } of setAside.items) {
      assert.deepEqual({ reason, device }, { reason: "store-rejected", device: poisoned });
      assert.match(detail, /conflict/, "the store's own words");
    }
    await until(
      async () => (await rig.stored(poisoned, ["pressure_kpa"])).readings.size === count,
      "the good reading beside each refused one",
    );
    const flowing = (await station.ledger()).total.stored;
    await until(async () => (await station.ledger()).total.stored > flowing, "the others to flow");

    // The shard is mended by dropping it, with the good readings in it; then all comes back.
    const { results } = await influxd.query("SHOW SHARDS");
    const shards = results[0]?.series?.find(({ name }) => name === influxDatabase);
    const columns = shards?.columns ?? [];
    const shard = shards?.values.find(
      (row) =>
        Date.parse(String(row[columns.indexOf("start_time")])) <= begin &&
        begin < Date.parse(String(row[columns.indexOf("end_time")])),
    );
    await influxd.query(`DROP SHARD ${shard?.[columns.indexOf("id")]}`, influxDatabase);
    for (;;) {
      const { items } = await station.quarantine();
      if (items.length === 0) break;
      for (const { id } of items)
        assert.equal((await station.post(`/api/v1/quarantine/${id}/replay`)).status, 200);
    }
    const result = await rig.count(count);
    const mended = await rig.stored(poisoned, [quantity]);
    for (let i = 0; i < count; i++)
      assert.equal(mended.readings.get(begin + i)?.[quantity], i / 128, "replayed as it was sent");
    const { total } = await station.ledger();
    assert.equal(total.quarantined, 0, "nothing is set aside any more");
    client.socket.destroy();
    say(`${count} readings refused, set aside, mended and replayed`);
    return { ...result, accepted: result.accepted + 2 * count };
  },
};
