import { join } from "node:path";
import { openRegistry, type StoreConfig, startIngest } from "@kenh/ingest";
import { type AlarmRule, alarmRuleSchema, topicOf } from "@kenh/schemas";
import { openAccess } from "@kenh/schemas/node";
import { pino } from "pino";
import { Registry as Metrics } from "prom-client";
import { describe, expect, test } from "vitest";
import { until } from "../support/counterpart.ts";
import { temporaryFolder } from "../support/folder.ts";
import { noInfluxd, startInfluxd } from "../support/influxd.ts";
import { shippedCatalogue } from "../support/registry.ts";
import { noSharedData } from "../support/shared-data.ts";
import {
  type Change,
  countInInfluxd,
  countInSqlite,
  crossingsInInfluxd,
  crossingsInSqlite,
  delayedInSqlite,
  historyInInfluxd,
  historyInSqlite,
} from "./crossings.ts";
import { type Reading, recorded } from "./recorded.ts";
import { type Levels, mekongLevels, seattleLevels } from "./rules.ts";

const sekong = "82/29869/so-lieu/sekong";
const seattle = "82/29869/so-lieu/seattle";
const text = { vi: "Thử", en: "A test" };

/** A rule with these levels for one gauge. */
function ruleOf(device: string, id: string, fields: Record<string, unknown>): AlarmRule {
  return alarmRuleSchema.parse({
    ...{ id, kind: "high", measurement: "water", devices: [device], quantity: "water_level_m" },
    ...{ message: text, cause: text, consequence: text, action: text, owner: text },
    examples: [{ name: "none", samples: [{ ts: 0, values: {} }], transitions: [] }],
    ...fields,
  });
}
const levelsOf = ([mild, grave]: Levels["limits"]) => [
  { priority: 3, limit: mild },
  { priority: 1, limit: grave },
];

/** Runs readings through spool, store and alarms, until `done` says that all is told. */
async function through(
  store: StoreConfig,
  dataDir: string,
  rules: AlarmRule[],
  readings: readonly Reading[],
  done: () => Promise<boolean>,
): Promise<void> {
  const shipped = shippedCatalogue();
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  const catalogue = { ...shipped, rules: byId, rulesInForce: rules };
  const registry = openRegistry(join(dataDir, "registry.db"), catalogue);
  for (const identity of new Set(readings.map(({ device }) => device))) {
    registry.put({ identity, profile: "generic-water" });
  }
  const access = openAccess(join(dataDir, "access.db"));
  const ingest = await startIngest({
    config: {
      ...{ host: "127.0.0.1", httpPort: 0, mqttPort: 0, dataDir },
      ...{ store, retentionDays: 0, mqttDoor: undefined },
    },
    ...{ catalogue, access, registry, metrics: new Metrics() },
    log: pino({ level: "silent" }),
  });
  try {
    for (const [device, own] of Map.groupBy(readings, (reading) => reading.device)) {
      for (let at = 0; at < own.length; at += 500) {
        const samples = own.slice(at, at + 500).map(({ ts, quantity, value, flag }) => ({
          ts,
          values: { [quantity]: value },
          qc: { [quantity]: flag },
        }));
        await ingest.accept({
          topic: topicOf(device, "telemetry"),
          payload: Buffer.from(JSON.stringify(samples)),
        });
      }
    }
    await until(done, "every transition to be in the store", 120_000);
  } finally {
    await ingest.close();
    registry.close();
    access.close();
  }
}

const levelReadings = (title: RegExp): Reading[] =>
  recorded
    .filter((one) => title.test(one.title))
    .flatMap((one) => one.readings())
    .filter(({ quantity }) => quantity === "water_level_m");
const hour = 3_600_000;
const delayed = { limit: 10.7, onDelayMs: 2 * hour, offDelayMs: 3 * hour };
const count = (all: readonly Change[], event: string) =>
  all.filter(([, each]) => each === event).length;

describe.skipIf(noSharedData())("crossings of recorded series, through the whole chain", () => {
  test("are those that SQL finds in the store", async () => {
    using folder = temporaryFolder("series-alarms");
    const file = join(folder.path, "store.db");
    const cases = [
      ...mekongLevels().map((levels) => ({ device: sekong, levels })),
      ...seattleLevels().map((levels) => ({ device: seattle, levels })),
    ];
    const rules = cases.map(({ device, levels }) =>
      ruleOf(device, levels.id, { levels: levelsOf(levels.limits), hysteresis: levels.hysteresis }),
    );
    const { limit, ...delays } = delayed;
    const levels = [{ priority: 2, limit }];
    rules.push(ruleOf(sekong, "mekong.delayed", { levels, ...delays }));
    const expected = () => [
      ...cases.map(({ device, levels }) => {
        const [, , , name = ""] = device.split("/");
        return [levels.id, crossingsInSqlite(file, name, levels)] as const;
      }),
      ["mekong.delayed", delayedInSqlite(file, "sekong", delayed)] as const,
    ];
    const told = () => rules.map(({ id }) => [id, historyInSqlite(file, id)] as const);
    const readings = levelReadings(/Mekong|Seattle/);
    const total = (all: readonly (readonly [string, readonly Change[]])[]) =>
      all.reduce((sum, [, changes]) => sum + changes.length, 0);
    await through({ kind: "sqlite", file }, folder.path, rules, readings, async () => {
      return countInSqlite(file) === readings.length && total(told()) >= total(expected());
    });
    expect(told()).toEqual(expected());

    const by = new Map(expected());
    // The gauge passes the alarm stage of Stung Treng, and never its flood stage.
    expect(count(by.get("mekong.s014501") ?? [], "raise")).toBeGreaterThan(0);
    expect(count(by.get("mekong.s014501") ?? [], "escalate")).toBe(0);
    // A king tide that came close to the flood levels: no crossing of them, one a tide of 2.5 m.
    expect(by.get("noaa.nos")).toEqual([]);
    expect(count(by.get("noaa.tide") ?? [], "raise")).toBeGreaterThan(7);
    expect(count(by.get("noaa.tide") ?? [], "escalate")).toBeGreaterThan(0);
    expect((by.get("mekong.delayed") ?? []).length).toBeGreaterThan(0);
  });

  test("are those that InfluxQL finds in a real influxd", async (context) => {
    const reason = noInfluxd();
    if (reason) context.skip(reason);
    using folder = temporaryFolder("series-alarms");
    const influxd = await startInfluxd();
    try {
      const limits = [7.5, 8, 10.5, 10.7];
      const rules = limits.map((limit, at) =>
        ruleOf(sekong, `influx.l${at}`, { levels: [{ priority: 2, limit }] }),
      );
      const { url } = influxd;
      const store = { kind: "influxdb", version: 1, org: "", bucket: "kenh", url } as const;
      const expected = () =>
        Promise.all(limits.map((limit) => crossingsInInfluxd(influxd, "kenh", "sekong", limit)));
      const told = () => Promise.all(rules.map(({ id }) => historyInInfluxd(influxd, "kenh", id)));
      const readings = levelReadings(/Mekong/);
      await through({ ...store, token: undefined }, folder.path, rules, readings, async () => {
        if ((await countInInfluxd(influxd, "kenh")) < readings.length) return false;
        return (await told()).flat().length >= (await expected()).flat().length;
      });
      const [found, wanted] = [await told(), await expected()];
      expect(found).toEqual(wanted);
      for (const changes of wanted) expect(changes.length).toBeGreaterThan(0);
    } finally {
      await influxd.dispose();
    }
  });
});
