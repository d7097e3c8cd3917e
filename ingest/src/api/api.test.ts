import { mkdirSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { type Alarm, alarmSchema, problemMediaType } from "@kenh/schemas";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "../../../test/support/counterpart.ts";
import { sqliteLimits } from "../stores/sqlite.ts";
import { gauge, neighbour, type Station, startStation, ups } from "./station.fixture.ts";

let station: Station;
let reader: string;
let operator: string;
let engineer: string;
let everyone: string;
let now: number;
beforeAll(async () => {
  station = await startStation();
  reader = station.token("reader", "82/29869");
  operator = station.token("operator", "82/29869");
  engineer = station.token("engineer", "82/29869");
  everyone = station.token("admin", "*");
  now = Date.now();
  await station.send(gauge, {
    ts: now - 2000,
    values: { water_level_m: 2.5 },
    qc: { water_level_m: 1 },
  });
  await station.send(gauge, { ts: now - 1000, values: { water_level_m: 2.6, nonsense: 1 } });
  await station.send(neighbour, { ts: now - 3_600_000, values: { water_level_m: 2.7 } });
  await station.send("82/29869/not/there", { water_level_m: 1 });
});
afterAll(() => station.stop());

const json = async <T>(response: Response | Promise<Response>): Promise<T> =>
  (await (await response).json()) as T;
async function ok<T>(token: string | undefined, path: string): Promise<T> {
  const response = await station.call(token, path);
  expect([path, response.status]).toEqual([path, 200]);
  return json<T>(response);
}
const post = (token: string, path: string, body: unknown, headers = {}): Promise<Response> =>
  station.call(token, path, {
    method: "POST",
    body: typeof body === "string" ? body : JSON.stringify(body),
    headers: { "content-type": "application/json", ...headers },
  });
async function theAlarm(token = reader): Promise<Alarm> {
  const { alarms } = await ok<{ alarms: Alarm[] }>(token, "/api/v1/alarms");
  expect(alarms).toHaveLength(1);
  return alarms[0] as Alarm;
}

describe("what needs no token", () => {
  test("healthz and readyz", async () => {
    expect(await ok(undefined, "/healthz")).toEqual({ ok: true });
    expect(await ok(undefined, "/readyz")).toEqual({ ok: true, reasons: [] });
  });

  test("readyz says why not", async () => {
    const full = await startStation({
      ready: () => ({ ok: false, reasons: ["the disk is full"] }),
    });
    const response = await full.call(undefined, "/readyz");
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ ok: false, reasons: ["the disk is full"] });
    await full.stop();
  });

  test("metrics from the same machine, not through a proxy", async () => {
    const text = await (await station.call(undefined, "/metrics")).text();
    expect(text).toContain('kenh_alarms{state="unacknowledged"} 2');
    const forwarded = { headers: { "x-forwarded-for": "10.0.0.7" } };
    expect((await station.call(undefined, "/metrics", forwarded)).status).toBe(401);
    expect((await station.call(reader, "/metrics", forwarded)).status).toBe(403);
    expect((await station.call(everyone, "/metrics", forwarded)).status).toBe(200);
  });
});

describe("devices", () => {
  test("are listed with last values and freshness, within the scope", async () => {
    const { devices } = await ok<{ devices: { identity: string }[] }>(reader, "/api/v1/devices");
    expect(devices.map(({ identity }) => identity)).toEqual([gauge, ups]);
    expect(devices[0]).toEqual({
      identity: gauge,
      profile: "generic-water",
      label: { vi: "Mực nước", en: "Level" },
      siteLabel: null,
      position: null,
      vnAqi: null,
      intervalMs: 5000,
      status: null,
      freshness: "live",
      lastSeenAt: expect.any(Number),
      values: {
        water_level_m: {
          ts: now - 1000,
          value: 2.6,
          flag: 2,
          unit: "m",
          label: { vi: "Mực nước", en: "Water level" },
        },
      },
    });
    expect(devices[1]).toMatchObject({ freshness: "never", lastSeenAt: null, values: {} });
  });

  test("one by its identity is the same as in the list", async () => {
    const { devices } = await ok<{ devices: unknown[] }>(reader, "/api/v1/devices");
    expect(await ok(reader, `/api/v1/devices/${gauge}`)).toMatchObject(devices[0] as object);
  });

  test("the scope of all sees all, with their own freshness", async () => {
    const { devices } = await ok<{ devices: object[] }>(everyone, "/api/v1/devices");
    expect(devices).toHaveLength(3);
    expect(devices[2]).toMatchObject({ identity: neighbour, freshness: "silent" });
  });
});

