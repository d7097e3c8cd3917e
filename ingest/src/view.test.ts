import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type TemporaryFolder, temporaryFolder } from "../../test/support/folder.ts";
import { loadCatalogue, readCatalogue } from "./catalogue.ts";
import { openRegistry } from "./registry.ts";
import { ruleFor, viewOf } from "./view.ts";

const shipped = fileURLToPath(new URL("../../schemas/", import.meta.url));
const mine = "82/29869/cau/muc-nuoc";
const near = "82/30000/cau/muc-nuoc";
const far = "83/1/cau/muc-nuoc";

let folder: TemporaryFolder;
beforeEach(() => {
  folder = temporaryFolder("kenh-tenants");
});
afterEach(() => folder[Symbol.dispose]());

function write(file: string, text: string): void {
  mkdirSync(dirname(join(folder.path, file)), { recursive: true });
  writeFileSync(join(folder.path, file), text);
}
const load = () => loadCatalogue(shipped, folder.path);
const water = (fields: string) => `version: 1
class: water
quantities:
  - ${fields}
`;
const level = (min: number, max: number) =>
  `{ name: water_level_m, type: float, unit: m, min: ${min}, max: ${max}, label: { vi: "Mực nước", en: "Water level" } }`;
const limit = (value: number) =>
  `version: 1\nchanges:\n  - { rule: water.bd3, set: { levels: [{ priority: 1, limit: ${value} }] } }\n`;
const limitsOf = (catalogue: ReturnType<typeof load>) =>
  [mine, near, far].map((identity) => {
    const rule = ruleFor(catalogue, "water.bd3", { identity, profile: "generic-water" });
    return rule && "levels" in rule && "limit" in (rule.levels[0] ?? {})
      ? (rule.levels[0] as { limit: number }).limit
      : null;
  });

