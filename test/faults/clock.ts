import { strict as assert } from "node:assert";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { observe } from "../../edge-agent/src/drivers/simulate/simulate.ts";
import { until } from "../support/counterpart.ts";
import { noFakeClock, openFakeClock } from "../support/fake-clock.ts";
import { briskly, prepareAgent } from "./agent.ts";
import { makeRig, place, type Rig } from "./rig.ts";
import { type Result, type Scale, type Scenario, sum } from "./scenario.ts";
import type { Station } from "./station.ts";

const hourMs = 3_600_000;
/** From the true time: ahead, behind, a day back, and right again. */
const jumps = [hourMs, -hourMs, -24 * hourMs, 10 * 60_000, 0] as const;
const stayMs: Record<Scale, number> = { bounded: 1200, full: 15_000 };
/** `maxAheadMs` of the ingest and some more. */
const farAheadMs = 2 * hourMs;

/** Tries all that is set aside again; gives how many were refused. */
async function replayAll(station: Station): Promise<number> {
  let refused = 0;
  for (;;) {
    const { items, total } = await station.quarantine();
    let replayed = 0;
    for (const { id, reason } of items) {
      assert.equal(reason, "clock-ahead");
      const { status } = await station.post(`/api/v1/quarantine/${id}/replay`);
      if (status === 200) replayed += 1;
      else refused += 1;
    }
    if (replayed === 0 || total === replayed) return refused;
    refused = 0;
  }
}

/** The clock of the station jumps. Seen from behind, good readings are of the future: set aside, and back by replay. */
async function ofStation(scale: Scale, say: (line: string) => void): Promise<Result> {
  await using rig = await makeRig({ store: "sqlite" });
  const { station, senders } = rig;
  const clock = openFakeClock(join(rig.folder, "clock"));
  await station.start(clock.env);
  await rig.send(4);
  const acknowledged = (): number => senders.reduce((all, sender) => all + sender.acknowledged, 0);
  await until(() => acknowledged() > 0, "PUBACKs");
  for (const offset of jumps) {
    clock.jump(offset);
    const before = acknowledged();
    await pause(stayMs[scale]);
    await until(() => acknowledged() > before, `PUBACKs ${offset} ms from the true time`);
  }
  const { total } = await rig.settle();
  assert.ok(total.quarantined > 0, "what is of the future is set aside");
  assert.ok(
    senders.every(({ connections }) => connections === 1),
    "nobody was disconnected",
  );
  assert.equal(await replayAll(station), 0, "now that the clock is right, all is taken");
  const result = await rig.count(jumps.length);
  say(`station: ${total.quarantined} of ${total.received} readings set aside and replayed`);
  return result;
}

const gauge = `${place}/dong-ho`;
const gateway = `${place}/gw-05`;
const simulated = { model: "tide-gauge" as const, seed: 11, intervalMs: 100, incidents: [] };

/** The clock of the agent jumps: what it measures then bears the wrong time, and nothing else changes. */
async function ofAgent(scale: Scale, say: (line: string) => void): Promise<Result> {
  await using rig = await makeRig({ store: "sqlite" });
  const { station } = rig;
  const account = await station.admit(gateway, [gauge]);
  const clock = openFakeClock(join(rig.folder, "clock"));
  await using agent = prepareAgent({
    folder: join(rig.folder, "agent"),
    identity: gateway,
    account,
    url: `mqtt://127.0.0.1:${station.mqttPort}`,
    env: clock.env,
    config: {
      publish: briskly,
      batch: { maxSamples: 5, maxAgeMs: 200 },
      drivers: [{ kind: "simulate", device: gauge, config: simulated }],
    },
  });
  await station.start();
  agent.start();
  await until(async () => (await station.ledger()).total.received > 0, "the first readings");
  for (const offset of jumps) {
    clock.jump(offset);
    const { received } = (await station.ledger()).total;
    await pause(stayMs[scale]);
    await until(
      async () => (await station.ledger()).total.received > received,
      `readings ${offset} ms from the true time`,
    );
  }
  await until(() => agent.waiting() <= 1, "the agent to have sent what it has");
  assert.equal(await agent.stop(), 0);
  assert.equal(agent.log().split('"msg":"connected"').length - 1, 1, "it connected once");
  agent.configure({ drivers: [] });
  agent.start();
  await until(() => agent.waiting() === 0, "the agent's outbox to be empty");
  await agent.stop();
  const before = await rig.settle();
  assert.ok(before.total.quarantined > 0, "what is of the future is set aside");
  assert.equal(before.epochs.length, 1, "one outbox, one epoch, whatever the clock says");
  assert.ok((await replayAll(station)) > 0, "as long as it is of the future it stays there");
  // Two hours later it is the past.
  await laterReplay(rig, before.total.quarantined);
  const result = await rig.count(jumps.length);
  const { total } = await station.ledger();
  const stored = await rig.stored(gauge, ["water_level_m", "battery_v"]);
  let invented = 0;
  for (const [ts, values] of stored.readings) {
    const expected = observe(simulated, ts, 0).values;
    for (const [name, value] of Object.entries(values)) if (expected[name] !== value) invented += 1;
  }
  const inStore = [...stored.readings.values()].reduce(
    (all, values) => all + Object.keys(values).length,
    0,
  );
  say(`agent: ${before.total.quarantined} of ${total.received} readings set aside and replayed`);
  return {
    ...result,
    accepted: total.received,
    // Nothing was sent twice and every number came: what was received is what is there.
    missing: total.received - total.duplicate - inStore,
    doubled: stored.doubled,
    invented,
  };
}

async function laterReplay({ station, folder }: Rig, readings: number): Promise<void> {
  const later = openFakeClock(join(folder, "later"));
  later.jump(farAheadMs);
  await station.stop();
  await station.start(later.env);
  assert.equal(await replayAll(station), 0, "once the time has come, all is taken");
  const { total } = await station.ledger();
  assert.equal(total.quarantined, 0, `${readings} readings are out of quarantine`);
}

export const clockJumps: Scenario = {
  name: "clock that jumps both ways",
  absent: noFakeClock,
  run: async (scale, say) => sum([await ofStation(scale, say), await ofAgent(scale, say)]),
};