describe("telemetry", () => {
  const path = `/api/v1/telemetry?device=${gauge}&quantity=water_level_m`;
  type Series = { quantity: string; unit: string; points: unknown[] };
  const points = (): [ts: number, value: number, flag: number][] => [
    [now - 2000, 2.5, 1],
    [now - 1000, 2.6, 2],
  ];
  beforeAll(async () => {
    await until(async () => (await ok<Series>(reader, path)).points.length === 2, "both points");
  });

  test("comes from the store, of the last day where no time is named", async () => {
    expect(await ok(reader, path)).toEqual({
      quantity: "water_level_m",
      unit: "m",
      points: points(),
    });
  });

  test.each([
    ["milliseconds", (ts: number) => String(ts)],
    ["ISO 8601", (ts: number) => new Date(ts).toISOString()],
  ])("from and to are inclusive, in %s", async (_, text) => {
    const at = (from: number, to: number) =>
      ok<Series>(reader, `${path}&from=${text(from)}&to=${text(to)}`);
    expect((await at(now - 2000, now - 1000)).points).toEqual(points());
    expect((await at(now - 1999, now)).points).toEqual(points().slice(1));
    expect((await at(0, now - 2001)).points).toEqual([]);
  });

  test("every gives the mean of each interval", async () => {
    const { points } = await ok<Series>(reader, `${path}&every=1d&from=${now - 2000}`);
    const values = points as [number, number, number][];
    expect(values.every(([ts]) => ts % 86_400_000 === 0)).toBe(true);
    if (values.length === 1) expect(values[0]?.[1]).toBeCloseTo(2.55);
  });

  test("agg asks for something else of each interval, and zone for days of Vietnam", async () => {
    const spanned = `${path}&every=1d&zone=vn&from=${now - 2000}`;
    const values = async (agg: string) => {
      const { points } = await ok<Series>(reader, `${spanned}&agg=${agg}`);
      const all = points as [number, number, number][];
      expect(all.every(([ts]) => (ts + 7 * 3_600_000) % 86_400_000 === 0)).toBe(true);
      return all.map(([, value]) => value);
    };
    const counts = await values("count");
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(points().length);
    expect(Math.max(...(await values("max")))).toBe(
      Math.max(...points().map(([, value]) => value)),
    );
    expect((await values("last")).at(-1)).toBe(points().at(-1)?.[1]);
  });

  test.each([
    [`device=${gauge}&quantity=water_level_m&every=1h&agg=median`, "count"],
    [`device=${gauge}&quantity=water_level_m&agg=max`, "every"],
    [`device=${gauge}&quantity=echo_ok&every=1h&agg=mean`, "count, last, worst"],
    [`device=${gauge}&quantity=water_level_m&every=1h&zone=hanoi`, "vn"],
    ["device=82/29869/cau-cao-lanh/muc-nuoc-01", "quantity"],
    [`device=${gauge}&quantity=salt`, "water_level_m"],
    ["device=nonsense&quantity=water_level_m", "province/unit/site/device"],
    [`device=${gauge}&quantity=water_level_m&from=yesterday`, "yesterday"],
    [`device=${gauge}&quantity=water_level_m&from=2026-01-01T00:00:00`, "zone"],
    [`device=${gauge}&quantity=water_level_m&every=fast`, "60s"],
    [`device=${gauge}&quantity=water_level_m&every=0`, "60s"],
    [`device=${gauge}&quantity=water_level_m&from=0&every=1s`, "intervals"],
    [`device=${gauge}&quantity=water_level_m&from=5&to=4`, "after"],
    [`device=${gauge}&quantity=water_level_m&evry=1m`, "evry"],
  ])("?%s is refused by name", async (query, says) => {
    const response = await station.call(reader, `/api/v1/telemetry?${query}`);
    expect(response.status).toBe(400);
    expect(response.headers.get("content-type")).toBe(problemMediaType);
    const problem = await json<{ detail: string; status: number; type: string }>(response);
    expect(problem).toMatchObject({ status: 400, type: "urn:kenh:problem:bad-request" });
    expect(problem.detail).toContain(says);
  });

  test("a store that doesn't answer is 503, not a failure", async () => {
    const query = () => Promise.reject(new Error("down"));
    const down = await startStation({ store: { query, limits: sqliteLimits } });
    const response = await down.call(down.token("reader", "*"), path);
    expect(response.status).toBe(503);
    expect(await response.text()).not.toContain("down");
    await down.stop();
  });
});

