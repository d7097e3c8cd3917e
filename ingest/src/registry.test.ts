import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../test/support/folder.ts";
import { loadCatalogue } from "./catalogue.ts";
import { type By, type Proposed, station } from "./registry/change.ts";
import { openRegistry } from "./registry.ts";

const catalogue = loadCatalogue(fileURLToPath(new URL("../../schemas/", import.meta.url)));
const gauge = { identity: "82/29869/cau-cao-lanh/muc-nuoc-01", profile: "generic-water" };
const ups = { identity: "82/29869/ioc/ups-01", profile: "generic-power" };
const bridge = {
  site: "82/29869/cau-cao-lanh",
  label: { vi: "Cầu Cao Lãnh", en: "Cao Lãnh bridge" },
  position: { latitude: 10.4236, longitude: 105.6463 },
};
const office = { agency: "82/so-nn-mt", label: { vi: "Sở NN-MT", en: "Agriculture" } };
const calibration = {
  device: gauge.identity,
  quantity: "water_level_m",
  from: "2026-03-02T09:30:00+07:00",
  by: "Đài KTTV",
  settings: { mountElevationM: 10.2 },
};
const by: By = { actor: { ...station, name: "An" }, how: "import" };

function proposed(kind: Proposed["kind"], ...values: unknown[]): Proposed[] {
  return values.map((value, index) => ({ kind, at: `${kind}.${index}`, value }));
}
const open = (file = ":memory:") => openRegistry(file, catalogue, () => 1_790_000_000_000);

describe("what stands", () => {
  test("a device has the name and the position of its site, and its own position before that", () => {
    const registry = open();
    registry.put(gauge);
    expect(registry.find(gauge.identity)?.siteLabel).toBeUndefined();
    registry.change(proposed("site", bridge), by);
    expect(registry.find(gauge.identity)).toMatchObject({
      siteLabel: bridge.label,
      position: bridge.position,
    });
    const own = { latitude: 10.4, longitude: 105.6 };
    registry.put({ ...gauge, position: own });
    expect(registry.find(gauge.identity)?.position).toEqual(own);
    registry.discard([{ kind: "site", key: bridge.site }], by);
    expect(registry.find(gauge.identity)?.siteLabel).toBeUndefined();
  });

  test("another process sees what was changed, and only that is read anew", () => {
    using folder = temporaryFolder("kenh-registry");
    const file = join(folder.path, "registry.db");
    const [here, there] = [open(file), open(file)];
    here.put(gauge);
    here.put(ups);
    expect(there.all().map(({ identity }) => identity)).toEqual([gauge.identity, ups.identity]);
    const before = there.find(ups.identity);
    here.put({ ...gauge, intervalMs: 5000 });
    here.change(proposed("site", bridge), by);
    expect(there.all()[0]).toMatchObject({ intervalMs: 5000, siteLabel: bridge.label });
    expect(there.find(ups.identity)).toBe(before);
    here.remove(gauge.identity);
    expect(there.all()).toEqual([before]);
    here.close();
    there.close();
  });

  test("a change of many is taken over in pieces, and a stranger among them is known at once", () => {
    using folder = temporaryFolder("kenh-registry");
    const file = join(folder.path, "registry.db");
    const [here, there] = [open(file), open(file)];
    here.put(gauge);
    expect(there.all()).toHaveLength(1);
    const many = Array.from({ length: 2000 }, (_, at) => ({
      identity: `82/29869/tram-${at}/a`,
      profile: "generic-water",
    }));
    here.change(proposed("device", ...many, { ...gauge, intervalMs: 7000 }), by);
    for (const { identity } of [many.at(-1), many[0], many[1000]].filter(
      (one) => one !== undefined,
    ))
      expect(there.find(identity)?.identity).toBe(identity);
    expect(there.all()).toHaveLength(2001);
    expect(there.find(gauge.identity)?.intervalMs).toBe(7000);
    here.undo(2, by);
    expect(there.all()).toHaveLength(1);
    expect(there.find(gauge.identity)?.intervalMs).not.toBe(7000);
    here.close();
    there.close();
  });

  test("other profiles are in force at once", () => {
    const registry = open();
    registry.put(gauge);
    const { profiles } = catalogue;
    const water = profiles.get("generic-water");
    const changed = { ...water, classes: [], quantities: ["water_level_m"] } as NonNullable<
      typeof water
    >;
    registry.take({ ...catalogue, profiles: new Map([...profiles, ["generic-water", changed]]) });
    expect([...(registry.find(gauge.identity)?.quantities.keys() ?? [])]).toEqual([
      "water_level_m",
    ]);
  });

  test("a registry of the first form keeps its devices and the names of their sites", () => {
    using folder = temporaryFolder("kenh-registry");
    const file = join(folder.path, "registry.db");
    const old = new DatabaseSync(file);
    old.exec(
      `CREATE TABLE device (identity TEXT PRIMARY KEY, body TEXT NOT NULL, changed_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
       PRAGMA user_version = 1`,
    );
    const insert = old.prepare("INSERT INTO device VALUES (?, ?, 1)");
    insert.run(gauge.identity, JSON.stringify({ ...gauge, siteLabel: bridge.label }));
    insert.run(ups.identity, JSON.stringify(ups));
    old.close();
    const registry = open(file);
    expect(registry.records("device")).toEqual([gauge, ups]);
    expect(registry.records("site")).toEqual([{ site: bridge.site, label: bridge.label }]);
    registry.close();
  });
});

