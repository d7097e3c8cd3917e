import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import type { Identity, LedgerReport } from "@kenh/schemas";
import { seededRandom } from "../../edge-agent/src/drivers/simulate/random.ts";
import { observe } from "../../edge-agent/src/drivers/simulate/simulate.ts";
import { until } from "../support/counterpart.ts";
import { type Fault, startFaultProxy } from "../support/fault-proxy.ts";
import { absentPymodbus, startModbusTcp } from "../support/pymodbus.ts";
import { type AgentProcess, briskly, outboxSamples, prepareAgent } from "./agent.ts";
import { makeRig, place } from "./rig.ts";
import type { Result, Scale, Scenario } from "./scenario.ts";
import type { Readings } from "./sender.ts";
import { compare } from "./stored.ts";

/** How much of a day is lived, and how fast: a reading a minute of every device. */
const pace: Record<Scale, { readonly minutes: number; readonly minuteMs: number }> = {
  bounded: { minutes: 240, minuteMs: 100 },
  full: { minutes: 24 * 60, minuteMs: 300 },
};
/** Minutes of the day from one fault to the next, and that it lasts, each drawn from 0 to twice this. */
const rhythm = {
  link: { everyMin: 20, lastsMin: 4 },
  bus: { everyMin: 30, lastsMin: 3 },
  power: { everyMin: 90, lastsMin: 10 },
} as const;
/** The heap settles in the first tenth of the day. */
const warmUp = 0.1;
/** Pages that the heap takes and gives back; what leaks grows by more in a day. */
const flatMiB = 12;
const seed = 20_261_122;

const gaugesOf = (agent: string, count: number, intervalMs: number) =>
  Array.from({ length: count }, (_, at) => ({
    device: `${place}/${agent}-${at + 1}`,
    config: { model: "tide-gauge" as const, seed: at + 1, intervalMs, incidents: [] },
  }));
const quantities = ["water_level_m", "battery_v"];
/** Under the options that the unit gives the packaged agent. */
const env = { NODE_OPTIONS: "--max-old-space-size=96 --max-semi-space-size=1" };

/**
 * Two agents live a day in accelerated time behind a link that flaps: one reads gauges and a Modbus bus
 * with faults, and is never restarted, so that its memory can be watched; the other loses its power.
 */
