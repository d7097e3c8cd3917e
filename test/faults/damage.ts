import { strict as assert } from "node:assert";
import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Identity, LedgerCounts, LedgerReport } from "@kenh/schemas";
import { seededRandom } from "../../edge-agent/src/drivers/simulate/random.ts";
import { scanWal } from "../../schemas/src/node/wal.ts";
import { until } from "../support/counterpart.ts";
import { noInfluxd } from "../support/influxd.ts";
import { briskly, outboxSamples, prepareAgent } from "./agent.ts";
import { imbalance } from "./books.ts";
import { recordLevels, replayOf } from "./record.ts";
import { makeRig, place } from "./rig.ts";
import { type Result, type Scale, type Scenario, sum } from "./scenario.ts";
import { type Readings, readingsPerSample } from "./sender.ts";
import { compare } from "./stored.ts";

const pageBytes = 4096;
const samplesPerMessage = 5;
/** Of a message of the agent, when it has enough of them. */
const messageSamples = 20;

/** What becomes of a file while nobody has it open. */
interface Harm {
  readonly name: string;
  /** Of which file: the database, or its log with what was committed last. */
  readonly of: "" | "-wal";
  harm(file: number, bytes: number, random: () => number): void;
}

const eraseInLog: Harm = {
  name: "log zeroed in its middle",
  of: "-wal",
  harm: (file, bytes) => zero(file, Math.floor(bytes / 2), pageBytes),
};
const tornTail: Harm = {
  name: "log torn off",
  of: "-wal",
  harm: (file, bytes) => ftruncateSync(file, Math.floor(bytes * 0.8) + 7),
};
const zeroedPages: Harm = {
  name: "pages zeroed",
  of: "",
  harm: (file, bytes, random) => {
    for (const page of somePages(bytes, random)) zero(file, page * pageBytes, pageBytes);
  },
};
const randomPages: Harm = {
  name: "pages overwritten with noise",
  of: "",
  harm: (file, bytes, random) => {
    for (const page of somePages(bytes, random)) {
      const noise = Uint8Array.from({ length: pageBytes }, () => Math.floor(random() * 256));
      writeSync(file, noise, 0, pageBytes, page * pageBytes);
    }
  },
};

function zero(file: number, at: number, bytes: number): void {
  writeSync(file, Buffer.alloc(bytes), 0, bytes, at);
}

/** Three pages from the middle of a file. */
function somePages(bytes: number, random: () => number): number[] {
  const pages = Math.floor(bytes / pageBytes);
  return [1, 2, 3].map(() => Math.floor(pages * (0.25 + random() / 2)));
}

/**
 * Bytes of a log that are in force. It begins anew from time to time and keeps its size: what stands behind is
 * of an earlier run, and to damage that harms nobody.
 */
function inForce(log: string): number {
  const scan = scanWal(log, pageBytes);
  return scan ? scan.frames * (scan.pageSize + 24) : 0;
}

/** Enough to be damaged in the middle, with something behind it. */
const leastBytes = 20 * pageBytes;

function inflict({ of, harm }: Harm, database: string, random: () => number): void {
  const file = openSync(database + of, "r+");
  const bytes = of === "-wal" ? inForce(database + of) : fstatSync(file).size;
  assert.ok(bytes > leastBytes, `${database}${of} is large enough to be damaged: ${bytes} bytes`);
  harm(file, bytes, random);
  closeSync(file);
}

/**
 * The spool is damaged while the station is down and much waits for the store. The station starts,
 * saves what can be read, and accounts for the rest: as set aside, or as numbers that never came.
 */
async function ofSpool(harm: Harm, seed: number, say: (line: string) => void): Promise<Result> {
  await using rig = await makeRig({ store: "influxdb", booksMayForget: true });
  const { station, influxd, senders } = rig;
  await influxd?.stop();
  await station.start();
  await rig.send(4, { samplesPerMessage, intervalMs: 2 });
  const acknowledged = (): number => senders.reduce((all, sender) => all + sender.acknowledged, 0);
  const spool = join(station.dataDir, "spool.db");
  for (let least = 12_000; ; least = acknowledged() + 2000) {
    await until(() => acknowledged() > least, "readings that wait for the store");
    for (const sender of senders) sender.pause();
    await Promise.all(senders.map((sender) => sender.drained(60_000)));
    // A clean stop brings everything from the log into the database; a kill leaves it in the log.
    if (harm.of === "-wal") await station.kill();
    else assert.equal(await station.stop(), 0);
    if (harm.of === "" || inForce(`${spool}-wal`) > leastBytes) break;
    // The log has begun anew a moment ago.
    await station.start();
    for (const sender of senders) sender.resume();
  }
  inflict(harm, spool, seededRandom(seed));

  await station.start();
  await influxd?.start();
  // Numbers that are missing at the end of a row show when the next one comes.
  for (const sender of senders) sender.resume();
  const before = acknowledged();
  await until(() => acknowledged() > before + 400, "PUBACKs after the damage");
  const report = await rig.settle();
  const { items } = await station.quarantine();
  const books: string[] = [];
  let missing = 0;
  let lost = 0;
  let doubled = 0;
  let invented = 0;
  for (const { device, sent } of senders) {
    const found = compare(sent, await rig.stored(device, ["uptime_s", "flow_m3_s"]));
    const setAside = items
      .filter((item) => item.device === device && item.reason === "decode-failed")
      .reduce((all, { readings }) => all + readings, 0);
    const neverCame = neverCameOf(report, device);
    const announced = setAside + neverCame * samplesPerMessage * readingsPerSample;
    lost += found.missing;
    // Silent is only what is neither stored nor announced.
    missing += Math.max(0, found.missing - announced);
    doubled += found.doubled;
    invented += found.invented;
    if (announced !== found.missing)
      books.push(`${device}: ${found.missing} readings are lost, ${announced} are announced`);
  }
  const metric = await station.metric("kenh_ingest_damaged_readings_total");
  const counted = items
    .filter(({ reason }) => reason === "decode-failed")
    .reduce((all, { readings }) => all + readings, 0);
  assert.equal(metric, counted, "the metric counts what was set aside as damaged");
  // A page of payload alone is missed when its row is read, and set aside; all else when the file is opened.
  if (lost > counted)
    assert.match(station.log(), /the spool was damaged on disk/, "the log says so");
  assert.equal(items.length, items.filter(({ reason }) => reason === "decode-failed").length);
  say(`spool, ${harm.name}: ${lost} of ${acknowledged()} readings lost and announced`);
  const faults = [...books, ...rig.bookFaults()];
  return {
    faults: 1,
    accepted: acknowledged(),
    looks: rig.looks,
    missing,
    doubled,
    invented,
    books: faults,
  };
}

