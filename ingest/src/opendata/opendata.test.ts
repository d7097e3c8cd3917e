import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type TemporaryFolder, temporaryFolder } from "../../../test/support/folder.ts";
import { registryOf } from "../../../test/support/registry.ts";
import { ApiError, answerProblem } from "../api/problem.ts";
import { Latest } from "../latest.ts";
import { station } from "../registry/change.ts";
import type { RegisteredDevice } from "../registry.ts";
import { contractsOf } from "../sharing/contract.fixture.ts";
import type { Contracts } from "../sharing/contracts.ts";
import { openSqlite } from "../stores/sqlite.ts";
import type { Field, Store } from "../stores/store.ts";
import { openDataRoutes } from "./opendata.ts";

const contracts = `
version: 1
agencies:
  - agency: 82/so-nnmt
    label: { vi: "Sở Nông nghiệp và Môi trường", en: "Department of Agriculture and Environment" }
    contact: { name: "Nguyễn Văn An" }
datasets:
  - id: muc-nuoc
    label: { vi: "Mực nước", en: "Water level" }
    agency: 82/so-nnmt
    kind: periodic
    period: 1h
    lateness: 30m
    from: "2026-10-01"
    openness: { level: open, licence: CC-BY-4.0 }
    devices: { match: ["82/*/*/*"], quantities: [water_level_m, pm25_ugm3, firmware, latitude_deg] }
  - id: dien
    label: { vi: "Nguồn điện", en: "Power" }
    agency: 82/so-nnmt
    kind: periodic
    period: 1h
    lateness: 30m
    from: "2026-10-01"
    openness:
      level: closed
      ground: { vi: "Điều 9 Luật Bảo vệ bí mật nhà nước", en: "Article 9 of the Law on State Secrets" }
    devices: { match: ["82/*/*/*"], measurements: [power] }
  - id: so-lieu-trao-doi
    label: { vi: "Trao đổi", en: "Exchanged" }
    agency: 82/so-nnmt
    kind: event
    lateness: 1d
    from: "2026-10-01"
    openness: { level: shared }
    devices: { match: ["82/*/*/*"], measurements: [power] }
`;

const registry = registryOf(
  { identity: "82/29869/cau/muc-nuoc", profile: "generic-water" },
  { identity: "82/29869/cau/ups", profile: "generic-power" },
  { identity: "82/29869/cau/cam", profile: "generic-camera" },
  { identity: "83/1/cau/muc-nuoc", profile: "generic-water" },
);
registry.change(
  [
    {
      kind: "site",
      at: "sites.0",
      value: { site: "82/29869/cau", label: { vi: "Cầu", en: "Bridge" } },
    },
  ],
  { actor: station, how: "import" },
);
const found = (identity: string) => registry.find(identity) as RegisteredDevice;
const gauge = found("82/29869/cau/muc-nuoc");

const day = Date.parse("2026-11-01T00:00:00+07:00");
const hour = 3_600_000;
let folder: TemporaryFolder;
let store: Store;
let loaded: Contracts;
const latest = new Latest(0);
let now = 0;

beforeAll(async () => {
  folder = temporaryFolder("kenh-open");
  loaded = contractsOf(`${folder.path}/ward`, contracts);
  store = openSqlite({ file: `${folder.path}/store.db` });
  const float = (name: string, value: number | null, flag: Field["flag"] = 1): Field => ({
    ...{ name, type: "float", value, flag },
  });
  const points = Array.from({ length: 30 }, (_, n) => ({
    series: gauge.series,
    ts: day - 3 * hour + n * hour,
    fields: [
      n === 7 ? float("water_level_m", null, 9) : float("water_level_m", n / 10, n === 8 ? 3 : 1),
      float("battery_v", 3.6),
    ],
  }));
  await store.write(points);
  latest.note(gauge.identity, day, points);
  for (const identity of ["82/29869/cau/ups", "82/29869/cau/cam", "83/1/cau/muc-nuoc"]) {
    const { series } = found(identity);
    const name = series.measurement === "water" ? "water_level_m" : "reachable";
    const point = { series, ts: day, fields: [float(name, 1)] };
    latest.note(identity, day, [point]);
  }
});
afterAll(async () => {
  await store.close();
  folder[Symbol.dispose]();
});
beforeEach(() => {
  now = day + 30 * hour;
});

function app(limits = {}) {
  const log = { error: () => undefined };
  const parts = { contracts: loaded, registry, latest, store, now: () => now, log, limits };
  // The rest of the API answers what is thrown in this way, too.
  return openDataRoutes({ ...parts, folder: `${folder.path}/open` }).onError((error, c) => {
    if (error instanceof ApiError) return answerProblem(c, error.kind, error.message);
    throw error;
  });
}
const get = (path: string) => app().request(path);