describe("a batch", () => {
  test("takes all or nothing, or with takeGood what is right", () => {
    const registry = open();
    const wrong = { ...ups, profile: "generic-powr" };
    const batch = proposed("device", gauge, wrong);
    const held = registry.change(batch, by);
    expect(held).toMatchObject({ change: null });
    expect(held.refused).toEqual([
      {
        at: "device.1",
        kind: "device",
        key: ups.identity,
        message: 'there is no profile "generic-powr": did you mean generic-power?',
      },
    ]);
    expect(registry.all()).toEqual([]);
    const taken = registry.change(batch, { ...by, takeGood: true });
    expect(taken.change).toMatchObject({ id: 1, size: 1, how: "import", actor: { name: "An" } });
    expect(registry.all().map(({ identity }) => identity)).toEqual([gauge.identity]);
  });

  test("what stands so already is no change", () => {
    const registry = open();
    registry.change(proposed("device", gauge), by);
    expect(registry.change(proposed("device", gauge), by)).toEqual({
      change: null,
      unchanged: 1,
      refused: [],
    });
    expect(registry.history.last).toBe(1);
  });

  test("a plan writes nothing", () => {
    const registry = open();
    const { edits } = registry.plan(proposed("device", gauge));
    expect(edits).toEqual([
      { kind: "device", key: gauge.identity, before: null, after: JSON.stringify(gauge) },
    ]);
    expect(registry.all()).toEqual([]);
    expect(registry.history.last).toBe(0);
  });

  test.each([
    ["device", { profile: "generic-water" }, "identity: is missing"],
    ["device", { ...gauge, identity: "82/Cao Lanh/a/b" }, "identity: must be province/unit/site"],
    ["device", { ...gauge, profil: "x" }, "profil: there is no such field: did you mean profile?"],
    ["device", { ...gauge, agency: "82/so-x" }, 'there is no agency "82/so-x"'],
    ["device", { ...gauge, criticality: 5 }, "criticality: Too big"],
    ["province", { province: 82, label: bridge.label }, 'write a code in quotes, such as "82"'],
    ["unit", { unit: "29869", label: bridge.label }, "unit: must be province/unit"],
    [
      "site",
      { ...bridge, position: { latitude: 200, longitude: 1 } },
      "position.latitude: Too big",
    ],
    ["agency", { ...office, contact: { email: "x" } }, "contact.email: must be an address"],
    ["calibration", { ...calibration, from: "2026-03-02" }, "from: must be a date and time with"],
    ["calibration", { ...calibration, from: "2026-13-02T00:00:00Z" }, "from: is no date"],
    ["calibration", calibration, `there is no device ${gauge.identity}`],
  ] as const)("a %s %j is refused with the way out", (kind, value, message) => {
    const { refused } = open().plan(proposed(kind, value));
    expect(refused).toHaveLength(1);
    expect(refused[0]?.message).toContain(message);
  });

  test("one record said twice is one, and two things said of one are refused", () => {
    const registry = open();
    expect(registry.plan(proposed("device", gauge, gauge))).toMatchObject({ refused: [] });
    const { refused } = registry.plan(proposed("device", gauge, { ...gauge, intervalMs: 1 }));
    expect(refused[0]?.message).toContain("stands in device.0 already");
  });

  test("an agency is of the province or of the device's own unit", () => {
    const registry = open();
    const foreign = { ...office, agency: "82/30000/doi-quan-trac" };
    const batch = [
      ...proposed("agency", office, foreign),
      ...proposed(
        "device",
        { ...gauge, agency: office.agency },
        { ...ups, agency: foreign.agency },
      ),
    ];
    const { edits, refused } = registry.plan(batch);
    expect(edits).toHaveLength(3);
    expect(refused.map(({ key }) => key)).toEqual([ups.identity]);
    registry.change(batch, { ...by, takeGood: true });
    expect(() => registry.discard([{ kind: "agency", key: office.agency }], by)).toThrow(
      `${gauge.identity} is of the agency`,
    );
  });
});

