import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TemporaryFolder, temporaryFolder } from "../../../test/support/folder.ts";
import { loadCatalogue } from "../catalogue.ts";
import { openRegistry } from "../registry.ts";
import { type By, station } from "./change.ts";
import { readRegistryFiles } from "./read-files.ts";
import { writeTables, writeYaml } from "./write-files.ts";

const schemas = fileURLToPath(new URL("../../../schemas/", import.meta.url));
const catalogue = loadCatalogue(schemas);
const by: By = { actor: station, how: "import" };

let folder: TemporaryFolder;
let count = 0;
beforeAll(() => {
  folder = temporaryFolder("kenh-registry-files");
});
afterAll(() => folder[Symbol.dispose]());

/** A file of this text. */
function fileOf(name: string, text: string): string {
  const place = join(folder.path, `${++count}`);
  mkdirSync(place);
  const file = join(place, name);
  writeFileSync(file, text);
  return file;
}

describe("files of the registry", () => {
  const text = `version: 2
provinces: [{ province: "82", label: { vi: Đồng Tháp, en: Dong Thap }, kind: tỉnh }]
units:
  - { unit: 82/29869, label: { vi: 'Phường "Cao Lãnh", Đồng Tháp', en: Cao Lanh } }
agencies:
  - agency: 82/so-nn-mt
    label: { vi: Sở, en: Office }
    owner: Phòng KTTV
    contact: { name: An, phone: +84 277 3851 234, email: a@b.vn }
    updateEveryMs: 86400000
sites:
  - site: 82/29869/cau
    label: { vi: Cầu, en: Bridge }
    position: { latitude: 10.4236, longitude: -0.5, elevationM: 0 }
    datum: { name: thước nước, zeroElevationM: -0.12 }
devices:
  - identity: 82/29869/cau/muc-nuoc-01
    profile: generic-water
    label: { vi: Mực nước; sông Tiền, en: Level }
    position: { latitude: 1, longitude: 2 }
    intervalMs: 5000
    vnAqi: regulatory
    agency: 82/so-nn-mt
    criticality: 1
calibrations:
  - { device: 82/29869/cau/muc-nuoc-01, quantity: water_level_m, from: 2026-03-02T09:30:00+07:00, by: An, note: 'sau lũ, "mới"', settings: { offsetM: -0.5 } }
`;

  test("YAML and CSV say the same, and come back as they were", () => {
    const registry = openRegistry(":memory:", catalogue);
    const given = readRegistryFiles([fileOf("ward.yaml", text)]);
    expect(registry.change(given, by)).toMatchObject({ change: { size: 6 }, refused: [] });
    const [yaml, tables] = [join(folder.path, "out.yaml"), join(folder.path, "tables")];
    writeYaml(registry, yaml);
    expect(writeTables(registry, tables)).toHaveLength(6);
    for (const path of [yaml, tables]) {
      const again = registry.plan(readRegistryFiles([path]));
      expect(again).toEqual({ edits: [], unchanged: 6, refused: [] });
    }
    expect(readFileSync(yaml, "utf8")).toContain(
      "    label: { vi: Mực nước; sông Tiền, en: Level }\n",
    );
  });

  test("the first form of a ward's file is read as the present one", () => {
    const old = `version: 1
province: "82"
unit: "29869"
label: { vi: a, en: a }
devices:
  - { identity: 82/29869/cau/m, profile: generic-water, siteLabel: { vi: Cầu, en: Bridge } }
`;
    const records = readRegistryFiles([fileOf("ward.yaml", old)]);
    expect(records.map(({ kind, value }) => [kind, value])).toEqual([
      ["unit", { unit: "82/29869", label: { vi: "a", en: "a" } }],
      ["site", { site: "82/29869/cau", label: { vi: "Cầu", en: "Bridge" } }],
      ["device", { identity: "82/29869/cau/m", profile: "generic-water" }],
    ]);
  });

  test("a fault names file and line, in both forms", () => {
    const registry = openRegistry(":memory:", catalogue);
    const saidOf = (file: string) =>
      registry.plan(readRegistryFiles([file])).refused.map(({ at, message }) => `${at} ${message}`);
    expect(
      saidOf(
        fileOf(
          "devices.csv",
          'identity,profile,label_vi,latitude\n82/1/a/b,generic-water,A,"10,5"\n82/1/a/c,generic-water\n82/1/a/d,generic-water,A,1,2\n',
        ),
      ),
    ).toEqual([
      'devices.csv:2 latitude: "10,5" is no number: write 10.5',
      "devices.csv:4 has 5 cells, the first row 4: put a text that has the separator in it in quotation marks",
    ]);
    expect(
      saidOf(
        fileOf(
          "ward.yaml",
          "version: 2\ndevices:\n  - { identity: 82/1/a/b, profile: generic-water }\n  - identity: 82/1/a/c\n    profil: x\n",
        ),
      ),
    ).toEqual([
      "ward.yaml:4 profile: is missing; profil: there is no such field: did you mean profile?",
    ]);
  });

  test.each([
    [
      "devices.csv",
      "identity,profle\n",
      'devices.csv:1: there is no column "profle": did you mean profile?',
    ],
    ["x.csv", "a,b\n", "the first row must name columns"],
    ["x.yaml", "version: 2\ndevises: []\n", 'there is no list "devises": did you mean devices?'],
    ["x.yaml", "version: 3\n", "write 2, or start a newer Kênh"],
    ["x.yaml", "version: [", "x.yaml: "],
    ["x.txt", "", "a registry comes in .yaml or .csv"],
  ])("%s with %j is none of them", (name, content, message) => {
    expect(() => readRegistryFiles([fileOf(name, content)])).toThrow(message);
  });

  test("the list of the province's units that comes along has all of them", () => {
    const records = readRegistryFiles([join(schemas, "reference/dong-thap.yaml")]);
    const { edits, refused } = openRegistry(":memory:", catalogue).plan(records);
    expect(refused).toEqual([]);
    expect(edits.filter(({ kind }) => kind === "unit")).toHaveLength(102);
    const kinds = Object.groupBy(
      edits,
      ({ after }) => (JSON.parse(after ?? "{}") as { kind: string }).kind,
    );
    expect([kinds["phường"]?.length, kinds["xã"]?.length]).toEqual([20, 82]);
  });
});
