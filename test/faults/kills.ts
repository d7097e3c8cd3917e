import { strict as assert } from "node:assert";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { topicOf } from "@kenh/schemas";
import { seededRandom } from "../../edge-agent/src/drivers/simulate/random.ts";
import { observe } from "../../edge-agent/src/drivers/simulate/simulate.ts";
import { until } from "../support/counterpart.ts";
import { noInfluxd } from "../support/influxd.ts";
import { type AgentProcess, briskly, outboxSamples, prepareAgent } from "./agent.ts";
import { makeRig, place } from "./rig.ts";
import { type Result, type Scale, type Scenario, sum } from "./scenario.ts";
import type { Readings } from "./sender.ts";
import { compare } from "./stored.ts";

/** The simulated devices behind the agent: their readings depend on seed and instant alone. */
const simulated = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map((seed) => ({
  device: `${place}/mo-phong-${seed}`,
  config: { model: "tide-gauge" as const, seed, intervalMs: 100, incidents: [] },
}));
/** A file that is played from its beginning, as fast as it goes, each time the agent starts. */
const played = `${place}/phat-lai-01`;
const playedRows = 1000;
const gateway = `${place}/gw-01`;
const quantities = ["water_level_m", "battery_v"];

/** Kills are this far apart at most: starts take about as long, so that they too are interrupted. */
const spanMs = 1500;

type Victim = "station" | "agent" | "influxd";

/**
 * kill -9 of agent, station and store at random moments, in the middle of starts too, while an agent
 * and raw clients send. What must be there: everything with a PUBACK, and everything that stood in
 * the agent's outbox at one of its deaths.
 */
