import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "../../../test/support/counterpart.ts";
import { type FaultProxy, startFaultProxy } from "../../../test/support/fault-proxy.ts";
import {
  noVictoriaMetrics,
  startVictoriaMetrics,
  type VictoriaMetrics,
} from "../../../test/support/victoria-metrics.ts";
import { storeConformance } from "./conformance.ts";
import { openInfluxdb } from "./influxdb.ts";
import { PermanentError, type Point, type Series } from "./store.ts";
import { openVictoriaMetrics } from "./victoriametrics.ts";

const skip = noVictoriaMetrics();

storeConformance("victoriametrics", skip, async () => {
  const victoria = await startVictoriaMetrics();
  return {
    open: () => openVictoriaMetrics({ url: victoria.url }),
    kill: () => victoria.stop("SIGKILL"),
    revive: () => victoria.start(),
    refusedTags: ["back\\slash", "a\\,b\\ c\\=d"],
    dispose: () => victoria.dispose(),
  };
});

const series: Series = { measurement: "water", tags: [["device", "gauge"]] };
const fields = [{ name: "water_level_m", type: "float" as const }];
const levelAt = (ts: number, value = 1): Point => ({
  series,
  ts,
  fields: [{ name: "water_level_m", type: "float", value, flag: 1 }],
});

describe.skipIf(skip)(`victoriametrics with its own ways${skip ? ` (${skip})` : ""}`, () => {
  let victoria: VictoriaMetrics;
  let proxy: FaultProxy;
  beforeAll(async () => {
    victoria = await startVictoriaMetrics();
    proxy = await startFaultProxy(victoria.port);
  });
  afterAll(async () => {
    await proxy?.close();
    await victoria?.dispose();
  });

  test("a cluster is written to, read and made durable by the addresses of its parts", async () => {
    // Its parts answer at paths of their own; behind them stands one node here.
    const asked = new Set<string>();
    const parts = ["/insert/7/influx", "/select/7/prometheus", "/storage-1", "/storage-2"];
    const front = createServer(async (request, response) => {
      const part = parts.find((path) => request.url?.startsWith(`${path}/`)) ?? "nowhere";
      asked.add(`${part} ${request.url?.slice(part.length).split("?")[0]}`);
      const answer = await fetch(victoria.url + request.url?.slice(part.length), {
        method: "POST",
        headers: { "content-type": request.headers["content-type"] ?? "" },
        body: await buffer(request),
      });
      response.writeHead(answer.status).end(await answer.text());
    });
    await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
    const base = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
    const store = openVictoriaMetrics({
      url: `${base}/insert/7/influx/`,
      selectUrl: `${base}/select/7/prometheus`,
      storageUrls: [`${base}/storage-1`, `${base}/storage-2/`],
    });
    await store.write([levelAt(7_777, 1.25)]);
    const found = await store.query({ series, fields, from: 7_700, to: 7_800 });
    expect(found.get("water_level_m")).toEqual([[7_777, 1.25, 1]]);
    expect([...asked].sort()).toEqual([
      "/insert/7/influx /write",
      "/select/7/prometheus /api/v1/export",
      "/storage-1 /snapshot/create",
      "/storage-1 /snapshot/delete",
      "/storage-2 /snapshot/create",
      "/storage-2 /snapshot/delete",
    ]);
    await store.close();
    front.closeAllConnections();
    front.close();
  });

  test("times that it would stamp anew or drop are refused", async () => {
    const store = openVictoriaMetrics({ url: victoria.url });
    for (const ts of [0, -1]) {
      await expect(store.write([levelAt(ts)])).rejects.toThrow(PermanentError);
    }
    await store.close();
  });

  test("a number so great that its neighbours would be rounded away is refused", async () => {
    const store = openVictoriaMetrics({ url: victoria.url });
    await expect(store.write([levelAt(100, 1e21)])).rejects.toThrow(/water_level_m is 1e\+21/);
    await store.write([levelAt(101, 1e12), levelAt(102, 1.000001), levelAt(103, 123456.789)]);
    const found = await store.query({ series, fields, from: 100, to: 110 });
    expect(found.get("water_level_m")).toEqual([
      [101, 1e12, 1],
      [102, 1.000001, 1],
      [103, 123456.789, 1],
    ]);
    await store.close();
  });

  test("a series with more tags is another series", async () => {
    const store = openVictoriaMetrics({ url: victoria.url });
    const more: Series = { ...series, tags: [...series.tags, ["rule", "high"]] };
    await store.write([levelAt(5, 1), { ...levelAt(6, 2), series: more }]);
    const found = await store.query({ series, fields, from: 0, to: 10 });
    expect(found.get("water_level_m")).toEqual([[5, 1, 1]]);
    await store.close();
  });

  test.each([
    { kind: "cut" },
    { kind: "black-hole" },
    { kind: "answer", status: 500, body: "" },
  ] as const)("$kind: try again, and then it is stored once", async (fault) => {
    const store = openVictoriaMetrics({ url: proxy.url }, { timeoutMs: 1_000 });
    const ts = 1_000_000 + proxy.accepted() * 1_000;
    proxy.inject(fault);
    const error = await store.write([levelAt(ts)]).catch((caught) => caught);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(PermanentError);
    proxy.inject({ kind: "none" });
    // Again and again, as the writer does: a loaded machine may not be done in the time of this test.
    const isWritten = () =>
      store.write([levelAt(ts)]).then(
        () => true,
        () => false,
      );
    await until(isWritten, "the write");
    const ask = () => store.query({ series, fields, from: ts, to: ts });
    const found = await until(() => ask().catch(() => undefined), "the answer");
    expect(found.get("water_level_m")).toEqual([[ts, 1, 1]]);
    await store.close();
  });

  test("it takes the write of InfluxDB 2, as the InfluxDB store sends it", async () => {
    const influxdb = openInfluxdb({
      url: victoria.url,
      version: 2,
      org: "o",
      bucket: "b",
      token: "t",
    });
    const store = openVictoriaMetrics({ url: victoria.url });
    const v2: Series = { measurement: "power", tags: [["device", "by-v2"]] };
    await influxdb.write([{ ...levelAt(5), series: v2 }]);
    await store.write([levelAt(1)]);
    const found = await store.query({ series: v2, fields, from: 0, to: 10 });
    expect(found.get("water_level_m")).toEqual([[5, 1, 1]]);
    await influxdb.close();
    await store.close();
  });
});