describe("the books", () => {
  test("the ledger adds up within the scope, and by device", async () => {
    type Report = {
      total: { received: number; quarantined: number };
      epochs: { device: string }[];
    };
    const unit = await ok<Report>(reader, "/api/v1/ledger");
    expect(unit.total.received).toBe(4);
    const all = await ok<Report>(everyone, "/api/v1/ledger");
    expect(all.total.received).toBe(5);
    const one = await ok<Report>(reader, `/api/v1/ledger?device=${gauge}`);
    expect(one.total).toMatchObject({ received: 3, quarantined: 1 });
    const others = await ok<Report>(reader, `/api/v1/ledger?device=${neighbour}`);
    expect(others).toEqual(await ok<Report>(reader, "/api/v1/ledger?device=82/30000/no/such"));
  });

  type Quarantine = { total: number; items: { id: number; reason: string; payload: string }[] };

  test("the quarantine is listed, filtered and shown", async () => {
    const { total, items } = await ok<Quarantine>(reader, "/api/v1/quarantine");
    expect(total).toBe(2);
    expect(new Set(items.map(({ reason }) => reason))).toEqual(
      new Set(["unknown-quantity", "unknown-device"]),
    );
    const some = await ok<Quarantine>(reader, "/api/v1/quarantine?reason=unknown-quantity&limit=5");
    expect(some.total).toBe(1);
    const [item] = some.items;
    expect(item?.payload).toContain("nonsense");
    expect(await ok(reader, `/api/v1/quarantine/${item?.id}`)).toEqual(item);
    const bad = await station.call(reader, "/api/v1/quarantine?reason=bad");
    expect(await bad.text()).toContain("unknown-device");
  });

  test("an item is replayed once its cause is mended, by an engineer", async () => {
    const device = "82/29869/later/muc-nuoc-02";
    await station.send(device, { water_level_m: 1 });
    const { items } = await ok<Quarantine>(engineer, `/api/v1/quarantine?device=${device}`);
    const path = `/api/v1/quarantine/${items[0]?.id}/replay`;
    expect((await post(operator, path, {})).status).toBe(403);
    expect((await post(engineer, path, {})).status).toBe(409);
    station.registry.put({ identity: device, profile: "generic-water" });
    expect(await json(post(engineer, path, {}))).toEqual({ result: "replayed" });
    expect((await post(engineer, path, {})).status).toBe(404);
    station.registry.remove(device);
  });

  test("items are purged by an engineer, those of others are left", async () => {
    await station.send("82/30000/gone/x", { water_level_m: 1 });
    await station.send("82/29869/gone/x", { water_level_m: 1 });
    const { items } = await ok<Quarantine>(everyone, "/api/v1/quarantine?reason=unknown-device");
    const ids = items.slice(0, 2).map(({ id }) => id);
    const path = "/api/v1/quarantine/purge";
    expect((await post(operator, path, { ids })).status).toBe(403);
    expect((await post(engineer, path, { ids: [] })).status).toBe(400);
    expect(await json(post(engineer, path, { ids: [...ids, 987_654] }))).toEqual({ purged: 1 });
    expect(await json(post(everyone, path, { ids }))).toEqual({ purged: 1 });
  });
});

