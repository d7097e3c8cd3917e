import { strict as assert } from "node:assert";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { until } from "../support/counterpart.ts";
import { noInfluxd } from "../support/influxd.ts";
import { mountSmallDisk, noSmallDisk } from "../support/small-disk.ts";
import { briskly, outboxSamples, prepareAgent } from "./agent.ts";
import { recordLevels, replayOf } from "./record.ts";
import { makeRig, place } from "./rig.ts";
import { type Result, type Scale, type Scenario, sum } from "./scenario.ts";
import { compare } from "./stored.ts";

const fullMs: Record<Scale, number> = { bounded: 1000, full: 20_000 };
const times: Record<Scale, number> = { bounded: 2, full: 10 };

/** The disk of the station is full: no PUBACK, `readyz` says why, and it goes on by itself. */
async function ofStation(scale: Scale, say: (line: string) => void): Promise<Result> {
  using disk = mountSmallDisk(diskSize);
  await using rig = await makeRig({ store: "influxdb", dataDir: join(disk.path, "data") });
  const { station } = rig;
  await station.start();
  await rig.send(4);
  const acknowledged = (): number =>
    rig.senders.reduce((all, sender) => all + sender.acknowledged, 0);
  for (let time = 0; time < times[scale]; time++) {
    const start = acknowledged();
    await until(() => acknowledged() > start, "PUBACKs");
    disk.fill();
    const answer = await until(async () => {
      const ready = await station.get("/readyz");
      return ready.status === 503 ? ready : undefined;
    }, "readyz to refuse");
    assert.match(answer.body, /disk/, "readyz names the disk");
    // PUBACKs of what was being sent when the disk filled up may still be on their way.
    const { atFull } = await until(async () => {
      const atFull = acknowledged();
      await pause(200);
      return acknowledged() === atFull ? { atFull } : undefined;
    }, "PUBACKs to end");
    await pause(fullMs[scale]);
    assert.equal(acknowledged(), atFull, "no PUBACK while the disk is full");
    assert.equal(await station.metric("kenh_ingest_ready"), 0);
    disk.free();
    await until(async () => (await station.get("/readyz")).status === 200, "readyz to accept");
    await until(() => acknowledged() > atFull, "PUBACKs after there is room");
  }
  say(`station: ${times[scale]} times full, ${acknowledged()} readings acknowledged`);
  return await rig.count(times[scale]);
}

/**
 * The store is away for so long that the spool itself fills the disk. When the store is back, the
 * spool empties, and what it has emptied is room again.
 */
async function bySpool(say: (line: string) => void): Promise<Result> {
  using disk = mountSmallDisk(diskSize);
  await using rig = await makeRig({ store: "influxdb", dataDir: join(disk.path, "data") });
  const { station, influxd } = rig;
  await station.start();
  disk.fill(spareBytes);
  await influxd?.stop();
  await rig.send(4, { samplesPerMessage: 200, intervalMs: 10 });
  const acknowledged = (): number =>
    rig.senders.reduce((all, sender) => all + sender.acknowledged, 0);
  await until(
    async () => (await station.get("/readyz")).status === 503,
    "readyz to refuse",
    60_000,
  );
  const atFull = acknowledged();
  await influxd?.start();
  await until(
    async () => (await station.get("/readyz")).status === 200,
    "readyz to accept",
    60_000,
  );
  await until(() => acknowledged() > atFull, "PUBACKs after the spool has emptied");
  say(`spool: ${atFull} readings filled the disk, and left it`);
  return await rig.count(1);
}

const gauge = `${place}/dia-day`;
const gateway = `${place}/gw-03`;
const diskSize = "48m";
/** What the filler leaves: more than is kept in reserve, and less than the load needs. */
const spareBytes = 12 * 1024 * 1024;
/** More than fits into that. */
const rows = 120_000;

/**
 * The disk of the agent fills up while the station is away: the driver waits, and nothing of the
 * file is lost. What frees the disk is either a person, or the agent itself by sending.
 */
async function ofAgent(
  scale: Scale,
  freedBy: "person" | "sending",
  say: (line: string) => void,
): Promise<Result> {
  using disk = mountSmallDisk(diskSize);
  await using rig = await makeRig({ store: "sqlite" });
  const { station } = rig;
  const account = await station.admit(gateway, [gauge]);
  const file = join(rig.folder, "gauge.csv");
  const readings = recordLevels(file, rows, 100);
  await using agent = prepareAgent({
    folder: disk.path,
    identity: gateway,
    account,
    url: `mqtt://127.0.0.1:${station.mqttPort}`,
    config: { publish: briskly, drivers: [replayOf(gauge, file, "max")] },
  });
  disk.fill(spareBytes);
  agent.start();
  if (freedBy === "person") {
    await until(() => agent.waiting() > 0, "the first messages in the outbox");
    disk.fill();
  }
  await until(
    () => agent.said("the outbox can't be used"),
    "the agent to say that the disk is full",
  );
  await pause(fullMs[scale]);
  assert.ok(agent.running, "an agent with a full disk goes on");
  const held = outboxSamples(agent.outboxFile).length;
  assert.ok(held < rows, "the file does not fit");
  await station.start();
  if (freedBy === "person") disk.free();
  await until(() => agent.said("the outbox can be written again"), "the agent to go on", 60_000);
  await until(() => agent.said("the source has come to its end"), "the end of the file", 60_000);
  await until(() => agent.waiting() === 0, "the agent's outbox to be empty", 60_000);
  assert.equal(await agent.stop(), 0);
  say(`agent, freed by ${freedBy}: ${held} of ${rows} samples fitted, the rest waited in the file`);
  const result = await rig.count(1);
  const { expected, ...difference } = compare(readings, await rig.stored(gauge, ["water_level_m"]));
  return { ...result, ...difference, accepted: expected };
}

export const fullDisk: Scenario = {
  name: "full disk of station and agent",
  absent: () => noSmallDisk() ?? noInfluxd(),
  run: async (scale, say) =>
    sum([
      await ofStation(scale, say),
      await bySpool(say),
      await ofAgent(scale, "person", say),
      await ofAgent(scale, "sending", say),
    ]),
};
