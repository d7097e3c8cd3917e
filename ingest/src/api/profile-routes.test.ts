import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Station, startStation } from "./station.fixture.ts";

let station: Station;
beforeAll(async () => {
  station = await startStation();
});
afterAll(() => station.stop());

const yaml = `version: 2
name: my-level
label: { vi: "Mực nước chợ", en: "Level at the market" }
measurement: water
quantities: [water_level_m]
`;
const send = async (token: string, path: string, body: object) => {
  const response = await station.call(token, path, { method: "POST", body: JSON.stringify(body) });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};
const get = async (token: string, path: string) => {
  const response = await station.call(token, path);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

test("lists what is in force with how many devices of the scope use it, and gives the text of one", async () => {
  const { body } = await get(station.token("reader", "82/29869"), "/api/v1/profiles");
  const profiles = body["profiles"] as { name: string; devices: number }[];
  expect(profiles.find(({ name }) => name === "generic-water")?.devices).toBe(1);
  expect((body["classes"] as Record<string, string[]>)["water"]).toContain("water_level_m");
  const one = await get(station.token("reader", "82/29869"), "/api/v1/profiles/generic-water");
  expect(one.body).toMatchObject({ name: "generic-water", own: false });
  expect(one.body["yaml"]).toMatch(/^name: generic-water$/m);
  for (const name of ["no-such", "..%2Fquantities%2Fwater", "GENERIC"]) {
    expect((await get(station.token("admin", "*"), `/api/v1/profiles/${name}`)).status).toBe(404);
  }
});

test("a text is checked and never written by it", async () => {
  const { status, body } = await send(
    station.token("engineer", "82/29869"),
    "/api/v1/profiles/check",
    {
      yaml: yaml.replace("quantities", "quantitys"),
    },
  );
  expect(status).toBe(200);
  expect(body["faults"]).toMatchObject([
    { line: 5, message: expect.stringContaining("quantitys") },
  ]);
  expect(existsSync(join(station.folder, "profiles"))).toBe(false);
});

test("an engineer of all units saves one, once; who read an older text is told so; each try is in the audit log", async () => {
  const engineer = station.token("engineer", "*");
  const refused = await send(station.token("operator", "*"), "/api/v1/profiles", {
    yaml,
    version: null,
  });
  expect(refused.status).toBe(403);
  const wrong = await send(engineer, "/api/v1/profiles", {
    yaml: yaml.replace("measurement", "mesurement"),
    version: null,
  });
  expect(wrong.status).toBe(400);
  expect(wrong.body["detail"]).toMatch(/^line \d/);
  const saved = await send(engineer, "/api/v1/profiles", { yaml, version: null });
  expect(saved.status).toBe(200);
  expect(saved.body).toMatchObject({ name: "my-level", own: true, yaml });
  expect(readdirSync(join(station.folder, "profiles"))).toEqual(["my-level.yaml"]);
  const other = yaml.replace("Mực nước chợ", "Mực nước cầu");
  const stale = await send(engineer, "/api/v1/profiles", { yaml: other, version: null });
  expect(stale.status).toBe(409);
  const again = await send(engineer, "/api/v1/profiles", {
    yaml: other,
    version: saved.body["version"],
  });
  expect(again.status).toBe(200);
  expect(readFileSync(join(station.folder, "profiles", "my-level.yaml"), "utf8")).toBe(other);
  const { lines } = (await get(engineer, "/api/v1/audit")).body as {
    lines: { call: string; result: string; comment: string | null }[];
  };
  expect(
    lines
      .filter(({ call }) => call === "profile.save")
      .map(({ result, comment }) => [result, comment]),
  ).toEqual([
    ["done", "my-level"],
    ["stale-version", null],
    ["done", "my-level"],
    ["bad-request", null],
    ["forbidden", null],
  ]);
});

test("a unit saves one for itself, and a province for its units; no other unit has it or knows of it", async () => {
  const unit = station.token("engineer", "82/29869");
  const other = station.token("engineer", "82/30000");
  const own = yaml.replace("my-level", "tenant-level");
  const path = "/api/v1/profiles/tenant-level";
  const saved = await send(unit, "/api/v1/profiles", { yaml: own, version: null });
  expect(saved.body).toMatchObject({
    ...{ own: true, layer: "unit" },
    file: "units/82/29869/profiles/tenant-level.yaml",
  });
  const statuses = async (of: string) =>
    Promise.all([unit, other].map(async (token) => (await get(token, of)).status));
  expect(await statuses(path)).toEqual([200, 404]);
  expect(await statuses(`${path}?unit=82/29869`)).toEqual([200, 404]);
  // Who may see the unit sees what is its own, and the province has none of this name.
  const province = station.token("engineer", "82");
  expect((await get(province, path)).status).toBe(404);
  expect((await get(province, `${path}?unit=82/29869`)).body).toMatchObject({ layer: "unit" });
  const provincial = own.replace("Mực nước chợ", "Mực nước tỉnh");
  await send(province, "/api/v1/profiles", { yaml: provincial, version: null });
  expect((await get(other, path)).body).toMatchObject({ own: false, layer: "province" });
  expect((await get(unit, path)).body).toMatchObject({ own: true, yaml: own });
  // Neither may write for somebody else.
  for (const [token, whose] of [
    [unit, "82/30000"],
    [unit, "82"],
    [province, "83"],
  ] as const) {
    const tried = await send(token, `/api/v1/profiles?unit=${whose}`, { yaml: own, version: null });
    expect(tried.status).toBe(404);
  }
  expect(readdirSync(join(station.folder, "units/82"))).toEqual(["29869"]);
});

test("a shipped one is replaced by one of the same name, and stays where it was", async () => {
  const engineer = station.token("engineer", "*");
  const shipped = (await get(engineer, "/api/v1/profiles/generic-camera")).body;
  const own = `${shipped["yaml"]}# ours\n`;
  const version = shipped["version"];
  const saved = await send(engineer, "/api/v1/profiles", { yaml: own, version });
  expect(saved.body).toMatchObject({ own: true });
  expect((await get(engineer, "/api/v1/profiles/generic-camera")).body).toMatchObject({
    own: true,
    yaml: own,
  });
});