describe("what is open", () => {
  test("is what a contract of level open names, as far as it was read: no camera, no text, no other province", async () => {
    const { value } = (await (await get("/sta/v1.1/Datastreams")).json()) as {
      value: { "@iot.id": string; properties: object }[];
    };
    expect(value.map((one) => one["@iot.id"])).toEqual(["82:29869:cau:muc-nuoc:water_level_m"]);
    expect(value[0]?.properties).toMatchObject({
      dataset: "muc-nuoc",
      licence: "CC-BY-4.0",
      agency: { vi: "Sở Nông nghiệp và Môi trường" },
    });
  });

  test("the list says where each dataset is, under which licence", async () => {
    const { datasets } = (await (await get("/open/v1/datasets")).json()) as { datasets: object[] };
    expect(datasets).toEqual([
      {
        id: "muc-nuoc",
        title: { vi: "Mực nước", en: "Water level" },
        agency: {
          vi: "Sở Nông nghiệp và Môi trường",
          en: "Department of Agriculture and Environment",
        },
        licence: "CC-BY-4.0",
        kind: "periodic",
        period: "1h",
        from: "2026-10-01",
        dictionary: "/open/v1/datasets/muc-nuoc/dictionary",
        snapshots: [
          "/open/v1/datasets/muc-nuoc/{yyyy-mm-dd}.csv",
          "/open/v1/datasets/muc-nuoc/{yyyy-mm-dd}.json",
        ],
      },
    ]);
  });

  test.each([
    ["dien", "Điều 9 Luật Bảo vệ bí mật nhà nước"],
    ["so-lieu-trao-doi", "278/2025/NĐ-CP"],
  ])("a refusal of %s carries its legal ground, wherever it is asked", async (id, ground) => {
    for (const rest of ["", "/dictionary", "/2026-11-01.csv"]) {
      const answer = await get(`/open/v1/datasets/${id}${rest}`);
      expect(answer.status).toBe(403);
      expect(((await answer.json()) as { detail: string }).detail).toContain(ground);
    }
  });

  test("the dictionary names columns, quantities with their units, flags and devices", async () => {
    const answer = await get("/open/v1/datasets/muc-nuoc/dictionary");
    expect(await answer.json()).toMatchObject({
      columns: [
        { name: "device" },
        { name: "time" },
        { name: "quantity" },
        { name: "value" },
        { name: "quality" },
      ],
      quantities: [{ name: "water_level_m", unit: "m", label: { vi: "Mực nước" } }],
      flags: { pass: 1, missing: 9 },
      devices: [{ identity: gauge.identity, site: { vi: "Cầu", en: "Bridge" } }],
    });
  });
});

describe("the readings of a day", () => {
  test("are those of the civil day, with their flags, as CSV and as JSON alike", async () => {
    const text = await (await get("/open/v1/datasets/muc-nuoc/2026-11-01.csv")).text();
    const [head, ...rows] = text.trim().split("\n");
    expect(head).toBe("device,time,quantity,value,quality");
    // 24 hours, of which one has no value.
    expect(rows).toHaveLength(23);
    expect(rows[0]).toBe("82/29869/cau/muc-nuoc,2026-11-01T00:00:00+07:00,water_level_m,0.3,1");
    expect(rows[4]).toBe("82/29869/cau/muc-nuoc,2026-11-01T05:00:00+07:00,water_level_m,0.8,3");
    const json = await (await get("/open/v1/datasets/muc-nuoc/2026-11-01.json")).json();
    const cells = (json as { rows: unknown[][] }).rows.map((row) => row.join(","));
    expect(cells).toEqual(rows);
  });

  test("stay as they were once made, whatever comes late", async () => {
    const path = "/open/v1/datasets/muc-nuoc/2026-11-02.csv";
    now = day + 60 * hour;
    const before = await (await get(path)).text();
    const field = { name: "water_level_m", type: "float", value: 9, flag: 1 } as const;
    await store.write([{ series: gauge.series, ts: day + 24 * hour + 1, fields: [field] }]);
    const both = await Promise.all([get(path), get(path)]);
    for (const answer of both) expect(await answer.text()).toBe(before);
  });

  test.each([
    ["a day that is not over", "2026-11-03.csv", 404],
    ["a day before the contract", "2026-09-30.csv", 404],
    ["a day that there is not", "2026-11-31.csv", 404],
    ["another format", "2026-11-01.xml", 404],
    ["a way out of the folder", "..%2f..%2fstore.db", 404],
  ])("of %s there are none", async (_, file, status) => {
    expect((await get(`/open/v1/datasets/muc-nuoc/${file}`)).status).toBe(status);
  });
});

describe("the public", () => {
  test("only reads", async () => {
    for (const path of ["/sta/v1.1/Things", "/open/v1/datasets"]) {
      for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
        const answer = await app().request(path, { method });
        expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
      }
    }
  });

  test("asks so often and not more often, by both ways together", async () => {
    const one = app({ requests: 3, perS: 60 });
    const ask = async (path: string) => (await one.request(path)).status;
    expect(await ask("/sta/v1.1/Things")).toBe(200);
    expect(await ask("/open/v1/datasets")).toBe(200);
    expect(await ask("/sta/v1.1/")).toBe(200);
    const answer = await one.request("/sta/v1.1/Things");
    expect(answer.status).toBe(429);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await ask("/open/v1/datasets")).toBe(429);
  });

  test("is not answered all at once: the operators come first", async () => {
    const one = app({ atOnce: 2 });
    const path = "/sta/v1.1/Datastreams('82:29869:cau:muc-nuoc:water_level_m')/Observations";
    const answers = await Promise.all(Array.from({ length: 5 }, () => one.request(path)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 503, 503, 503]);
    expect((await one.request(path)).status).toBe(200);
  });

  test("may ask from a page of any origin", async () => {
    expect((await get("/sta/v1.1/")).headers.get("access-control-allow-origin")).toBe("*");
  });
});