describe("calibrations", () => {
  const at = (from: string, more: object = {}) => ({ ...calibration, from, ...more });

  test("only grow: none is changed, none is put into the past", () => {
    const registry = open();
    registry.put(gauge);
    registry.change(proposed("calibration", at("2026-05-01T00:00:00Z"), calibration), by);
    expect(registry.records("calibration", `${gauge.identity} `).map(({ from }) => from)).toEqual([
      calibration.from,
      "2026-05-01T00:00:00Z",
    ]);
    const said = (value: unknown) => registry.plan(proposed("calibration", value)).refused[0];
    expect(said(at("2026-05-01T07:00:00+07:00", { by: "X" }))?.message).toContain(
      "stands as it was recorded",
    );
    expect(said(at("2026-04-01T00:00:00Z"))?.message).toContain("the past is not rewritten");
    expect(said(at("2026-06-01T00:00:00Z", { quantity: "water_levl_m" }))?.message).toContain(
      "did you mean water_level_m?",
    );
    expect(said(at("2026-06-01T00:00:00Z"))).toBeUndefined();
    expect(said(calibration)).toBeUndefined();
  });

  test("go with their device and come back with it", () => {
    const registry = open();
    registry.put(gauge);
    registry.change(proposed("calibration", calibration), by);
    const change = registry.discard([{ kind: "device", key: gauge.identity }], by);
    expect(change?.size).toBe(2);
    expect(registry.records("calibration")).toEqual([]);
    registry.undo(change?.id ?? 0, by);
    expect(registry.records("calibration")).toEqual([calibration]);
    expect(registry.find(gauge.identity)).toBeDefined();
  });
});

describe("history", () => {
  test("tells who changed what, and a change is taken back by another", () => {
    const registry = open();
    registry.change(proposed("device", gauge), by);
    registry.change(proposed("device", { ...gauge, intervalMs: 5000 }, ups), by);
    expect(() => registry.undo(1, by)).toThrow("by change 2: undo that first");
    const undone = registry.undo(2, { ...by, how: "undo", comment: "wrong file" });
    expect(undone).toMatchObject({ id: 3, undoes: 2, size: 2, comment: "wrong file" });
    expect(registry.records("device")).toEqual([gauge]);
    expect(registry.history.get(2)?.undoneBy).toBe(3);
    expect(registry.history.edits(2, "*")).toMatchObject([
      { key: gauge.identity, before: JSON.stringify(gauge) },
      { key: ups.identity, before: null },
    ]);
    expect(() => registry.undo(2, by)).toThrow("was changed later, by change 3: undo that first");
    registry.undo(3, by);
    expect(registry.records("device")).toHaveLength(2);
    expect(() => registry.undo(99, by)).toThrow("there is no change 99");
  });

  test("is seen as far as a scope goes", () => {
    const registry = open();
    const other = { identity: "82/30000/a/b", profile: "generic-water" };
    registry.change(proposed("device", gauge, other), by);
    registry.change(proposed("device", { ...other, intervalMs: 1 }), by);
    const of = (scope: string, key?: string) =>
      registry.history.list({ scope, key, limit: 10 }).map(({ id }) => id);
    expect(of("*")).toEqual([2, 1]);
    expect(of("82/29869")).toEqual([1]);
    expect(of("82/2986")).toEqual([]);
    expect(of("82", other.identity)).toEqual([2, 1]);
    expect(registry.history.edits(1, "82/29869").map(({ key }) => key)).toEqual([gauge.identity]);
  });

  test("can't be rewritten, and a rewriting behind its back is found", () => {
    using folder = temporaryFolder("kenh-registry");
    const file = join(folder.path, "registry.db");
    const registry = open(file);
    registry.put(gauge);
    registry.put(ups);
    expect(registry.history.chain()).toMatchObject({ changes: 2, brokenAt: null });
    const behind = new DatabaseSync(file);
    expect(() => behind.exec("UPDATE edit SET after = '{}' WHERE change = 1")).toThrow(
      "never rewritten",
    );
    behind.exec("DROP TRIGGER edit_stays; UPDATE edit SET after = '{}' WHERE change = 2");
    expect(registry.history.chain().brokenAt).toBe(2);
    behind.close();
    registry.close();
  });
});