describe("alarms", () => {
  test("are listed with the revision, within the scope and the filters", async () => {
    const alarm = alarmSchema.parse(await theAlarm());
    expect(alarm).toMatchObject({ device: gauge, state: "unacknowledged", value: 2.5 });
    const list = async (query: string, token = everyone) =>
      (await ok<{ alarms: Alarm[] }>(token, `/api/v1/alarms?${query}`)).alarms.length;
    expect(await list("")).toBe(2);
    expect(await list("state=&unit=&priority=&since=")).toBe(2);
    expect(await list("state=unacknowledged,returned")).toBe(2);
    expect(await list("state=returned")).toBe(0);
    expect(await list("unit=29869")).toBe(1);
    expect(await list("unit=82/30000")).toBe(1);
    expect(await list("unit=82/30000", reader)).toBe(0);
    expect(await list("priority=1")).toBe(2);
    expect(await list("priority=2,3,4")).toBe(0);
    expect(await list("since=1")).toBe(1);
    expect((await ok<{ revision: number }>(reader, "/api/v1/alarms")).revision).toBe(2);
    for (const query of ["state=bad", "priority=5", "since=x", "unknown=1"]) {
      expect((await station.call(reader, `/api/v1/alarms?${query}`)).status).toBe(400);
    }
  });

  test("are acknowledged, commented, shelved and brought back by an operator", async () => {
    const { id, version } = await theAlarm();
    const path = `/api/v1/alarms/${id}`;
    expect((await post(reader, `${path}/acknowledge`, { version })).status).toBe(403);
    expect((await post(operator, `${path}/acknowledge`, { version: version + 1 })).status).toBe(
      409,
    );
    const answer = await post(operator, `${path}/acknowledge`, { version, name: "Nguyễn Thị Lan" });
    const acknowledged = alarmSchema.parse(await json(answer));
    expect(acknowledged).toMatchObject({ state: "acknowledged", version: version + 1 });
    const actor = acknowledged.history.at(-1)?.actor ?? "";
    expect(actor).toMatch(/^Nguyễn Thị Lan \([0-9a-f]{12}\)$/);
    expect(operator).not.toContain(actor);

    const again = await post(operator, `${path}/acknowledge`, { version: version + 1 });
    expect(again.status).toBe(409);
    expect(await json(again)).toMatchObject({ type: "urn:kenh:problem:wrong-state" });

    const comment = { version: version + 1, comment: "đang kiểm tra" };
    await post(operator, `${path}/comment`, comment);
    const end = new Date(Date.now() + 3_600_000).toISOString();
    const shelve = { version: version + 2, comment: "bảo trì", until: end };
    const shelved = await json<Alarm>(post(operator, `${path}/shelve`, shelve));
    expect(shelved).toMatchObject({ state: "shelved", shelvedUntil: Date.parse(end) });
    const back = await json<Alarm>(post(operator, `${path}/unshelve`, { version: version + 3 }));
    expect(back.state).toBe("unacknowledged");

    const maintain = { version: version + 4, comment: "thay cảm biến" };
    expect((await post(operator, `${path}/out-of-service`, maintain)).status).toBe(403);
    const out = await json<Alarm>(post(engineer, `${path}/out-of-service`, maintain));
    expect(out.state).toBe("out-of-service");
    await post(engineer, `${path}/return-to-service`, { version: version + 5 });
    const whole = await ok<Alarm>(reader, path);
    expect(whole.history.map(({ event }) => event)).toEqual([
      "raise",
      "acknowledge",
      "comment",
      "shelve",
      "unshelve",
      "out-of-service",
      "return-to-service",
    ]);
  });

  test("a call repeated with its Idempotency-Key is one call", async () => {
    const { id, version } = await theAlarm();
    const headers = { "idempotency-key": "7c1" };
    const call = (body: object, token = operator) =>
      post(token, `/api/v1/alarms/${id}/comment`, body, headers);
    const body = { version, comment: "once" };
    const first = await (await call(body)).text();
    expect(await (await call(body)).text()).toBe(first);
    expect((await call({ ...body, comment: "other" })).status).toBe(422);
    // The key of one token is not that of another.
    expect((await call(body, engineer)).status).toBe(409);
    expect((await theAlarm()).version).toBe(version + 1);
    const empty = { "idempotency-key": "x".repeat(201) };
    const refused = await post(operator, `/api/v1/alarms/${id}/comment`, body, empty);
    expect(refused.status).toBe(400);
  });

  test.each([
    ["comment", { version: 1 }, "comment"],
    ["comment", { version: 1, comment: " " }, "comment"],
    ["comment", { version: 1, comment: "a\nb" }, "one line"],
    ["shelve", { version: 1 }, "comment"],
    ["shelve", { version: 1, comment: "x", until: "soon" }, "ISO 8601"],
    ["acknowledge", {}, "version"],
    ["acknowledge", "{", "JSON"],
    ["acknowledge", "[]", "expected object"],
  ])("%s with %j is refused by name", async (verb, body, says) => {
    const { id } = await theAlarm();
    const response = await post(operator, `/api/v1/alarms/${id}/${verb}`, body);
    expect(response.status).toBe(400);
    expect((await json<{ detail: string }>(response)).detail).toContain(says);
  });

  test("a shelving beyond a shift is refused with the bounds", async () => {
    const { id, version } = await theAlarm();
    const body = { version, comment: "x", until: Date.now() + 9 * 3_600_000 };
    const response = await post(operator, `/api/v1/alarms/${id}/shelve`, body);
    expect(response.status).toBe(400);
    expect((await json<{ detail: string }>(response)).detail).toContain("8 h");
  });
});

