import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DryRun } from "../dry-run.ts";
import type { Plan } from "../registry/change.ts";
import { gauge, neighbour, type Station, startStation } from "./station.fixture.ts";

const now = Date.now();
const site = "82/29869/cau-dinh-trung";
const fresh = `${site}/muc-nuoc-01`;
const label = { vi: "Cầu Đình Trung", en: "Dinh Trung bridge" };

let station: Station;
let [engineer, reader, province, other] = ["", "", "", ""];
beforeAll(async () => {
  station = await startStation();
  engineer = station.token("engineer", "82/29869");
  reader = station.token("reader", "82/29869");
  province = station.token("engineer", "82");
  other = station.token("engineer", "82/30000");
});
afterAll(() => station.stop());

async function call<T>(token: string, path: string, body?: unknown) {
  const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  const response = await station.call(token, `/api/v1${path}`, init);
  return { status: response.status, body: (await response.json()) as T & { detail: string } };
}
interface Changes {
  readonly changes: readonly {
    id: number;
    size: number;
    how: string;
    actor: { name: string | null; scope: string };
    edits: readonly { key: string; before: unknown; after: unknown }[];
  }[];
}
type Made = { readonly change: { readonly id: number } | null };

describe("the registry", () => {
  test("is seen as far as the scope goes, with the province and its agencies above it", async () => {
    const agencies = [
      { agency: "82/so-nn-mt", label },
      { agency: "82/30000/doi", label },
    ];
    const provinces = [{ province: "82", label }];
    expect((await call(province, "/registry", { provinces: [], agencies })).status).toBe(200);
    expect((await call(province, "/registry", { provinces })).status).toBe(200);
    const seen = (await call<Record<string, { [key: string]: string }[]>>(reader, "/registry"))
      .body;
    expect(seen.provinces).toEqual(provinces);
    expect(seen.agencies?.map(({ agency }) => agency)).toEqual(["82/so-nn-mt"]);
    expect(seen.devices?.map(({ identity }) => identity)).not.toContain(neighbour);
    const all = (await call<typeof seen>(province, "/registry?unit=82/30000")).body;
    expect(all.devices?.map(({ identity }) => identity)).toEqual([neighbour]);
  });

  test("is changed by an engineer of the scope, who is named in the history and the audit log", async () => {
    const batch = {
      sites: [{ site, label }],
      devices: [{ identity: fresh, profile: "generic-water" }],
    };
    const plan = await call<Plan>(engineer, "/registry/preview", batch);
    expect(plan.body.edits.map(({ key, before }) => [key, before])).toEqual([
      [site, null],
      [fresh, null],
    ]);
    const made = await call<Made>(engineer, "/registry", {
      ...batch,
      name: "Bình",
      comment: "mới",
    });
    expect(made).toMatchObject({ status: 200, body: { edits: 2, change: { how: "import" } } });
    const [change] = (await call<Changes>(engineer, `/registry/changes?key=${fresh}`)).body.changes;
    expect(change).toMatchObject({ actor: { name: "Bình", scope: "82/29869" }, comment: "mới" });
    const devices = await call<{ siteLabel: unknown }>(reader, `/devices/${fresh}`);
    expect(devices.body.siteLabel).toEqual(label);
    const { body } = await call<{ lines: { call: string; name: string; detail: string }[] }>(
      engineer,
      "/audit",
    );
    expect(body.lines[0]).toMatchObject({ call: "registry.import", name: "Bình", result: "done" });
    expect(body.lines[0]?.detail).toMatch(/^change \d+: 2 records; sha256 [0-9a-f]{64}$/);
  });

  test("a change is taken back by another", async () => {
    const devices = [{ identity: gauge, profile: "generic-water", intervalMs: 60_000 }];
    const made = await call<Made>(engineer, "/registry", { devices });
    const id = made.body.change?.id ?? 0;
    const undone = await call<Made>(engineer, `/registry/changes/${id}/undo`, {});
    expect(undone).toMatchObject({ status: 200, body: { change: { undoes: id, how: "undo" } } });
    expect((await call(reader, `/devices/${gauge}`)).body).toMatchObject({ intervalMs: 5000 });
    const again = await call(engineer, `/registry/changes/${id}/undo`, {});
    expect(again.status).toBe(409);
    expect(again.body.detail).toContain("was changed later");
  });

  test("of another unit nothing is seen and nothing is changed", async () => {
    const devices = [{ identity: neighbour, profile: "generic-water" }];
    for (const path of ["/registry", "/registry/preview"]) {
      expect((await call(engineer, path, { devices })).status).toBe(404);
    }
    const records = [{ kind: "device", key: neighbour }];
    expect((await call(engineer, "/registry/remove", { records })).status).toBe(404);
    const wide = await call<Made>(province, "/registry", {
      devices: [
        { identity: neighbour, profile: "generic-water", criticality: 2 },
        { identity: gauge, profile: "generic-water", criticality: 2 },
      ],
    });
    const id = wide.body.change?.id ?? 0;
    const [seen] = (await call<Changes>(engineer, "/registry/changes")).body.changes;
    expect(seen).toMatchObject({ id, size: 1, edits: [{ key: gauge }] });
    expect((await call(engineer, `/registry/changes/${id}/undo`, {})).status).toBe(409);
    const own = await call<Made>(other, "/registry", {
      devices: [{ identity: neighbour, profile: "generic-water", criticality: 3 }],
    });
    const theirs = own.body.change?.id ?? 0;
    expect((await call(engineer, `/registry/changes/${theirs}/undo`, {})).status).toBe(404);
    const foreign = [{ identity: fresh, profile: "generic-water", agency: "82/30000/doi" }];
    const [there, nowhere] = await Promise.all(
      ["82/30000/doi", "82/30000/none"].map(
        async (agency) =>
          (await call(engineer, "/registry", { devices: [{ ...foreign[0], agency }] })).body.detail,
      ),
    );
    expect(there?.replace("doi", "none")).toBe(nowhere);
  });

  test("a role that is too low is told so, and what is wrong is named; both are logged", async () => {
    const devices = [{ identity: fresh, profile: "generic-watr" }];
    expect((await call(reader, "/registry", { devices })).status).toBe(403);
    const wrong = await call(engineer, "/registry", { devices });
    expect(wrong.status).toBe(400);
    expect(wrong.body.detail).toContain("devices.0: there is no profile");
    expect(wrong.body.detail).toContain("did you mean generic-water?");
    const partly = await call<Plan>(engineer, "/registry", {
      devices: [...devices, { identity: `${site}/b`, profile: "generic-power" }],
      takeGood: true,
    });
    expect(partly).toMatchObject({
      status: 200,
      body: { edits: 1, refused: [{ at: "devices.0" }] },
    });
    const { body } = await call<{ lines: { result: string }[] }>(engineer, "/audit?limit=3");
    expect(body.lines.map(({ result }) => result)).toEqual(["done", "bad-request", "forbidden"]);
  });
});

