import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { configOf, type Ingest, loadCatalogue, openRegistry, startIngest } from "@kenh/ingest";
import { topicOf, type Value } from "@kenh/schemas";
import { openAccess } from "@kenh/schemas/node";
import { pino } from "pino";
import { Registry as Metrics } from "prom-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { configSchema } from "../../edge-agent/src/drivers/simulate/config.ts";
import { observe } from "../../edge-agent/src/drivers/simulate/simulate.ts";
import { dashboards } from "../../grafana-plugin/dashboards/ward.ts";
import { Book } from "../../ingest/src/sharing/book.ts";
import { writeContracts } from "../../ingest/src/sharing/contract.fixture.ts";
import { until } from "../support/counterpart.ts";
import { temporaryFolder } from "../support/folder.ts";
import { type Influxd, noInfluxd, startInfluxd } from "../support/influxd.ts";

const provisioned = fileURLToPath(
  new URL("../../grafana-plugin/provisioning/dashboards/ward/", import.meta.url),
);
const shippedData = fileURLToPath(new URL("../../schemas/", import.meta.url));
type Dashboard = typeof dashboards.overview;
type Panel = Extract<NonNullable<Dashboard["panels"]>[number], { targets?: unknown }>;
const all: readonly [string, Dashboard][] = Object.entries(dashboards);
const panelsOf = (dashboard: Dashboard) => (dashboard.panels ?? []) as Panel[];

