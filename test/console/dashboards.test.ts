import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Dashboard, Panel } from "@grafana/schema";
import { topicOf, type Value } from "@kenh/schemas";
import mqtt from "mqtt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { configSchema } from "../../edge-agent/src/drivers/simulate/config.ts";
import { observe } from "../../edge-agent/src/drivers/simulate/simulate.ts";
import { dashboards } from "../../grafana-plugin/dashboards/ward.ts";
import { until } from "../support/counterpart.ts";
import { type Influxd, noInfluxd, startInfluxd } from "../support/influxd.ts";
import { type RunningStation, startStation } from "../support/station.ts";

const folder = fileURLToPath(
  new URL("../../grafana-plugin/provisioning/dashboards/ward/", import.meta.url),
);
const all: readonly [string, Dashboard][] = Object.entries(dashboards);
const panelsOf = (dashboard: Dashboard) => (dashboard.panels ?? []) as Panel[];

describe("the provisioned dashboards", () => {
  test.each(all)(
    "%s is the file that Grafana reads (vitest --update writes it)",
    async (name, dashboard) => {
      await expect(`${JSON.stringify(dashboard, undefined, 2)}\n`).toMatchFileSnapshot(
        `${folder}${name}.json`,
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
      expect(readFileSync(`${folder}${name}.json`, "utf8")).not.toMatch(/https?:\/\//);
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
  let station: RunningStation;
  /** Three hours of minutes before this one are in the store. */
  const now = Math.floor(Date.now() / minute) * minute;
  const from = now - 3 * hour;

  async function send(identity: string, profile: string, samples: object[]) {
    const password = await station.addDevice(identity, profile);
    const client = await mqtt.connectAsync(station.mqtt, {
      username: identity,
      password,
      reconnectPeriod: 0,
    });
    for (let at = 0; at < samples.length; at += 100) {
      const part = JSON.stringify(samples.slice(at, at + 100));
      await client.publishAsync(topicOf(identity, "telemetry"), part, { qos: 1 });
    }
    await client.endAsync();
  }

  beforeAll(async () => {
    influxd = await startInfluxd();
    await influxd.query("CREATE DATABASE kenh");
    station = await startStation({
      env: {
        KENH_STORE: "influxdb",
        KENH_INFLUX_URL: influxd.url,
        KENH_INFLUX_VERSION: "1",
        KENH_INFLUX_BUCKET: "kenh",
      },
    });
    const instants = Array.from({ length: 180 }, (_, n) => from + n * minute);
    for (const [identity, [profile, model]] of Object.entries(simulated)) {
      const config = configSchema.parse({ model, intervalMs: minute });
      const samples = instants.map((ts) => ({ ts, ...seen(observe(config, ts, ts - from)) }));
      // A flood at the end of it: above level III for ten minutes.
      if (identity === gauge) {
        for (const sample of samples.slice(-11))
          Object.assign(sample.values, { water_level_m: 2.4 });
      }
      await send(identity, profile, samples);
    }
    for (const [identity, [profile, values]] of Object.entries(besides)) {
      await send(
        identity,
        profile,
        instants.slice(-5).map((ts) => ({ ts, values })),
      );
    }
    const { alarms } = await until(async () => {
      const list = await station.get<{ alarms: { id: string; version: number }[] }>(
        "/api/v1/alarms",
      );
      return list.alarms.length > 0 ? list : undefined;
    }, "an alarm");
    const [alarm] = alarms;
    const answer = await fetch(`${station.http}/api/v1/alarms/${alarm?.id}/comment`, {
      method: "POST",
      headers: { authorization: `Bearer ${station.token}`, "content-type": "application/json" },
      body: JSON.stringify({ version: alarm?.version, comment: "đã xem" }),
    });
    expect(answer.status).toBe(200);
    // What the station says of itself and derives comes in its own time.
    for (const written of [
      'SELECT last("stored") FROM "ledger"',
      `SELECT last("freshness") FROM "fleet" WHERE "device" = 'gw-01' AND "freshness" = 'stale' OR "device" = 'gw-01' AND "freshness" = 'live'`,
      'SELECT last("vn_aqi_hour") FROM "environment"',
      `SELECT last("event") FROM "alarms" WHERE "actor" != ''`,
    ]) {
      await until(
        async () => (await influxd.query(written, "kenh")).results[0]?.series !== undefined,
        written,
        90_000,
      );
    }
  }, 180_000);
  afterAll(async () => {
    await station?.[Symbol.asyncDispose]();
    await influxd?.dispose();
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
      .replaceAll("$timeFilter", `time >= ${from}ms AND time <= ${Date.now()}ms`)
      .replaceAll("$__interval", "1m")
      // biome-ignore lint/suspicious/noTemplateCurlyInString: as Grafana puts the choice of units in
      .replaceAll("${unit:regex}", "(29869)");
    expect(asked).not.toContain("$");
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
