import { afterEach, beforeEach, expect, test } from "vitest";
import { type TemporaryFolder, temporaryFolder } from "../../../test/support/folder.ts";
import { instantOf } from "./civil.ts";
import { agency, contractsOf, writeContracts } from "./contract.fixture.ts";
import { loadContracts } from "./contracts.ts";

let folder: TemporaryFolder;
beforeEach(() => {
  folder = temporaryFolder("kenh-contracts");
});
afterEach(() => folder[Symbol.dispose]());

const water = (more = "") => `${agency}
datasets:
  - id: muc-nuoc
    label: { vi: "Mực nước", en: "Water levels" }
    agency: 82/so-nnmt
    kind: periodic
    period: 1h
    lateness: 30m
    from: 2026-10-01
    openness: { level: open, licence: CC-BY-4.0 }
    devices: { match: ["82/*/*/*"] }
${more}`;

test("a contract has its owner, its focal person, its place and its time", () => {
  const { datasets } = contractsOf(folder.path, water());
  const contract = datasets.get("muc-nuoc");
  expect(contract).toMatchObject({
    identity: "82/so-nnmt/datasets/muc-nuoc",
    focal: { name: "Nguyễn Văn An" },
    lateness: 1_800_000,
    coverage: 0.8,
    force: { start: instantOf("2026-10-01"), end: Number.POSITIVE_INFINITY },
    exempt: [],
  });
});

test("a later root overrides by id", () => {
  using above = temporaryFolder("kenh-contracts");
  writeContracts(folder.path, water());
  writeContracts(above.path, water().replace("period: 1h", "period: 1d"));
  expect(loadContracts([folder.path, above.path]).datasets.get("muc-nuoc")?.period).toBe("1d");
});

test("exemptions hold for whom they name; a date counts to its last moment", () => {
  const text = water(`exemptions:
  - { id: le, reason: holiday, label: { vi: "Lễ", en: "Holiday" }, from: 2026-10-10, to: 2026-10-11 }
  - { id: khac, reason: maintenance, label: { vi: "Bảo trì", en: "Maintenance" }, from: 2026-10-05T06:00, to: 2026-10-05T18:00, datasets: [muc-nuoc] }
`);
  const exempt = contractsOf(folder.path, text).datasets.get("muc-nuoc")?.exempt;
  expect(exempt?.map(({ id, start, end }) => [id, start, end])).toEqual([
    ["khac", instantOf("2026-10-05T06:00"), instantOf("2026-10-05T18:00")],
    ["le", instantOf("2026-10-10"), instantOf("2026-10-12")],
  ]);
});

test.each([
  [
    "agency: 82/so-nnmt\n    kind",
    "agency: 82/so-nnmtt\n    kind",
    /:11: there is no agency 82\/so-nnmtt: did you mean 82\/so-nnmt\?/,
  ],
  ["period: 1h", "period: 7h", /:13: datasets\.0\.period: must be one of 5m, /],
  ["    period: 1h\n", "", /:9: datasets\.0\.period: a periodic dataset needs its period/],
  ["lateness: 30m", "lateness: half an hour", /:14: .*must be a length such as 30m/],
  ['devices: { match: ["82/*/*/*"] }', "", /needs either devices or records/],
  ["from: 2026-10-01", "from: 01/10/2026", /:15: .*date/],
  [
    'devices: { match: ["82/*/*/*"] }',
    "records: { fields: [{ name: ngay, type: text }], time: ngay, key: [ngya] }",
    /:17: ngay is no field of type date or datetime\n.*:17: there is no field ngya: did you mean ngay/,
  ],
])("%s → %s is refused with its line", (right, wrong, message) => {
  expect(() => contractsOf(folder.path, water().replace(right, wrong))).toThrow(message);
});

test("an agency may be the registry's", () => {
  const [head = ""] = agency.split("agencies:");
  const file = writeContracts(folder.path, water().replace(agency, head));
  expect(() => loadContracts([folder.path])).toThrow(`${file}:7: there is no agency 82/so-nnmt`);
  const label = { vi: "Sở", en: "Department" };
  const { agencies } = loadContracts([folder.path], (key) => ({ agency: key, label, contact: {} }));
  expect(agencies.get("82/so-nnmt")?.label).toBe(label);
});

test("an id that stands twice in a file is refused", () => {
  const text = agency + agency.split("\n").slice(3).join("\n");
  expect(() => contractsOf(folder.path, text)).toThrow(/so-nnmt stands here twice/);
});