describe("the provisioned dashboards", () => {
  test.each(all)(
    "%s is the file that Grafana reads (vitest --update writes it)",
    async (name, dashboard) => {
      await expect(`${JSON.stringify(dashboard, undefined, 2)}\n`).toMatchFileSnapshot(
        `${provisioned}${name}.json`,
      );
    },
  );

  test("have names of their own, and nobody may change them in place", () => {
    expect(new Set(all.map(([, { uid }]) => uid)).size).toBe(all.length);
    expect(new Set(all.map(([, { title }]) => title)).size).toBe(all.length);
    for (const [, { editable }] of all) expect(editable).toBe(false);
  });

  test.each(all)("%s: panels lie beside each other on the grid of 24 columns", (_, dashboard) => {
    const places = panelsOf(dashboard).map(({ gridPos }) => gridPos ?? { x: 0, y: 0, w: 0, h: 0 });
    for (const [at, { x, y, w, h }] of places.entries()) {
      expect(x + w).toBeLessThanOrEqual(24);
      for (const other of places.slice(at + 1)) {
        const apart =
          x + w <= other.x || other.x + other.w <= x || y + h <= other.y || other.y + other.h <= y;
        expect(apart).toBe(true);
      }
    }
  });

  test("fetch nothing from outside", () => {
    for (const [name] of all) {
      expect(readFileSync(`${provisioned}${name}.json`, "utf8")).not.toMatch(/https?:\/\//);
    }
  });

  test("say that there is no data where there is none, and never fill in a 0", () => {
    for (const [, dashboard] of all) {
      for (const { type, fieldConfig, targets } of panelsOf(dashboard)) {
        if (type === "kenh-alarms-panel") continue;
        expect(fieldConfig?.defaults.noValue).toBe("Chưa có dữ liệu");
        for (const { query } of targets ?? []) expect(query).not.toMatch(/fill\(0\)/);
      }
    }
  });
});

const minute = 60_000;
const hour = 60 * minute;
const unit = "82/29869";
const gauge = `${unit}/cau-cao-lanh/muc-nuoc-01`;
/** Devices of the example ward, and the model that simulates each. */
const simulated = {
  [gauge]: ["generic-water", "tide-gauge"],
  [`${unit}/ubnd/thoi-tiet-01`]: ["generic-environment", "weather"],
  [`${unit}/ioc/ups-01`]: ["generic-power", "ups"],
  [`${unit}/cau-cao-lanh/camera-01`]: ["generic-camera", "camera"],
} as const;
/** What the simulated ward has no instrument for. */
const besides = {
  [`${unit}/cau-cao-lanh/chat-luong-01`]: [
    "generic-water",
    { salinity_ppt: 0.4, water_temperature_c: 29.1 },
  ],
  [`${unit}/ioc/phong-01`]: ["generic-power", { room_temperature_c: 26.5 }],
  [`${unit}/ubnd/camera-02`]: ["generic-camera", { reachable: true, clock_offset_s: 0.4 }],
  [`${unit}/ioc/gw-01`]: [
    "edge-gateway",
    { backlog_messages: 3, outbox_used_pct: 0.1, clock_offset_s: 0.02 },
  ],
} as const;

const skip = noInfluxd();
describe.skipIf(skip)(`every query on a ward's data${skip ? ` (${skip})` : ""}`, () => {
  let influxd: Influxd;
  const folder = temporaryFolder("dashboards");
  const access = openAccess(join(folder.path, "access.db"));
  const catalogue = loadCatalogue(shippedData);
  const registry = openRegistry(join(folder.path, "registry.db"), catalogue);
  let ingest: Ingest;
  /** Three hours of minutes before this one are in the store. */
  const now = Math.floor(Date.now() / minute) * minute;
  const from = now - 3 * hour;
  let aheadMs = 0;

  async function send(identity: string, profile: string, samples: object[]) {
    registry.put({ identity, profile });
    for (let at = 0; at < samples.length; at += 100) {
      const payload = Buffer.from(JSON.stringify(samples.slice(at, at + 100)));
      await ingest.accept({ topic: topicOf(identity, "telemetry"), payload });
    }
  }

  beforeAll(async () => {
    writeContracts(
      folder.path,
      `
version: 1
agencies:
  - { agency: 82/29869/van-phong, label: { vi: "Văn phòng", en: "Office" } }
datasets:
  - id: moi-truong
    label: { vi: "Môi trường", en: "Environment" }
    agency: 82/29869/van-phong
    kind: periodic
    period: 5m
    lateness: 5m
    from: 2026-01-01
    openness: { level: shared }
    devices: { match: ["82/29869/*/*"] }
`,
    );
    // As if the station had counted since then: what came before it has begun is not judged.
    new Book(join(folder.path, "sharing.db"), { position: 0, at: from }, () => {}).close();
    influxd = await startInfluxd();
    await influxd.query("CREATE DATABASE kenh");
    const config = configOf({
      KENH_DATA: folder.path,
      KENH_HTTP_PORT: "0",
      KENH_STORE: "influxdb",
      KENH_INFLUX_URL: influxd.url,
      KENH_INFLUX_VERSION: "1",
      KENH_INFLUX_BUCKET: "kenh",
    });
    ingest = await startIngest({
      config,
      catalogue,
      roots: [shippedData, folder.path],
      access,
      registry,
      metrics: new Metrics(),
      log: pino({ level: "silent" }),
      now: () => Date.now() + aheadMs,
    });
    const instants = Array.from({ length: 180 }, (_, n) => from + n * minute);
    for (const [identity, [profile, model]] of Object.entries(simulated)) {
      const config = configSchema.parse({ model, intervalMs: minute });
      const samples = instants.map((ts) => ({ ts, ...seen(observe(config, ts, ts - from)) }));
      // A flood at the end of it: above level III for ten minutes.
      if (identity === gauge) {
        for (const sample of samples.slice(-11)) {
          Object.assign(sample.values, { water_level_m: 2.4 });
        }
      }
      await send(identity, profile, samples);
    }
    for (const [identity, [profile, values]] of Object.entries(besides)) {
      const last = instants.slice(-5).map((ts) => ({ ts, values }));
      await send(identity, profile, last);
    }
    const authorization = `Bearer ${access.addToken("operator", "*")}`;
    const alarm = await until(async () => {
      const answer = await fetch(`${ingest.http}/api/v1/alarms`, { headers: { authorization } });
      const list = (await answer.json()) as { alarms: { id: string; version: number }[] };
      return list.alarms[0];
    }, "an alarm");
    const answer = await fetch(`${ingest.http}/api/v1/alarms/${alarm.id}/comment`, {
      method: "POST",
      headers: { authorization, "content-type": "application/json" },
      body: JSON.stringify({ version: alarm.version, comment: "đã xem" }),
    });
    expect(answer.status).toBe(200);
    const written = (query: string) =>
      until(async () => (await influxd.query(query, "kenh")).results[0]?.series, query, 60_000);
    await written('SELECT last("stored") FROM "ledger"');
    // An hour of air is derived when no reading of it has come for a while.
    aheadMs = 5 * minute;
    await written(`SELECT last("stored") FROM "ledger" WHERE time >= ${now + 5 * minute}ms`);
    await written(`SELECT last("freshness") FROM "fleet" WHERE "device" = 'gw-01'`);
    await written(`SELECT last("live_pct") FROM "sharing" WHERE time >= ${now + 5 * minute}ms`);
    await written('SELECT last("vn_aqi_hour") FROM "environment"');
    await written(`SELECT last("event") FROM "alarms" WHERE "actor" != ''`);
  });
  afterAll(async () => {
    await ingest?.close();
    registry.close();
    access.close();
    await influxd?.dispose();
    folder[Symbol.dispose]();
  });

  const queries = all.flatMap(([name, dashboard]) =>
    panelsOf(dashboard).flatMap(({ title, targets }) =>
      (targets ?? []).flatMap(({ refId, query }) =>
        typeof query === "string" ? [[`${name} · ${title} ${refId}`, query] as const] : [],
      ),
    ),
  );

  test.each(queries)("%s has data", async (_, query) => {
    const asked = query
      .replaceAll("$timeFilter", `time >= ${from}ms AND time <= ${Date.now() + aheadMs}ms`)
      .replaceAll("$__interval", "1m")
      // biome-ignore lint/suspicious/noTemplateCurlyInString: as Grafana puts the choice of units in
      .replaceAll("${unit:regex}", "(29869)");
    expect(asked).not.toMatch(/\$[\w{]/);
    const [result] = (await influxd.query(asked, "kenh")).results;
    expect(result?.error).toBeUndefined();
    const values = result?.series?.flatMap((series) => series.values.map((row) => row.slice(1)));
    expect(values?.flat().some((value) => value !== null)).toBe(true);
  });

  test("the choice of units finds the unit", async () => {
    const [choice] = dashboards.overview.templating?.list ?? [];
    const [result] = (await influxd.query(String(choice?.query), "kenh")).results;
    expect(result?.series?.[0]?.values).toEqual([["unit", "29869"]]);
  });
});

function seen({ values, qc }: ReturnType<typeof observe>): {
  values: Record<string, Value>;
  qc?: Record<string, number>;
} {
  return { values: { ...values }, ...(qc && { qc }) };
}