const gauge = `${place}/o-dia-hong`;
const gateway = `${place}/gw-04`;
const rows = 20_000;

/** The outbox is damaged while the agent is down: it starts, sends what can be read and counts the rest. */
async function ofOutbox(harm: Harm, seed: number, say: (line: string) => void): Promise<Result> {
  await using rig = await makeRig({ store: "sqlite" });
  const { station } = rig;
  const account = await station.admit(gateway, [gauge]);
  const file = join(rig.folder, "gauge.csv");
  const readings = recordLevels(file, rows, 1000);
  await using agent = prepareAgent({
    folder: join(rig.folder, "agent"),
    identity: gateway,
    account,
    url: `mqtt://127.0.0.1:${station.mqttPort}`,
    config: {
      publish: briskly,
      batch: { maxSamples: messageSamples },
      drivers: [replayOf(gauge, file, "max")],
    },
  });
  agent.start();
  await until(() => agent.said("the source has come to its end"), "the end of the file", 60_000);
  // All of it is on disk a moment later; what a kill cuts short is not in what is promised.
  if (harm.of === "-wal") await agent.kill();
  else assert.equal(await agent.stop(), 0);
  const promised: Readings = new Map(
    outboxSamples(agent.outboxFile).map(({ sample }) => [sample.ts, sample.values]) as [
      number,
      Record<string, number>,
    ][],
  );
  inflict(harm, agent.outboxFile, seededRandom(seed));
  agent.configure({ drivers: [] });
  await station.start();
  agent.start();
  await until(() => agent.said("connected"), "the agent to connect", 60_000);
  await until(() => agent.waiting() === 0, "the agent's outbox to be empty", 60_000);
  assert.equal(await agent.stop(), 0);
  const report = await rig.settle();
  const found = compare(promised, await rig.stored(gauge, ["water_level_m"]), readings);
  const { lost, damages } = outboxState(agent.outboxFile);
  assert.match(agent.log(), /damaged/, "the log says so");
  assert.equal(damages, 1, "the agent's own counter says so");
  const books = [...rig.bookFaults(), ...report.epochs.flatMap(booksOf)];
  // How much stood in a log that is gone nobody can know: that it is gone is announced all the same.
  const announced = harm === tornTail ? found.missing : lost;
  if (announced !== found.missing)
    books.push(`${found.missing} readings of the outbox are lost, ${announced} are counted`);
  const neverCame = neverCameOf(report, gauge) * messageSamples;
  if (neverCame > announced)
    books.push(`the agent counts ${announced} readings as lost, the ledger misses ${neverCame}`);
  say(`outbox, ${harm.name}: ${found.missing} of ${found.expected} readings lost, ${lost} counted`);
  return {
    faults: 1,
    accepted: found.expected,
    looks: rig.looks,
    missing: Math.max(0, found.missing - announced),
    doubled: found.doubled,
    invented: found.invented,
    books,
  };
}

const booksOf = (counts: LedgerCounts): string[] => [imbalance(counts) ?? []].flat();

/** Numbers of messages that the ledger misses. */
function neverCameOf({ epochs }: LedgerReport, device: Identity): number {
  return epochs
    .filter((epoch) => epoch.device === device)
    .flatMap(({ missing }) => missing)
    .reduce((all, [first, last]) => all + last - first + 1, 0);
}

/** What the agent itself says that it has lost, in readings, and how often its file was damaged. */
function outboxState(outboxFile: string): { lost: number; damages: number } {
  const db = new DatabaseSync(outboxFile, { readOnly: true });
  try {
    const row = db.prepare("SELECT lost_readings, damages FROM state").get();
    return { lost: Number(row?.lost_readings), damages: Number(row?.damages) };
  } finally {
    db.close();
  }
}

const harms: readonly Harm[] = [tornTail, eraseInLog, zeroedPages, randomPages];
const rounds: Record<Scale, number> = { bounded: 1, full: 5 };

export const damage: Scenario = {
  name: "damaged spool and outbox",
  absent: noInfluxd,
  async run(scale, say) {
    const results: Result[] = [];
    for (let round = 1; round <= rounds[scale]; round++) {
      for (const harm of harms) results.push(await ofSpool(harm, round, say));
      for (const harm of harms) results.push(await ofOutbox(harm, round, say));
    }
    return sum(results);
  },
};
