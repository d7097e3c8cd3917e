import { join } from "node:path";
import { agentConfigSchema, createAgent } from "@kenh/edge-agent";
import { pino } from "pino";
import { describe, expect, test } from "vitest";
import { until } from "../support/counterpart.ts";
import { temporaryFolder } from "../support/folder.ts";
import { noInfluxd, startInfluxd } from "../support/influxd.ts";
import { noSharedData } from "../support/shared-data.ts";
import { kenh, type RunningStation, startStation } from "../support/station.ts";
import { noVictoriaMetrics, startVictoriaMetrics } from "../support/victoria-metrics.ts";
import { readInfluxd, readSqlite, readVictoriaMetrics } from "./read-back.ts";
import { expectedOf, recorded, type Stored } from "./recorded.ts";

/** A store behind a station: what the station is told of it, and how all of it is read. */
interface Target {
  readonly env: NodeJS.ProcessEnv;
  read(dataDir: string): Promise<Stored> | Stored;
  dispose(): Promise<void>;
}

const targets: Record<string, [skip: string | undefined, make: () => Promise<Target>]> = {
  "InfluxDB 1.x": [
    noInfluxd(),
    async () => {
      const influxd = await startInfluxd();
      return {
        env: {
          KENH_STORE: "influxdb",
          KENH_INFLUX_URL: influxd.url,
          KENH_INFLUX_VERSION: "1",
          KENH_INFLUX_BUCKET: "kenh",
        },
        read: () => readInfluxd(influxd, "kenh"),
        dispose: () => influxd.dispose(),
      };
    },
  ],
  SQLite: [
    undefined,
    async () => ({
      env: { KENH_STORE: "sqlite" },
      read: (dataDir) => readSqlite(join(dataDir, "store.db")),
      dispose: async () => {},
    }),
  ],
  VictoriaMetrics: [
    noVictoriaMetrics(),
    async () => {
      const victoria = await startVictoriaMetrics();
      return {
        env: { KENH_STORE: "victoriametrics", KENH_INFLUX_URL: victoria.url },
        read: () => readVictoriaMetrics(victoria.url),
        dispose: () => victoria.dispose(),
      };
    },
  ],
};

const readings = noSharedData() ? [] : recorded.flatMap((one) => one.readings());
const devices = recorded.flatMap((one) => one.devices);
const gateway = "82/29869/so-lieu/gateway";

/** Plays every file through an edge agent, and resolves when the books have settled. */
async function replayAll(station: RunningStation, dataDir: string): Promise<void> {
  for (const { profile, devices } of recorded) {
    for (const device of devices) await station.addDevice(device, profile);
  }
  const made = await kenh(
    ...["device", "add", gateway, "--profile", "edge-gateway", "--for", ...devices],
    ...["--data", station.dataDir, "--json"],
  );
  const { password } = JSON.parse(made.stdout) as { password: string };
  const config = agentConfigSchema.parse({
    version: 1,
    name: "gw-series",
    identity: gateway,
    broker: { url: station.mqtt, password },
    dataDir,
    publish: { backlogPerSecond: 100_000 },
    // The books are to hold the recorded readings and nothing else.
    health: false,
    drivers: recorded.map(({ devices, replay }) => ({
      kind: "replay",
      device: devices[0],
      config: { ...replay, speed: "max" },
    })),
  });
  const agent = createAgent(config, { log: pino({ level: "silent" }) });
  await agent.start();
  try {
    await until(
      async () => {
        const { drivers, outbox } = agent.report();
        const ended = Object.values(drivers).every(({ state }) => state === "finished");
        if (!ended || outbox.messages > 0) return false;
        const { total } = await station.ledger();
        return total.received === readings.length && total.pending === 0;
      },
      "every reading to be booked",
      120_000,
    );
    for (const driver of Object.values(agent.report().drivers)) {
      expect(driver).toMatchObject({ unreadable: 0, invalid: 0 });
    }
  } finally {
    await agent.stop();
  }
}

describe.skipIf(noSharedData())(
  "recorded series, replayed through agent, broker and ingest",
  () => {
    const { stored, counts, contradictions } = expectedOf(readings);

    test("the files hold what is known of them", () => {
      expect(readings.filter(({ device }) => device.endsWith("/sekong")).length).toBe(22_068);
      expect(readings.filter(({ device }) => device.endsWith("/seattle")).length).toBe(2 * 1_680);
      expect(readings.filter(({ device }) => device.endsWith("/ha-noi")).length).toBe(8_784);
      expect(readings.filter(({ quantity }) => quantity === "co_aqi").length).toBe(2 * 592);
      expect(
        readings.every(({ ts, value }) => Number.isSafeInteger(ts) && !Number.isNaN(value)),
      ).toBe(true);
      // 13 instants of Nha Trang's file and one of Hà Nội's.
      const instants = new Set(contradictions.map(({ device, ts }) => `${device} ${ts}`));
      expect(instants.size).toBe(14);
    });

    test.for(Object.entries(targets))(
      "come back from %s value by value",
      async ([, [skip, make]], context) => {
        if (skip) context.skip(skip);
        using folder = temporaryFolder("series");
        const target = await make();
        const station = await startStation({ env: target.env });
        try {
          await replayAll(station, folder.path);

          const report = await station.ledger();
          for (const device of devices) {
            const [epoch, ...more] = report.epochs.filter((one) => one.device === device);
            expect(more, device).toEqual([]);
            expect(epoch, device).toMatchObject({ ...counts.get(device), pending: 0, missing: [] });
          }

          type Quarantine = {
            total: number;
            items: { reason: string; detail: string; device: string; payload: string }[];
          };
          const { items, total } = await station.get<Quarantine>("/api/v1/quarantine?limit=200");
          expect(total).toBe(items.length);
          expect([...new Set(items.map(({ reason }) => reason))]).toEqual(["store-rejected"]);
          const kept = items.flatMap(({ device, payload }) =>
            (JSON.parse(payload) as { ts: number; values: Record<string, number> }[]).flatMap(
              ({ ts, values }) =>
                Object.entries(values).map(([quantity, value]) => ({
                  device,
                  quantity,
                  ts,
                  value,
                })),
            ),
          );
          expect(sorted(kept)).toEqual(
            sorted(contradictions.map(({ flag: _flag, ...one }) => one)),
          );
          for (const { detail } of items) expect(detail).toMatch(/is stored for this instant as/);

          await station.stop();
          const found = await target.read(station.dataDir);
          expect([...found.keys()].toSorted()).toEqual([...stored.keys()].toSorted());
          for (const [device, quantities] of stored) {
            for (const [quantity, instants] of quantities) {
              const read = found.get(device)?.get(quantity) ?? new Map();
              expect(byTime(read), `${device} ${quantity}`).toEqual(byTime(instants));
            }
            expect([...(found.get(device)?.keys() ?? [])].toSorted()).toEqual(
              [...quantities.keys()].toSorted(),
            );
          }
        } finally {
          await station[Symbol.asyncDispose]();
          await target.dispose();
        }
      },
    );
  },
);

function byTime(instants: ReadonlyMap<number, unknown>): [number, unknown][] {
  return [...instants].sort(([a], [b]) => a - b);
}

function sorted(all: readonly object[]): string[] {
  return all.map((one) => JSON.stringify(one)).toSorted();
}