describe("a dry run", () => {
  const device = { identity: "82/29869/cau-moi/muc-nuoc-01", profile: "generic-water" };
  const preview = (token: string, body: unknown) => call<DryRun>(token, "/devices/preview", body);

  test("shows what a payload would come to, and writes nothing", async () => {
    const payload = { ts: now - 1000, values: { water_level_m: 2.9, battery_v: "x", colour: 1 } };
    const { body } = await preview(engineer, { device, payload });
    expect(body).toMatchObject({
      replaces: false,
      source: "payload",
      stored: {
        measurement: "water",
        tags: { province: "82", unit: "29869", site: "cau-moi", device: "muc-nuoc-01" },
      },
      readings: [{ ts: now - 1000, quantity: "water_level_m", value: 2.9, unit: "m" }],
    });
    expect(body.stored.lines[0]).toBe(
      `water,province=82,unit=29869,site=cau-moi,device=muc-nuoc-01 water_level_m=2.9,water_level_m_qc=2i ${now - 1000}`,
    );
    const sampled = body.stored.fields.filter((field) => field.sampled);
    expect(sampled.map(({ name }) => name)).toEqual(["water_level_m"]);
    expect(body.setAside.map(({ reason }) => reason).sort()).toEqual([
      "type-mismatch",
      "unknown-quantity",
    ]);
    expect(body.dashboards.map(({ uid }) => uid)).toContain("kenh-muc-nuoc");
    expect(body.dashboards.map(({ uid }) => uid)).not.toContain("kenh-nguon-dien");
    expect(body.alarms.map(({ rule }) => rule)).toContain("water.bd3");
    expect(body.warnings.join()).toContain("the site cau-moi has no name yet");
    expect(station.registry.find(device.identity)).toBeUndefined();
  });

  test("over what waits in quarantine it tells which alarms would have been raised", async () => {
    for (let minute = 30; minute >= 0; minute -= 1) {
      const ts = now - minute * 60_000;
      await station.send(device.identity, { ts, values: { water_level_m: 2.9 } });
    }
    const { body } = await preview(engineer, { device });
    expect(body).toMatchObject({ source: "quarantine", waiting: 31 });
    expect(body.readings).toHaveLength(31);
    const fired = body.alarms.find(({ rule }) => rule === "water.bd3")?.fired;
    expect(fired?.[0]).toMatchObject({ event: "raise", value: 2.9 });
  });

  test("without either it takes the samples of the profile, and says when there are none", async () => {
    const meter = { identity: "82/29869/ioc/dien-ke-01", profile: "eastron-sdm630" };
    const { body } = await preview(engineer, { device: meter });
    expect(body.source).toBe("profile");
    expect(body.readings.length).toBeGreaterThan(2);
    const bare = { identity: "82/29869/ioc/x", profile: "generic-power" };
    expect((await preview(engineer, { device: bare })).body).toMatchObject({
      source: "none",
      readings: [],
      warnings: expect.arrayContaining(["there is no sample of it yet: nothing could be tried"]),
    });
  });

  test("a wrong device is refused with the mend, and one of another unit is not known", async () => {
    const wrong = await preview(engineer, { device: { ...device, profile: "generic-watr" } });
    expect(wrong.status).toBe(400);
    expect(wrong.body).toMatchObject({
      detail: expect.stringContaining("did you mean generic-water?"),
    });
    expect((await preview(other, { device })).status).toBe(404);
    expect((await preview(reader, { device })).status).toBe(403);
  });
});
