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
  const refused = await send(station.token("engineer", "82/29869"), "/api/v1/profiles", {
    yaml,
    version: null,
  });
  expect([refused.status, refused.body["detail"]]).toEqual([
    403,
    "a profile holds for all units: saving one needs a token with scope *",
  ]);
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