async function live(scale: Scale, say: (line: string) => void): Promise<Result> {
  const { minutes, minuteMs } = pace[scale];
  const random = seededRandom(seed);
  await using rig = await makeRig({ store: "sqlite" });
  const { station } = rig;
  await station.start();
  const link = await startFaultProxy(station.mqttPort);
  const image = { 1: { holding: { 0: [193] } } };
  let modbus = await startModbusTcp(rig.folder, image);
  const bus = await startFaultProxy(modbus.port);

  const steady = gaugesOf("deu", 8, minuteMs);
  const cut = gaugesOf("mat-dien", 4, minuteMs);
  const onBus = `${place}/bus-01`;
  const fast = {
    batch: { maxSamples: 1 },
    publish: { ...briskly, pubackTimeoutMs: 2000, connectTimeoutMs: 2000 },
  };
  async function agentOf(
    name: string,
    drivers: readonly { kind: string; device: Identity; config: object }[],
  ) {
    const identity = `${place}/gw-${name}`;
    const account = await station.admit(
      identity,
      drivers.map(({ device }) => device),
    );
    return prepareAgent({
      folder: join(rig.folder, name),
      identity,
      account,
      url: `mqtt://127.0.0.1:${link.port}`,
      config: { ...fast, drivers },
      env,
    });
  }
  const simulated = (gauges: typeof steady) =>
    gauges.map((gauge) => ({ kind: "simulate", ...gauge }));
  const point = { quantity: "water_level_m", function: 3, address: 0, type: "u16", scale: 0.01 };
  await using living = await agentOf("deu", [
    ...simulated(steady),
    {
      kind: "modbus",
      device: onBus,
      config: {
        bus: { kind: "tcp", host: "127.0.0.1", port: bus.port },
        ...{ intervalMs: minuteMs, timeoutMs: 300, silentBaseMs: 200, silentMaxMs: 1000 },
        slaves: [{ unitId: 1, points: [point] }],
      },
    },
  ]);
  await using dying = await agentOf("mat-dien", simulated(cut));
  living.start();
  dying.start();

  const faults = { link: 0, bus: 0, power: 0 };
  const promised = new Map<Identity, Readings>(cut.map(({ device }) => [device, new Map()]));
  const begun = performance.now();
  const minute = (): number => (performance.now() - begun) / minuteMs;
  const over = (): boolean => minute() >= minutes;
  const draw = (mean: number): number => random() * 2 * mean * minuteMs;
  async function again(kind: keyof typeof rhythm, fault: (lastsMs: number) => Promise<void>) {
    for (;;) {
      await pause(draw(rhythm[kind].everyMin));
      if (over()) return;
      faults[kind] += 1;
      await fault(draw(rhythm[kind].lastsMin));
    }
  }
  const drawn = (kinds: readonly Fault[]): Fault =>
    kinds[Math.floor(random() * kinds.length)] as Fault;
  const memory: { at: number; bytes: number }[] = [];
  async function watchMemory(): Promise<void> {
    while (!over()) {
      memory.push({ at: minute() / minutes, bytes: residentOf(living.pid) });
      await pause(250);
    }
  }
  await Promise.all([
    again("link", async (lastsMs) => {
      link.inject(drawn([{ kind: "black-hole" }, { kind: "cut" }, { kind: "none" }]));
      await pause(lastsMs);
      link.inject({ kind: "none" });
    }),
    again("bus", async (lastsMs) => {
      const kind = drawn([{ kind: "black-hole" }, { kind: "cut" }, { kind: "none" }]);
      if (kind.kind === "none") await modbus.stop("SIGKILL");
      else bus.inject(kind);
      await pause(lastsMs);
      if (kind.kind === "none") modbus = await startModbusTcp(rig.folder, image, modbus.port);
      bus.inject({ kind: "none" });
    }),
    again("power", async (lastsMs) => {
      await dying.kill();
      promise(dying, promised);
      await pause(lastsMs);
      dying.start();
    }),
    watchMemory(),
  ]);
  link.inject({ kind: "none" });
  await dying.kill();
  promise(dying, promised);

  for (const agent of [living, dying]) {
    await agent.stop();
    agent.configure({ drivers: [] });
    agent.start();
    await until(
      () => {
        assert.ok(agent.running, `the agent ended: ${agent.log().slice(-1500)}`);
        return agent.waiting() === 0;
      },
      "the outbox to be empty",
      120_000,
    );
    await agent.stop();
  }
  const report = await rig.settle(180_000);
  const result = await rig.count(faults.link + faults.bus + faults.power);
  const books = [...result.books];
  let { accepted, missing, doubled, invented } = result;

  // An agent that was never cut knows the number of its messages, and the books must know the same.
  const numbers = numbersOf(living);
  for (const [device, perMessage] of [
    ...steady.map(({ device }) => [device, quantities.length] as const),
    [onBus, 1] as const,
  ]) {
    const made = (numbers.get(device) ?? 0) * perMessage;
    const { stored, quarantined } = bookedOf(report, device);
    accepted += made;
    if (made === 0 || stored + quarantined !== made)
      books.push(`${device}: ${made} readings made, ${stored} stored, ${quarantined} set aside`);
  }
  for (const { device, config } of [...steady, ...cut]) {
    const stored = await rig.stored(device, quantities);
    const possible = new Map(
      [...stored.readings.keys()].map((ts) => [
        ts,
        observe(config, ts, 0).values as Record<string, number>,
      ]),
    );
    const found = compare(promised.get(device) ?? new Map(), stored, possible);
    if (promised.has(device)) accepted += stored.readings.size * quantities.length;
    missing += found.missing;
    doubled += stored.doubled;
    invented += found.invented;
    for (const ts of stored.readings.keys()) if (ts % minuteMs !== 0) invented += 1;
  }
  const fromBus = await rig.stored(onBus, ["water_level_m"]);
  for (const { water_level_m } of fromBus.readings.values())
    if (water_level_m !== 1.93) invented += 1;
  assert.ok(fromBus.readings.size > 0, "the bus was read");

  const settled = memory.filter(({ at }) => at > warmUp);
  const quarter = settled.slice(0, Math.ceil(settled.length / 4)).map(({ bytes }) => bytes);
  const last = settled.slice(-quarter.length).map(({ bytes }) => bytes);
  const [before, after] = [median(quarter), median(last)];
  say(
    `${minutes / 60} h lived at ${minuteMs} ms a minute: link ${faults.link}, bus ${faults.bus}, power ${faults.power}; ` +
      `memory ${mib(before)} MiB in the first quarter and ${mib(after)} MiB in the last, at most ${mib(Math.max(...memory.map(({ bytes }) => bytes)))} MiB`,
  );
  // The bounded day is over before a heap has settled on a slow machine.
  assert.ok(
    scale === "bounded" || after - before < flatMiB * 2 ** 20,
    `memory is flat: ${mib(before)} MiB, then ${mib(after)} MiB`,
  );
  await Promise.all([link.close(), bus.close(), modbus.stop()]);
  return { ...result, accepted, missing, doubled, invented, books };
}

function bookedOf({ epochs }: LedgerReport, device: Identity) {
  const own = epochs.filter((epoch) => epoch.device === device);
  return {
    stored: own.reduce((all, { stored }) => all + stored, 0),
    quarantined: own.reduce((all, { quarantined }) => all + quarantined, 0),
  };
}

/** The last number of each device in the outbox of an agent that does not run. */
function numbersOf({ outboxFile }: AgentProcess): ReadonlyMap<string, number> {
  const db = new DatabaseSync(outboxFile, { readOnly: true });
  try {
    const rows = db.prepare("SELECT identity, seq FROM device").all();
    return new Map(rows.map(({ identity, seq }) => [String(identity), Number(seq)]));
  } finally {
    db.close();
  }
}

/** Notes what a dead agent holds on disk. */
function promise(agent: AgentProcess, promised: ReadonlyMap<Identity, Readings>): void {
  for (const { device, sample } of outboxSamples(agent.outboxFile))
    promised.get(device)?.set(sample.ts, sample.values as Record<string, number>);
}

function residentOf(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);

export const edgeDay: Scenario = {
  name: "a day at the edge: flapping link, bus faults, power cuts",
  absent: absentPymodbus,
  run: live,
};
