import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { agentConfigSchema, createAgent } from "@kenh/edge-agent";
import { pino } from "pino";
import { describe, expect, test } from "vitest";
import { makeRule } from "../../ingest/src/alarms/rule.fixture.ts";
import { until } from "../support/counterpart.ts";
import { temporaryFolder } from "../support/folder.ts";
import { type Influxd, noInfluxd, startInfluxd } from "../support/influxd.ts";
import { shippedCatalogue } from "../support/registry.ts";
import { noSharedData, sharedData } from "../support/shared-data.ts";
import { kenh, type RunningStation, startStation } from "../support/station.ts";
import { crossingsInInfluxd, historyInInfluxd } from "./crossings.ts";

const site = "82/29869/so-lieu";
const [pakse, hanoi, sekong] = [`${site}/pakse`, `${site}/ha-noi`, `${site}/sekong`];
const gateway = `${site}/gateway`;
const hour = 3_600_000;
const database = "kenh";
const frozenHours = 12;
const jump = 0.3;

const rules = [
  ...[11, 12].map((limit) =>
    makeRule({
      ...{ id: `pakse.l${limit}`, kind: "high", devices: [pakse] },
      levels: [{ priority: 2, limit }],
    }),
  ),
  makeRule({
    ...{ id: "hanoi.frozen", kind: "frozen", measurement: "environment", quantity: "pm25_aqi" },
    ...{ epsilon: 0, forMs: frozenHours * hour, priority: 3, devices: [hanoi] },
  }),
  makeRule({
    ...{ id: "sekong.jump", kind: "jump", windowMs: hour / 4, devices: [sekong] },
    levels: [{ priority: 3, limit: jump }],
  }),
];

/** The ward's rules: these, and none of the product's. */
function writeRules(dataDir: string): void {
  mkdirSync(join(dataDir, "rules"), { recursive: true });
  const others = [...shippedCatalogue().rules.keys()];
  const changes = others.map((rule) => ({ rule, set: { enabled: false } }));
  writeFileSync(join(dataDir, "rules", "series.yaml"), JSON.stringify({ version: 1, rules }));
  writeFileSync(join(dataDir, "rules", "others.yaml"), JSON.stringify({ version: 1, changes }));
}

/** The series of Sekong with spikes of one reading; gives where they are that have a reading just before them. */
function plant(file: string): number[] {
  const source = "timeseries/mekong_3s_sekong_014500_15min_2024.csv";
  const [header = "", ...rows] = readFileSync(sharedData(source), "utf8").trim().split(/\r?\n/);
  const planted: number[] = [];
  for (let n = 0; n < 40; n++) {
    const at = 500 + n * 537;
    const [time = "", value] = (rows[at] ?? "").split(",");
    const before = (rows[at - 1] ?? "").split(",")[0] ?? "";
    const spike = Number(value) + (n % 2 === 0 ? 1 : -1) * (0.4 + n / 20);
    rows[at] = `${time},${spike.toFixed(3)}`;
    if (Date.parse(time) - Date.parse(before) === hour / 4) planted.push(Date.parse(time));
  }
  writeFileSync(file, [header, ...rows, ""].join("\n"));
  return planted;
}

/** Plays the three files through an edge agent, until every reading is booked. */
async function replay(station: RunningStation, folder: string, spiked: string): Promise<void> {
  const devices = [pakse, hanoi, sekong];
  for (const device of devices) {
    await station.addDevice(device, device === hanoi ? "generic-environment" : "generic-water");
  }
  const made = await kenh(
    ...["device", "add", gateway, "--profile", "edge-gateway", "--for", ...devices],
    ...["--data", station.dataDir, "--json"],
  );
  const { password } = JSON.parse(made.stdout) as { password: string };
  const gauge = {
    time: { column: "timestamp_as_published", format: "yyyy-MM-dd'T'HH:mm'Z'", zone: "UTC" },
    columns: { water_level_m: "water_level_m" },
  };
  const files = [
    { file: sharedData("timeseries/mekong_pakse_013901_manual_2018_2020.csv"), ...gauge },
    {
      file: sharedData("timeseries/hanoi_embassy_pm25_hourly_2016.csv"),
      time: { column: "date_as_published", zone: "in-timestamp" },
      columns: { aqi: "pm25_aqi" },
      quality: [{ column: "qc", flags: { Valid: 1, Missing: 9, Invalid: 4 } }],
    },
    { file: spiked, ...gauge },
  ];
  const common = {
    ...{ version: 1, name: "gw-chain", identity: gateway, health: false, dataDir: folder },
    publish: { backlogPerSecond: 100_000 },
  };
  // First into the outbox, then out of it: what an agent has before it is connected goes in its order.
  const away = agentConfigSchema.parse({
    ...{ ...common, broker: { url: "mqtt://127.0.0.1:1", password } },
    drivers: files.map((file, n) => ({
      ...{ kind: "replay", device: devices[n], config: { ...file, speed: "max" } },
    })),
  });
  await runAgent(away, "every file to be read", ({ drivers }) =>
    Object.values(drivers).every(({ state }) => state === "finished"),
  );
  const connected = { ...common, broker: { url: station.mqtt, password }, drivers: [] };
  await runAgent(
    agentConfigSchema.parse(connected),
    "every reading to be booked",
    async (report) => {
      if (report.outbox.messages > 0) return false;
      const { total } = await station.ledger();
      return total.received > 0 && total.pending === 0;
    },
  );
}

type Report = ReturnType<ReturnType<typeof createAgent>["report"]>;

