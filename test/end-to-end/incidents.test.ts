import { join } from "node:path";
import { openRegistry, startIngest } from "@kenh/ingest";
import { type Alarm, topicOf } from "@kenh/schemas";
import { openAccess } from "@kenh/schemas/node";
import { pino } from "pino";
import { Registry as Metrics } from "prom-client";
import { describe, expect, test } from "vitest";
import { configSchema, type Incident } from "../../edge-agent/src/drivers/simulate/config.ts";
import { observe } from "../../edge-agent/src/drivers/simulate/simulate.ts";
import { until } from "../support/counterpart.ts";
import { temporaryFolder } from "../support/folder.ts";
import { shippedCatalogue } from "../support/registry.ts";

const minute = 60_000;
const hour = 60 * minute;
const intervalMs = 10_000;
/** 07:00 in Cao Lãnh. */
const start = Date.parse("2026-11-02T00:00:00Z");

/** What befalls the simulated ward within four hours. */
const incidents: Record<string, [model: string, profile: string, Incident[]]> = {
  "82/29869/cau-cao-lanh/muc-nuoc-01": [
    "tide-gauge",
    "generic-water",
    [
      {
        kind: "flood-tide",
        ...{ afterMs: 70 * minute, durationMs: 150 * minute },
        ...{ peakM: 2.68, riseMs: 60 * minute },
      },
    ],
  ],
  "82/29869/ubnd/thoi-tiet-01": [
    "weather",
    "generic-environment",
    [
      { kind: "smoke", afterMs: 0, durationMs: 4 * hour, pm25Ugm3: 180 },
      { kind: "downpour", afterMs: 180 * minute, durationMs: 40 * minute, rateMmH: 70 },
    ],
  ],
  "82/29869/ioc/ups-01": [
    "ups",
    "generic-power",
    [
      {
        kind: "power-cut",
        ...{ afterMs: 10 * minute, durationMs: 20 * minute, generatorStarts: true },
      },
      {
        kind: "power-cut",
        ...{ afterMs: 60 * minute, durationMs: 28 * minute, generatorStarts: false },
      },
    ],
  ],
  "82/29869/cau-cao-lanh/camera-01": [
    "camera",
    "generic-camera",
    [
      { kind: "camera-down", afterMs: 20 * minute, durationMs: 10 * minute },
      { kind: "camera-covered", afterMs: 60 * minute, durationMs: 20 * minute },
    ],
  ],
};

describe("what is scripted in the simulated ward", () => {
  test("raises the shipped rules that are meant for it, and no other", async () => {
    using folder = temporaryFolder("incidents");
    const catalogue = shippedCatalogue();
    const registry = openRegistry(join(folder.path, "registry.db"), catalogue);
    const access = openAccess(join(folder.path, "access.db"));
    const metrics = new Metrics();
    let clock = start;
    const ingest = await startIngest({
      config: {
        ...{ host: "127.0.0.1", httpPort: 0, mqttPort: 0, dataDir: folder.path },
        store: { kind: "sqlite", file: join(folder.path, "store.db") },
        ...{ retentionDays: 0, mqttDoor: undefined },
      },
      ...{ catalogue, access, registry, metrics },
      log: pino({ level: "silent" }),
      now: () => clock,
    });
    const token = access.addToken("reader", "*");
    const alarms = async (): Promise<Alarm[]> => {
      const headers = { authorization: `Bearer ${token}` };
      const answer = await fetch(`${ingest.http}/api/v1/alarms`, { headers });
      return ((await answer.json()) as { alarms: Alarm[] }).alarms;
    };
    // Four hours pass in seconds: by this clock the store is slow, which is no incident of the ward.
    const raised = async () =>
      [...new Set((await alarms()).map(({ rule }) => rule))]
        .filter((rule) => rule !== "platform.lag")
        .sort();
    try {
      const devices = Object.entries(incidents).map(
        ([identity, [model, profile, script]], seed) => {
          registry.put({ identity, profile, intervalMs });
          return {
            topic: topicOf(identity, "telemetry"),
            config: configSchema.parse({ model, seed, intervalMs, incidents: script }),
          };
        },
      );
      // A minute of readings at a time, each device's in one message, as an agent's outbox sends them.
      for (let at = 0; at < 4 * hour; at += minute) {
        clock = start + at + minute;
        const messages = devices.map(({ topic, config }) => {
          const samples = Array.from({ length: minute / intervalMs }, (_, step) => {
            const since = at + step * intervalMs;
            const { values, qc } = observe(config, start + since, since);
            return { ts: start + since, values, ...(qc && { qc }) };
          });
          return { topic, payload: Buffer.from(JSON.stringify(samples)) };
        });
        await Promise.all(messages.map((message) => ingest.accept(message)));
      }
      clock += 5 * minute;
      const expected = [
        "air.aqi",
        ...["cam.black", "cam.covered", "cam.offline", "cam.tamper"],
        ...["power.gen_no_start", "power.gen_running", "power.lowbatt", "power.on_battery"],
        ...["power.freq", "power.runtime", "power.volt"],
        ...["rain.intense", "wind.gust", "water.near"],
        ...["water.forecast", "water.forecast.bd2", "water.forecast.bd3"],
        ...["water.bd1", "water.bd2", "water.bd3", "water.bd3plus"],
      ];
      // What is derived is held back for a moment as any reading is: the time has to go on for it.
      const aired = async () => {
        clock += 20;
        return (await raised()).includes("air.aqi");
      };
      await until(aired, "the air of the hours", 60_000);
      expect(await raised()).toEqual(expected.toSorted());
      // What another alarm says already is nobody's task, however long it lasts.
      const all = await alarms();
      const told = all.filter(({ history }) =>
        history.some(({ state }) => state === "unacknowledged"),
      );
      const rulesTold = told.map(({ rule }) => rule);
      expect(rulesTold).not.toContain("power.volt");
      expect(rulesTold).not.toContain("power.freq");
      // A UPS of half an hour never has more: the shipped limit stands, and a ward changes it.
      const lasting = all.filter(({ active, rule }) => active && rule.startsWith("power."));
      expect(lasting.map(({ rule }) => rule)).toEqual(["power.runtime"]);
    } finally {
      await ingest.close();
      registry.close();
      access.close();
    }
  });
});
