import { fileURLToPath } from "node:url";
import type { AlarmRule } from "@kenh/schemas";
import { describe, expect, test } from "vitest";
import { loadCatalogue } from "../catalogue.ts";
import { testRules } from "./examples.ts";

const schemas = fileURLToPath(new URL("../../../schemas/", import.meta.url));
const shipped = loadCatalogue(schemas);

describe("examples of rules", () => {
  test.each([
    ["shipped", shipped],
    ["of the example ward", loadCatalogue(schemas, `${schemas}examples/cao-lanh`)],
  ])("all that are %s come out as written", (_, catalogue) => {
    const results = testRules(catalogue);
    expect(results.length).toBeGreaterThan(0);
    expect(results.filter(({ ok }) => !ok)).toEqual([]);
  });

  function broken(change: (rule: AlarmRule) => AlarmRule) {
    const rule = change(shipped.rules.get("water.bd3") as AlarmRule);
    const [first] = testRules({ ...shipped, examined: [rule] });
    return first;
  }

  test("a rule that does otherwise is told with what it did", () => {
    const levels = [{ priority: 1 as const, limit: 2.315 }];
    const result = broken((rule) => ({ ...rule, levels }) as AlarmRule);
    expect(result).toMatchObject({ rule: "water.bd3", ok: false, got: [] });
    expect(result?.expected).toHaveLength(2);
  });

  test("a quantity that there isn't is told by its name", () => {
    const result = broken((rule) => ({
      ...rule,
      examples: [
        { name: "x", samples: [{ ts: 0, values: { water_levle_m: 9 } }], transitions: [] },
      ],
    }));
    expect(result?.ok).toBe(false);
    expect(result?.fault).toContain("water_levle_m");
  });

  test("an implausible value is passed over, as on the wire", () => {
    const samples = [0, 300_000].map((ts) => ({ ts, values: { water_level_m: 99 } }));
    const result = broken((rule) => ({
      ...rule,
      examples: [{ name: "x", samples, transitions: [] }],
    }));
    expect(result).toMatchObject({ ok: true, got: [] });
  });
});