async function runAgent(
  config: Parameters<typeof createAgent>[0],
  what: string,
  isDone: (report: Report) => boolean | Promise<boolean>,
): Promise<void> {
  const agent = createAgent(config, { log: pino({ level: "silent" }) });
  await agent.start();
  try {
    await until(() => isDone(agent.report()), what, 120_000);
  } finally {
    await agent.stop();
  }
}

async function ask(influxd: Influxd, influxql: string): Promise<(string | number)[][]> {
  const { results } = await influxd.query(influxql, database);
  const [answer] = results;
  if (answer?.error) throw new Error(answer.error);
  return (answer?.series?.[0]?.values ?? []) as (string | number)[][];
}

/** Days in Vietnam on which a reading stood at a limit or above it. */
async function daysOver(influxd: Influxd, limit: number): Promise<number> {
  const daily = `SELECT max(water_level_m) AS top FROM water WHERE device = 'pakse' AND time >= '2017-12-01T00:00:00Z' AND time < '2021-02-01T00:00:00Z' GROUP BY time(1d, -7h) fill(none)`;
  const [row] = await ask(influxd, `SELECT count(top) FROM (${daily}) WHERE top >= ${limit}`);
  return Number(row?.[1]);
}

/** Days in Vietnam with a reading while an alarm of the rule stood, by its history in the store. */
async function daysOfAlarm(influxd: Influxd, rule: string): Promise<number> {
  const history = await historyInInfluxd(influxd, database, rule);
  const readings = await ask(influxd, "SELECT water_level_m FROM water WHERE device = 'pakse'");
  const days = new Set<number>();
  for (const [ts] of readings) {
    const last = history.findLast(([at]) => at <= Number(ts));
    if (last?.[1] === "raise") days.add(Math.floor((Number(ts) + 7 * hour) / (24 * hour)));
  }
  return days.size;
}

const reason = noSharedData() ?? noInfluxd();

describe.skipIf(reason)("recorded series, from an agent's replay to the alarms in influxd", () => {
  test("are told as InfluxQL finds them in the readings", async () => {
    using folder = temporaryFolder("series-chain");
    using data = temporaryFolder("series-chain-station");
    writeRules(data.path);
    const spiked = join(folder.path, "spiked.csv");
    const planted = plant(spiked);
    expect(planted.length).toBeGreaterThan(38);
    const influxd = await startInfluxd();
    const store = {
      KENH_STORE: "influxdb",
      KENH_INFLUX_VERSION: "1",
      KENH_INFLUX_BUCKET: database,
    };
    const env = { ...store, KENH_INFLUX_URL: influxd.url, KENH_LOG: "warn" };
    const station = await startStation({ env, folder: data });
    try {
      await replay(station, folder.path, spiked);
      // The spikes come last: each is raised and ended.
      await until(
        async () => {
          const told = await historyInInfluxd(influxd, database, "sekong.jump");
          return told.length >= 2 * planted.length;
        },
        "every transition to be in the store",
        60_000,
      );

      for (const [limit, days] of [
        [11, 58],
        [12, 28],
      ] as const) {
        const told = await historyInInfluxd(influxd, database, `pakse.l${limit}`);
        expect(told).toEqual(await crossingsInInfluxd(influxd, database, "pakse", limit));
        expect(await daysOver(influxd, limit)).toBe(days);
        expect(await daysOfAlarm(influxd, `pakse.l${limit}`)).toBe(days);
      }

      // Hours without a change, by InfluxQL: they end with the change that their row stands at. Those
      // with a reading in every one of them are no gap.
      const changes = `SELECT difference(pm25_aqi) AS turn FROM environment WHERE device = 'ha-noi'`;
      const spans = `SELECT elapsed(turn, 1h) AS span FROM (${changes}) WHERE turn <> 0`;
      const still: number[][] = [];
      for (const [at, span] of await ask(
        influxd,
        `SELECT span FROM (${spans}) WHERE span > ${frozenHours}`,
      )) {
        const [end, hours] = [Number(at), Number(span)];
        const [same] = await ask(
          influxd,
          `SELECT count(pm25_aqi), min(pm25_aqi), max(pm25_aqi) FROM environment WHERE device = 'ha-noi' AND time >= ${end - hours * hour}ms AND time < ${end}ms`,
        );
        const [, count, least, most] = (same ?? []).map(Number);
        if (count === hours) still.push([end, hours, least as number, most as number]);
      }
      expect(still).toEqual([[Date.parse("2016-03-07T16:00:00Z"), 92, 153, 153]]);
      const [end = 0, hours = 0] = still[0] ?? [];
      const begin = end - hours * hour;
      expect(await historyInInfluxd(influxd, database, "hanoi.frozen")).toEqual([
        [begin + frozenHours * hour, "raise"],
        [end, "clear"],
      ]);

      // Of each spike InfluxQL finds the way up and the way back; of the river's own rises none.
      const steps = `SELECT difference(water_level_m) AS step FROM water WHERE device = 'sekong'`;
      const leaps = await ask(
        influxd,
        `SELECT step FROM (${steps}) WHERE step >= ${jump} OR step <= -${jump}`,
      );
      const jumps = await historyInInfluxd(influxd, database, "sekong.jump");
      const raised = jumps.filter(([, event]) => event === "raise").map(([at]) => at);
      expect(raised).toEqual(planted);
      const found = new Set(leaps.map(([at]) => Number(at)));
      expect(raised.filter((at) => !found.has(at))).toEqual([]);
      expect(jumps.filter(([, event]) => event === "clear")).toHaveLength(planted.length);
    } finally {
      await station[Symbol.asyncDispose]();
      await influxd.dispose();
    }
  });
});
