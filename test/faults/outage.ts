import { strict as assert } from "node:assert";
import { setTimeout as pause } from "node:timers/promises";
import { until } from "../support/counterpart.ts";
import { noInfluxd } from "../support/influxd.ts";
import { makeRig } from "./rig.ts";
import type { Scale, Scenario } from "./scenario.ts";

const awayMs: Record<Scale, number> = { bounded: 8000, full: 180_000 };

/** The store is away: accepting goes on, the books say what waits, and all of it is stored afterwards. */
export const outage: Scenario = {
  name: "influxd stopped and back",
  absent: noInfluxd,
  async run(scale, say) {
    await using rig = await makeRig({ store: "influxdb" });
    const { station, influxd } = rig;
    assert.ok(influxd);
    await station.start();
    await rig.send(4);
    const acknowledged = (): number =>
      rig.senders.reduce((all, sender) => all + sender.acknowledged, 0);
    await until(async () => (await station.ledger()).total.stored > 0, "first stored readings");

    await influxd.stop();
    const atStop = acknowledged();
    await pause(awayMs[scale]);
    const meanwhile = acknowledged() - atStop;
    assert.ok(meanwhile > 0, "accepting goes on without the store");
    const { total } = await station.ledger();
    assert.ok(total.pending > 0, "what waits for the store is pending in the books");
    assert.equal(
      (await station.get("/readyz")).status,
      200,
      "a store that is away refuses nothing",
    );
    assert.equal(await station.metric("kenh_ingest_store_up"), 0);
    say(`${meanwhile} readings accepted without the store, ${total.pending} pending`);

    // A station that is killed meanwhile knows nothing of the store and must know of all readings.
    await station.kill();
    await station.start();
    await influxd.start();
    await until(
      async () => (await station.metric("kenh_ingest_store_up")) === 1,
      "the store's return",
    );
    return await rig.count(2);
  },
};
