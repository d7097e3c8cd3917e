import type { Alarm } from "@kenh/schemas";
import { afterAll, beforeAll, expect, test } from "vitest";
import { gauge, handedOver, type Station, startStation } from "./station.fixture.ts";

/** What needs no token: liveness, the metrics on this machine, the console's files. */
const open = ["/healthz", "/readyz", "/metrics", "/*"];

/** A thing of one unit, and one of the same form that never was. */
interface Named {
  readonly alarm: string;
  readonly item: string;
  readonly device: string;
  readonly dataset: string;
}

let station: Station;
let real: Named;
const unreal: Named = {
  alarm: "0123456789abcdef01234567",
  item: "987654",
  device: "82/29869/cau-cao-lanh/muc-nuoc-99",
  dataset: "khong-co",
};
const month = new Date(Date.now() + 7 * 3_600_000).toISOString().slice(0, 7);
beforeAll(async () => {
  station = await startStation();
  await station.send(gauge, { ts: Date.now(), values: { water_level_m: 2.5, nonsense: 1 } });
  const [alarm = ""] = station.alarms.list({ visible: () => true });
  const all = await station.call(station.token("reader", "*"), "/api/v1/quarantine");
  const { items } = (await all.json()) as { items: { id: number }[] };
  real = {
    alarm: (JSON.parse(alarm) as Alarm).id,
    item: String(items[0]?.id),
    device: gauge,
    dataset: handedOver,
  };
});
afterAll(() => station.stop());

/** Each route of the app as it is, with the address of a thing filled in: a new route is in here by itself. */
function addresses(named: Named): [method: string, path: string, pattern: string][] {
  return station.app.routes
    .filter(({ method, path }) => method !== "ALL" && !open.includes(path))
    .map(({ method, path }) => {
      const ids = { alarms: named.alarm, datasets: named.dataset };
      const id = ids[path.split("/")[3] as keyof typeof ids] ?? named.item;
      const filled = path
        .replace(":province/:unit/:site/:device", named.device)
        .replace(":id", id)
        .replace(":name", "generic-water");
      expect(filled).not.toContain(":");
      const query = path.endsWith("/telemetry")
        ? `?device=${named.device}&quantity=water_level_m`
        : /\/(ledger|quarantine|audit)$/.test(path)
          ? `?device=${named.device}`
          : /\/reports\/sharing/.test(path)
            ? `?month=${month}`
            : path.endsWith("/spoilers")
              ? `?month=${month}&axis=live`
              : path.endsWith("/kpis")
                ? "?from=0&to=1900000000000"
                : "";
      return [method, filled + query, `${method} ${path}`];
    });
}

function bodyOf(method: string, named: Named): RequestInit {
  const { alarm, item, device } = named;
  const call = { version: 1, comment: "x", device, rule: "water.bd3" };
  const body = { ...call, ids: [Number(item)], alarms: [{ id: alarm, version: 1 }] };
  return method === "POST" ? { method, body: JSON.stringify(body) } : { method };
}

/** Status, kind and text of an answer; of a stream, what comes at once. */
async function answer(token: string | undefined, method: string, path: string, named: Named) {
  const stop = new AbortController();
  const init = { ...bodyOf(method, named), signal: stop.signal };
  const response = await station.call(token, path, init);
  const type = response.headers.get("content-type");
  if (type !== "text/event-stream")
    return { status: response.status, type, text: await response.text() };
  const reader = response.body?.getReader();
  const chunk = await reader?.read();
  stop.abort();
  return { status: response.status, type, text: new TextDecoder().decode(chunk?.value) };
}

test("there are routes to try", () => {
  const patterns = addresses(real).map(([, , pattern]) => pattern);
  expect(patterns).toContain("GET /api/v1/alarms/:id");
  expect(patterns).toContain("POST /api/v1/alarms/:id/out-of-service");
  expect(patterns).toContain("POST /api/v1/quarantine/:id/replay");
  expect(patterns.length).toBeGreaterThanOrEqual(19);
});

test("without a token, with a wrong one and with a removed one every route is 401 and says nothing", async () => {
  const removed = station.token("admin", "*");
  const [{ id } = { id: "" }] = station.access.tokens().filter(({ role }) => role === "admin");
  expect((await station.call(removed, "/api/v1/me")).status).toBe(200);
  expect(station.access.removeToken(id)).toBe(true);
  for (const [method, path, pattern] of addresses(real)) {
    for (const token of [undefined, "wrong", removed]) {
      const { status, text } = await answer(token, method, path, real);
      expect([pattern, status]).toEqual([pattern, 401]);
      expect(text).not.toContain(real.alarm);
      expect(text).not.toContain("muc-nuoc");
    }
    const response = await station.call(undefined, path, bodyOf(method, real));
    expect(response.headers.get("www-authenticate")).toBe('Bearer realm="kenh"');
  }
});

test("to another unit's token what is there and what never was are the same, whatever its role", async () => {
  for (const role of ["reader", "admin"] as const) {
    const token = station.token(role, "82/30000");
    const there = addresses(real);
    const nowhere = addresses(unreal);
    for (const [at, [method, path, pattern]] of there.entries()) {
      const a = await answer(token, method, path, real);
      const b = await answer(token, method, nowhere[at]?.[1] ?? "", unreal);
      const blind = (text: string, { alarm, item, device, dataset }: Named) =>
        [alarm, device, dataset, JSON.stringify(JSON.stringify(item)).slice(1, -1)].reduce(
          (rest, name) => rest.replaceAll(name, "…"),
          text.replace(/"asOf":\d+/, '"asOf":"now"'),
        );
      expect([pattern, { ...a, text: blind(a.text, real) }]).toEqual([
        pattern,
        { ...b, text: blind(b.text, unreal) },
      ]);
      if (a.status === 200) expect(a.text).not.toMatch(/29869|cau-cao-lanh|nonsense/);
      else expect(pattern.includes(":") ? [404] : [400, 403, 404]).toContain(a.status);
    }
  }
  // And nothing was changed by trying.
  const { version, state } = station.alarms.get(real.alarm) as Alarm;
  expect([version, state]).toEqual([1, "unacknowledged"]);
  const own = station.token("reader", "82/29869");
  expect((await station.call(own, `/api/v1/quarantine/${real.item}`)).status).toBe(200);
});

test("within the scope a role that is too low is told so", async () => {
  const token = station.token("reader", "82");
  for (const [method, path, pattern] of addresses(real)) {
    const { status } = await answer(token, method, path, real);
    const forEngineers =
      method !== "GET" || /\/(audit|ways|registry\/changes|certificates)/.test(pattern);
    // Where readings go beside the store is the business of who runs the whole.
    const expected = pattern.includes("/destinations") ? 404 : forEngineers ? 403 : 200;
    expect([pattern, status]).toEqual([pattern, expected]);
  }
});