async function kill(
  store: "influxdb" | "sqlite",
  times: number,
  seed: number,
  say: (line: string) => void,
): Promise<Result> {
  const random = seededRandom(seed);
  await using rig = await makeRig({ store });
  const { station, influxd } = rig;
  const account = await station.admit(gateway, [played, ...simulated.map(({ device }) => device)]);
  const rows = record(join(rig.folder, "record.csv"));
  await using agent = prepareAgent({
    folder: join(rig.folder, "agent"),
    identity: gateway,
    account,
    url: `mqtt://127.0.0.1:${station.mqttPort}`,
    config: {
      publish: briskly,
      // A message for each sample: at every moment some are on their way.
      batch: { maxSamples: 1 },
      drivers: [
        {
          kind: "replay",
          device: played,
          config: {
            file: join(rig.folder, "record.csv"),
            speed: "max",
            time: { column: "time", zone: "in-timestamp" },
            columns: { level: "water_level_m", battery: "battery_v" },
          },
        },
        ...simulated.map((driver) => ({ kind: "simulate", ...driver })),
      ],
    },
  });
  await station.start();
  agent.start();
  await rig.send(6, { intervalMs: 4, samplesPerMessage: 2 });
  await until(() => rig.senders.every(({ acknowledged }) => acknowledged > 0), "first PUBACKs");

  const promised = new Map<string, Readings>(simulated.map(({ device }) => [device, new Map()]));
  const victims: readonly Victim[] = influxd
    ? ["station", "station", "agent", "agent", "influxd"]
    : ["station", "station", "agent"];
  const acknowledged = (): number =>
    rig.senders.reduce((all, sender) => all + sender.acknowledged, 0);
  let deck: Victim[] = [];
  const starts = new Set<Promise<void>>();
  const killed: Record<Victim, number> = { station: 0, agent: 0, influxd: 0 };
  try {
    for (let count = 0; count < times; count++) {
      await pause(random() * spanMs);
      if (deck.length === 0) deck = shuffled(victims, random);
      const victim = deck.pop() as Victim;
      // Most die at work, the others while they start.
      if (random() < 0.7) {
        const before = acknowledged();
        await until(() => acknowledged() > before, "PUBACKs before the next kill", 60_000);
      }
      const downMs = random() < 0.3 ? random() * spanMs : 0;
      killed[victim] += 1;
      if (victim === "station") await station.kill();
      else if (victim === "influxd") await influxd?.stop("SIGKILL");
      else {
        await agent.kill();
        promise(agent, promised);
      }
      await pause(downMs);
      if (victim === "agent") agent.start();
      else {
        const start = victim === "station" ? station.start() : influxd?.start();
        if (start) starts.add(start);
      }
      if ((count + 1) % 20 === 0) say(`${store}: ${count + 1} of ${times} kills`);
    }
  } finally {
    await Promise.allSettled(starts);
  }
  assert.ok(station.running && agent.running, "all is up after the last kill");
  await until(() => agent.said(endOfFile), "a whole pass of the file", 60_000);
  assert.equal(await agent.stop(), 0, "the agent stops cleanly");
  promise(agent, promised);
  agent.configure({ drivers: [] });
  agent.start();
  await until(() => agent.waiting() === 0, "the agent's outbox to be empty", 180_000);
  await agent.stop();

  const result = await rig.count(times);
  const ofFile = compare(rows, await rig.stored(played, quantities));
  let { accepted, missing, doubled, invented } = result;
  accepted += ofFile.expected;
  missing += ofFile.missing;
  doubled += ofFile.doubled;
  invented += ofFile.invented;
  for (const { device, config } of simulated) {
    const must = promised.get(device) ?? new Map();
    const stored = await rig.stored(device, quantities);
    const all: Readings = new Map(
      [...stored.readings.keys()].map((ts) => [
        ts,
        observe(config, ts, 0).values as Record<string, number>,
      ]),
    );
    const found = compare(must, stored, all);
    // Values of the tide come again: only one at an instant that was never sampled would be foreign.
    accepted += found.expected;
    missing += found.missing;
    doubled += stored.doubled;
    invented += found.invented;
    for (const ts of stored.readings.keys()) if (ts % config.intervalMs !== 0) invented += 1;
  }
  assert.doesNotMatch(station.log() + agent.log(), /damaged/, "a kill damages nothing");
  const quarantine = await station.quarantine();
  assert.deepEqual(
    quarantine.items.filter(({ topic }) => topic !== topicOf(gateway, "status")),
    [],
    "nothing is set aside",
  );
  say(`${store}: ${Object.entries(killed).map(([victim, n]) => `${victim} ${n}`)} killed`);
  return { ...result, accepted, missing, doubled, invented };
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

const endOfFile = "the source has come to its end";

/** Writes the file that is played, and gives what is in it. */
function record(file: string): Readings {
  const begin = Date.now() - 3_600_000;
  const readings: Readings = new Map();
  for (let row = 0; row < playedRows; row++) {
    readings.set(begin + row * 1000, {
      water_level_m: row / 256,
      battery_v: 3 + row / 65_536,
    });
  }
  const lines = [...readings].map(
    ([ts, values]) => `${new Date(ts).toISOString()},${values.water_level_m},${values.battery_v}`,
  );
  writeFileSync(file, `time,level,battery\n${lines.join("\n")}\n`);
  return readings;
}

/** Notes what a dead agent holds on disk. */
function promise(agent: AgentProcess, promised: ReadonlyMap<string, Readings>): void {
  for (const { device, sample } of outboxSamples(agent.outboxFile))
    promised.get(device)?.set(sample.ts, sample.values as Record<string, number>);
}

const times: Record<Scale, Record<"influxdb" | "sqlite", number>> = {
  bounded: { influxdb: 8, sqlite: 4 },
  full: { influxdb: 150, sqlite: 60 },
};
const seeds: Record<Scale, number> = { bounded: 7, full: 20_261_122 };

export const kills: Scenario = {
  name: "kill -9 of agent, station and store",
  absent: noInfluxd,
  run: async (scale, say) =>
    sum([
      await kill("influxdb", times[scale].influxdb, seeds[scale], say),
      await kill("sqlite", times[scale].sqlite, seeds[scale] + 1, say),
    ]),
};