describe("answers", () => {
  test("me and quantities", async () => {
    expect(await ok(reader, "/api/v1/me")).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{12}$/),
      role: "reader",
      scope: "82/29869",
      expiresAt: null,
      grafana: null,
    });
    const { quantities } = await ok<{ quantities: unknown[] }>(reader, "/api/v1/quantities");
    expect(quantities).toContainEqual({
      name: "water_level_m",
      type: "float",
      unit: "m",
      min: -5,
      max: 30,
      label: { vi: "Mực nước", en: "Water level" },
      origin: expect.objectContaining({ file: "quantities/water.yaml", overrides: null }),
    });
  });

  test("what is not there is a problem, below /api/ only with a token", async () => {
    expect((await station.call(undefined, "/api/v1/nothing")).status).toBe(401);
    const response = await station.call(reader, "/api/v1/nothing");
    expect(response.status).toBe(404);
    expect(response.headers.get("content-type")).toBe(problemMediaType);
  });

  test("bodies are bounded", async () => {
    const { id } = await theAlarm();
    const body = { version: 1, comment: "x".repeat(200_000) };
    expect((await post(operator, `/api/v1/alarms/${id}/comment`, body)).status).toBe(413);
  });

  test("are not sniffed, cached, framed, or readable for other origins", async () => {
    for (const path of ["/healthz", "/api/v1/devices", "/api/v1/nothing", "/"]) {
      const headers = { origin: "https://evil.example" };
      const response = await station.call(reader, path, { headers });
      expect(response.headers.get("x-content-type-options")).toBe("nosniff");
      expect(response.headers.get("cache-control")).toBe("no-store");
      expect(response.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
      expect(response.headers.get("access-control-allow-origin")).toBeNull();
      await response.arrayBuffer();
    }
  });

  test("a token in the address is no token", async () => {
    expect((await station.call(undefined, `/api/v1/me?token=${reader}`)).status).toBe(401);
  });
});

describe("the console", () => {
  test("is served once it is built; before, a page says how", async () => {
    const dir = join(station.folder, "console");
    const built = await startStation({ staticFolder: dir });
    const before = await built.call(undefined, "/");
    expect(before.status).toBe(503);
    const page503 = await before.text();
    expect(page503).toContain("chưa được dựng");
    expect(page503).toContain("has not been built");
    mkdirSync(join(dir, "assets"), { recursive: true });
    writeFileSync(join(dir, "index.html"), "<title>Kênh</title>");
    writeFileSync(join(dir, "assets", "a.js"), "1");
    writeFileSync(join(station.folder, "secret.txt"), "top secret");
    const page = await built.call(undefined, "/");
    expect([page.status, await page.text()]).toEqual([200, "<title>Kênh</title>"]);
    expect(page.headers.get("content-security-policy")).toContain("script-src 'self';");
    const script = await built.call(undefined, "/assets/a.js");
    expect(script.headers.get("content-type")).toContain("javascript");
    expect(await script.text()).toBe("1");
    for (const path of [
      "/../secret.txt",
      "/assets/../../secret.txt",
      "/%2e%2e/secret.txt",
      "/..%2fsecret.txt",
      "/..\\secret.txt",
      "//etc/passwd",
      "/assets/a.js%00",
      "/nothing.js",
    ]) {
      const { status, body } = await raw(built.url, path);
      expect([400, 404], path).toContain(status);
      expect(body).not.toContain("top secret");
    }
    await built.stop();
  });

  /** As it stands: fetch would tidy the path up. */
  function raw(url: string, path: string): Promise<{ status: number; body: string }> {
    const { hostname, port } = new URL(url);
    return new Promise((resolve, reject) => {
      request({ hostname, port, path }, (response) => {
        let body = "";
        response.on("data", (chunk: Buffer) => {
          body += chunk;
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
      })
        .on("error", reject)
        .end();
    });
  }
});

describe("listen", () => {
  test("names the address that is taken, and stops twice", async () => {
    const { listen } = await import("./listen.ts");
    const { port } = new URL(station.url);
    await expect(listen(station.app, "127.0.0.1", Number(port))).rejects.toThrow(
      `127.0.0.1:${port} (EADDRINUSE)`,
    );
    const other = await listen(station.app, "127.0.0.1", 0);
    await Promise.all([other.close(), other.close()]);
    await expect(fetch(`${other.url}/healthz`)).rejects.toThrow();
  });
});
