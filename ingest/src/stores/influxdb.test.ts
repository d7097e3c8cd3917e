import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "../../../test/support/counterpart.ts";
import { type FaultProxy, startFaultProxy } from "../../../test/support/fault-proxy.ts";
import { type Influxd, noInfluxd, startInfluxd } from "../../../test/support/influxd.ts";
import { storeConformance } from "./conformance.ts";
import { openInfluxdb } from "./influxdb.ts";
import { encodeLine } from "./line-protocol.ts";
import { PermanentError, type Point, type Series } from "./store.ts";

storeConformance("influxdb 1.x", noInfluxd(), async () => {
  const influxd = await startInfluxd();
  return {
    open: () => openInfluxdb({ url: influxd.url, version: 1, bucket: "kenh" }),
    kill: () => influxd.stop("SIGKILL"),
    revive: () => influxd.start(),
    async storeString({ measurement, tags }, name, time) {
      const line = encodeLine({ measurement, tags, fields: [[name, { string: "x" }]], time });
      expect(await influxd.writeRaw("kenh", line)).toMatchObject({ status: 204 });
    },
    dispose: () => influxd.dispose(),
  };
});

const skip = noInfluxd();
const series: Series = { measurement: "water", tags: [["device", "gauge"]] };
const fields = [{ name: "water_level_m", type: "float" as const }];
const levelAt = (ts: number, value = 1): Point => ({
  series,
  ts,
  fields: [{ name: "water_level_m", type: "float", value, flag: 1 }],
});

describe.skipIf(skip)(`influxdb behind a bad link${skip ? ` (${skip})` : ""}`, () => {
  let influxd: Influxd;
  let proxy: FaultProxy;
  beforeAll(async () => {
    influxd = await startInfluxd();
    await influxd.query("CREATE DATABASE kenh");
    proxy = await startFaultProxy(influxd.port);
  });
  afterAll(async () => {
    await proxy?.close();
    await influxd?.dispose();
  });
  const open = (version: 1 | 2 | 3 = 1) =>
    openInfluxdb(
      { url: proxy.url, version, org: "o", bucket: "kenh" },
      { writeTimeoutMs: 300, queryTimeoutMs: 300 },
    );

  test.each([
    { kind: "cut" },
    { kind: "black-hole" },
    { kind: "delay", ms: 2_000 },
    { kind: "answer", status: 500, body: '{"error":"timeout"}' },
    { kind: "answer", status: 503, body: "" },
    { kind: "answer", status: 429, body: '{"message":"slow down"}' },
    { kind: "answer", status: 401, body: '{"error":"unauthorized"}' },
    { kind: "answer", status: 403, body: "" },
  ] as const)("$kind $status: try again, and then it is stored once", async (fault) => {
    const store = open();
    const ts = 1_000_000 + proxy.accepted() * 1_000;
    proxy.inject(fault);
    const error = await store.write([levelAt(ts)]).catch((caught) => caught);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(PermanentError);
    await expect(store.query({ series, fields, from: ts, to: ts })).rejects.toThrow(/127\.0\.0\.1/);
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

  test.each([
    [400, '{"error":"partial write: dropped=1"}', "partial write: dropped=1"],
    [422, '{"code":"unprocessable entity","message":"outside retention"}', "outside retention"],
    [413, '{"error":"Request Entity Too Large"}', "Too Large"],
    // InfluxDB 3 may call a partial success a success.
    [201, '{"error":"line 2 was dropped"}', "line 2 was dropped"],
  ])("status %i is a refusal for ever, in the store's words", async (status, body, words) => {
    const store = open(2);
    proxy.inject({ kind: "answer", status, body });
    const error = await store.write([levelAt(1)]).catch((caught) => caught);
    expect(error).toBeInstanceOf(PermanentError);
    expect(error.message).toContain(words);
    await store.close();
  });

  test("a black hole leaves no connection behind", async () => {
    const store = open();
    proxy.inject({ kind: "black-hole" });
    const before = proxy.accepted();
    for (let i = 0; i < 3; i++) await store.write([levelAt(1)]).catch(() => undefined);
    await until(() => proxy.accepted() === before + 3, "the connections to come");
    await until(() => proxy.open() === 0, "the connections to be closed");
    await store.close();
  });

  test("closing ends what is under way", async () => {
    const store = openInfluxdb({ url: proxy.url, version: 1, bucket: "kenh" });
    proxy.inject({ kind: "black-hole" });
    const accepted = proxy.accepted();
    const write = store.write([levelAt(1)]).catch((caught) => caught);
    await until(() => proxy.accepted() > accepted, "the write to begin");
    await store.close();
    expect(await write).toBeInstanceOf(Error);
  });
});

describe.skipIf(skip)(`influxdb 1.x with its own ways${skip ? ` (${skip})` : ""}`, () => {
  test("a missing database has no points, and the first write creates it", async () => {
    const influxd = await startInfluxd();
    const bucket = 'mưa "lũ"; DROP';
    const store = openInfluxdb({ url: influxd.url, version: 1, bucket });
    const all = { series, fields, from: 0, to: 10 };
    expect((await store.query(all)).get("water_level_m")).toEqual([]);
    await store.write([levelAt(5)]);
    expect((await store.query(all)).get("water_level_m")).toEqual([[5, 1, 1]]);
    const { results } = await influxd.query("SHOW DATABASES");
    expect(results[0]?.series?.[0]?.values).toEqual([[bucket]]);
    await store.close();
    await influxd.dispose();
  });

  test("a retention policy is named after the database", async () => {
    const influxd = await startInfluxd();
    await influxd.query(
      "CREATE DATABASE kenh; CREATE RETENTION POLICY long ON kenh DURATION INF REPLICATION 1",
    );
    const store = openInfluxdb({ url: influxd.url, version: 1, bucket: "kenh/long" });
    await store.write([levelAt(5)]);
    const found = await store.query({ series, fields, from: 0, to: 10 });
    expect(found.get("water_level_m")).toEqual([[5, 1, 1]]);
    const direct = await influxd.query('SELECT * FROM "kenh"."long"."water"');
    expect(direct.results[0]?.series?.[0]?.values).toEqual([[5, "gauge", 1]]);
    await store.close();
    await influxd.dispose();
  });

  test("user and password are proven; a wrong password is no refusal of the points", async () => {
    const influxd = await startInfluxd({ INFLUXDB_HTTP_AUTH_ENABLED: "true" });
    await influxd.query("CREATE USER admin WITH PASSWORD 'mật khẩu' WITH ALL PRIVILEGES");
    const open = (token: string) =>
      openInfluxdb({ url: influxd.url, version: 1, bucket: "kenh", token });
    const right = open("admin:mật khẩu");
    await right.write([levelAt(5)]);
    const all = { series, fields, from: 0, to: 10 };
    expect((await right.query(all)).get("water_level_m")).toEqual([[5, 1, 1]]);
    const wrong = open("admin:wrong");
    const error = await wrong.write([levelAt(6)]).catch((caught) => caught);
    expect(error.message).toMatch(/401.*authorization failed/);
    expect(error).not.toBeInstanceOf(PermanentError);
    await expect(wrong.query(all)).rejects.toThrow(/401/);
    await right.close();
    await wrong.close();
    await influxd.dispose();
  });
});
