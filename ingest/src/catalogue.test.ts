import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isMeantFor } from "@kenh/schemas";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type TemporaryFolder, temporaryFolder } from "../../test/support/folder.ts";
import { loadCatalogue } from "./catalogue.ts";
import { openRegistry } from "./registry.ts";

const shipped = fileURLToPath(new URL("../../schemas/", import.meta.url));
const sonar = "82/29869/cau/sonar";
const other = "82/29869/cau/sonar-2";
const plain = "82/29869/cau/thuoc";

let folder: TemporaryFolder;
beforeEach(() => {
  folder = temporaryFolder("kenh-catalogue");
});
afterEach(() => folder[Symbol.dispose]());

/** A ward's folder with a model of its own, and what it says of rules. */
function load(model: string, rules = "") {
  const write = (kind: string, text: string) => {
    mkdirSync(join(folder.path, kind), { recursive: true });
    writeFileSync(join(folder.path, kind, "own.yaml"), text);
  };
  write(
    "profiles",
    `version: 2
name: sonar
label: { vi: "Siêu âm", en: "Sonar" }
measurement: water
quantities: [water_level_m, distance_m]
intervalMs: 600000
${model}
`,
  );
  if (rules) write("rules", `version: 1\n${rules}\n`);
  return loadCatalogue(shipped, folder.path);
}

/** What a rule is for a device: of those that are meant for it, the last. */
function ruleOf(catalogue: ReturnType<typeof load>, id: string, identity: string) {
  const profile = identity === plain ? "generic-water" : "sonar";
  return catalogue.rulesInForce.findLast(
    (rule) => rule.id === id && isMeantFor(rule, { identity, profile }),
  );
}

describe("what a model says of itself", () => {
  test("its reach is the plausible range of its devices, and of no others", () => {
    const catalogue = load("ranges: { distance_m: { min: 0.28, max: 7.5 } }");
    const registry = openRegistry(":memory:", catalogue);
    registry.put({ identity: sonar, profile: "sonar" });
    registry.put({ identity: plain, profile: "generic-water" });
    const rangeOf = (identity: string) => {
      const { min, max } = registry.find(identity)?.quantities.get("distance_m") ?? {};
      return [min, max];
    };
    const { min, max } = catalogue.quantities.get("distance_m") ?? {};
    expect(rangeOf(sonar)).toEqual([0.28, 7.5]);
    expect(rangeOf(plain)).toEqual([min, max]);
    registry.close();
  });

  test("what it says of a rule is for its devices; the ward's word on one of them goes before it", () => {
    const catalogue = load(
      "rules:\n  - { rule: water.bd3, set: { onDelayMs: 1800000 } }",
      `changes:
  - { rule: water.bd3, devices: [${other}], set: { offDelayMs: 60000 } }
  - { rule: water.bd3, set: { hysteresis: 0.07 } }`,
    );
    const delays = (identity: string) => {
      const rule = ruleOf(catalogue, "water.bd3", identity);
      return [rule?.onDelayMs, rule?.offDelayMs, (rule as { hysteresis?: number }).hysteresis];
    };
    const shippedRule = loadCatalogue(shipped).rules.get("water.bd3");
    const { onDelayMs, offDelayMs } = shippedRule ?? {};
    expect(delays(plain)).toEqual([onDelayMs, offDelayMs, 0.07]);
    expect(delays(sonar)).toEqual([1_800_000, offDelayMs, 0.07]);
    // The ward's word is about a device of which no file says what model it is.
    expect(delays(other)).toEqual([onDelayMs, 60_000, 0.07]);
  });

  test.each([
    ["rules:\n  - { rule: water.bd33, set: {} }", /own\.yaml:8: .*no rule water\.bd33.*water\.bd3/],
    ["rules:\n  - { rule: water.bd3, set: { onDelay: 1 } }", /own\.yaml:8: .*onDelayMs/],
    ["ranges: { distance_m: { min: 8, max: 7 } }", /own\.yaml:7: .*min must be below max/],
  ])("%s is refused with file, line and the word to use", (model, message) => {
    expect(() => load(model)).toThrow(message);
  });
});