describe("what a province and a unit have of their own", () => {
  test("a level: the unit's goes before the province's, that before what is shipped, each for its own devices", () => {
    const [asShipped] = limitsOf(load());
    write("provinces/82/rules/own.yaml", limit(3));
    write("units/82/29869/rules/own.yaml", limit(4));
    const catalogue = load();
    expect(limitsOf(catalogue)).toEqual([4, 3, asShipped]);
    const originIn = (scope: string) => {
      const view = viewOf(catalogue, scope);
      const rule = view.rules.get("water.bd3");
      return rule && view.origins.rules.get(rule);
    };
    expect(["82/29869", "82/30000", "83/1"].map(originIn)).toEqual([
      {
        ...{ layer: "unit", file: "units/82/29869/rules/own.yaml" },
        ...{ overrides: "province", differs: ["levels"] },
      },
      {
        ...{ layer: "province", file: "provinces/82/rules/own.yaml" },
        ...{ overrides: "shipped", differs: ["levels"] },
      },
      { layer: "shipped", file: "rules/water.yaml", overrides: null, differs: [] },
    ]);
    // What nobody has changed is one object for all: their devices are judged by one plan.
    expect(catalogue.tenants.get("82/29869")?.rules.get("water.bd1")).toBe(
      catalogue.rules.get("water.bd1"),
    );
  });

  test("a rule of its own name is its own alone, and two units may use one name for two things", () => {
    const rule = (quantity: string) => `version: 1
rules:
  - id: own.high
    kind: high
    measurement: water
    quantity: ${quantity}
    levels: [{ priority: 3, limit: 1 }]
    message: { vi: a, en: a }
    cause: { vi: a, en: a }
    consequence: { vi: a, en: a }
    action: { vi: a, en: a }
    owner: { vi: a, en: a }
    examples:
      - name: above
        samples: [{ ts: 0, values: { ${quantity}: 2 } }]
        transitions: [{ at: 0, event: raise }]
`;
    write("units/82/29869/rules/own.yaml", rule("water_level_m"));
    write("units/82/30000/rules/own.yaml", rule("flow_m3_s"));
    const catalogue = load();
    const quantities = [mine, near, far].map((identity) => {
      const found = ruleFor(catalogue, "own.high", { identity, profile: "generic-water" });
      return found && "quantity" in found ? found.quantity : null;
    });
    expect(quantities).toEqual(["water_level_m", "flow_m3_s", null]);
  });

  test("a profile and a range are those of its devices, within what the model can measure", () => {
    write("units/82/29869/quantities/water.yaml", water(level(-1, 12)));
    write(
      "units/82/29869/profiles/sonar.yaml",
      `version: 2
name: sonar
label: { vi: "Siêu âm", en: "Sonar" }
measurement: water
quantities: [water_level_m]
ranges: { water_level_m: { min: 0, max: 20 } }
`,
    );
    const registry = openRegistry(":memory:", load());
    const range = (identity: string, profile: string) => {
      const found = registry.imagine({ identity, profile })?.quantities.get("water_level_m");
      return found && [found.min, found.max];
    };
    expect(range(mine, "generic-water")).toEqual([-1, 12]);
    expect(range(mine, "sonar")).toEqual([0, 12]);
    expect(range(near, "generic-water")).toEqual([-5, 30]);
    expect(range(near, "sonar")).toBeUndefined();
    expect(() => registry.put({ identity: near, profile: "sonar" })).toThrow(/no profile "sonar"/);
    registry.close();
  });

  test.each([
    [
      "another unit of measure",
      "quantities/a.yaml",
      water(level(0, 10).replace("unit: m", "unit: cm")),
      /a\.yaml:4: water_level_m: its unit is "m" for all, .* units\/82\/29869 may set min, max and label alone/,
    ],
    [
      "another type",
      "quantities/a.yaml",
      water(level(0, 10).replace("float", "integer")),
      /a\.yaml:4: water_level_m: its type is "float" for all/,
    ],
    [
      "a quantity that nobody else has",
      "quantities/a.yaml",
      water(level(0, 10).replace("water_level_m", "jam_on_bread_kg")),
      /there is no such quantity.* add it to quantities\/ of the station/,
    ],
    [
      "a range in which an alarm could never be",
      "quantities/a.yaml",
      water(level(0, 2)),
      /water\.bd3.*\(for 82\/29869\)/,
    ],
    [
      "a device of another unit",
      "rules/a.yaml",
      `version: 1\nchanges:\n  - rule: water.bd3\n    devices: [${near}]\n    set: { silent: true }\n`,
      /a\.yaml:4: 82\/30000\/cau\/muc-nuoc is not of 82\/29869/,
    ],
  ])("%s is refused, with the line and the way out", (_, file, text, fault) => {
    write(`units/82/29869/${file}`, text);
    expect(load).toThrow(fault);
  });

  test("what is wrong in a unit's files holds nobody else up, and its own stay as they were", () => {
    write("provinces/82/rules/own.yaml", limit(3));
    write("units/82/29869/rules/own.yaml", limit(4));
    const before = readCatalogue([shipped, folder.path]);
    const [, , asShipped] = limitsOf(before);
    write("units/82/29869/rules/own.yaml", limit(5).replace("water.bd3", "water.bd33"));
    write("units/82/30000/rules/own.yaml", limit(6));
    const after = readCatalogue([shipped, folder.path], before);
    expect(limitsOf(after)).toEqual([4, 6, asShipped]);
    expect(after.faults).toEqual([expect.stringContaining("units/82/29869/rules/own.yaml:3")]);
    // After a start nothing of before is known: then it is as for all of the province.
    expect(limitsOf(readCatalogue([shipped, folder.path]))).toEqual([3, 6, asShipped]);
    write("units/Cao Lanh/rules/own.yaml", limit(1));
    expect(readCatalogue([shipped, folder.path]).faults).toContainEqual(
      expect.stringMatching(/Cao Lanh is no code of a province or unit/),
    );
  });
});
