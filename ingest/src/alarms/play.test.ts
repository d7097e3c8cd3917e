import type { AlarmRule, Value } from "@kenh/schemas";
import { describe, expect, test } from "vitest";
import type { RegisteredDevice } from "../registry.ts";
import type { Field } from "../stores/store.ts";
import { measurementFor, membersAt, placeOf, play } from "./play.ts";
import { makeRule } from "./rule.fixture.ts";
import { told } from "./run.fixture.ts";

const site = "82/29869/ioc";
const texts = { priority: 2 as const, measurement: "power" };
const battery = makeRule({
  ...{ ...texts, kind: "state", id: "a.battery", quantity: "on_battery", equals: [true] },
  silent: true,
});
const load = makeRule({
  ...{ kind: "high", id: "a.load", measurement: "power", quantity: "load_pct" },
  levels: [{ priority: 3, limit: 80 }],
});
const both = makeRule({
  ...{ ...texts, kind: "combination", id: "a.both", all: ["a.battery", "a.load"] },
  onDelayMs: 5000,
  offDelayMs: 5000,
});
const most = makeRule({
  ...{ ...texts, kind: "combination", id: "a.most", any: ["a.battery"] },
  ...{ within: "site", share: 0.6 },
});
const others = new Map([battery, load, both, most].map((rule) => [rule.id, rule]));

function deviceOf(name: string): RegisteredDevice {
  const quantity = (type: Field["type"]) => ({
    name: "",
    type,
    unit: "",
    label: { vi: "", en: "" },
  });
  return {
    identity: `${site}/${name}`,
    profile: "generic-power",
    quantities: new Map([
      ["on_battery", quantity("boolean")],
      ["load_pct", quantity("float")],
    ]),
    series: { measurement: "power", tags: [] },
    intervalMs: 1000,
  };
}
type Said = readonly [ts: number, values: Record<string, Value>, device?: string];
function played(rule: AlarmRule, said: readonly Said[], until?: number) {
  const devices = [...new Set(said.map(([, , name = "ups-01"]) => name))].map(deviceOf);
  const samples = said.map(([ts, values, name = "ups-01"]) => ({
    device: `${site}/${name}`,
    point: {
      ...{ series: { measurement: "power", tags: [] }, ts },
      fields: Object.entries(values).map(
        ([field, value]): Field => ({
          ...{ name: field, type: "float", value, flag: 2 },
        }),
      ),
    },
  }));
  return play(rule, others, { devices, samples, until }).filter((one) => one.rule === rule.id);
}
const playSaid = (...given: Parameters<typeof played>): string[] => told(played(...given));
const each = (from: number, to: number, values: Record<string, Value>): Said[] =>
  Array.from({ length: (to - from) / 1000 }, (_, n) => [from + n * 1000, values]);

describe("play", () => {
  test("a combination holds when its members do, and its delay runs by time", () => {
    expect(
      playSaid(
        both,
        [
          [0, { on_battery: true }],
          [1000, { load_pct: 90 }],
        ],
        10_000,
      ),
    ).toEqual(["raise@6000 0"]);
  });

  test("its delay runs out while its device goes on sending", () => {
    const said = [
      ...each(0, 10_000, { on_battery: true, load_pct: 90 }),
      ...each(10_000, 20_000, { on_battery: true, load_pct: 10 }),
    ];
    expect(playSaid(both, said)).toEqual(["raise@5000 0", "clear@15000"]);
  });

  test("a share of a site's devices", () => {
    const said: Said[] = [
      [0, { on_battery: false }, "ups-01"],
      [0, { on_battery: true }, "ups-02"],
      [0, { on_battery: false }, "ups-03"],
      [1000, { on_battery: true }, "ups-01"],
      [2000, { on_battery: false }, "ups-02"],
    ];
    expect(playSaid(most, said)).toEqual(["raise@1000 0", "clear@2000"]);
    // Each says how many of them.
    expect(played(most, said).map(({ value }) => value)).toEqual([2, 1]);
  });

  test("a rule alone, silent or off, is judged like any other", () => {
    const off = { ...battery, enabled: false };
    expect(playSaid(off, [[0, { on_battery: true }]])).toEqual(["raise@0 0"]);
  });

  test("a combination needs its members, and theirs", () => {
    const outer = makeRule({ ...texts, kind: "combination", id: "a.outer", any: ["a.both"] });
    expect(membersAt(outer, others).map(({ id }) => id)).toEqual(["a.both", "a.battery", "a.load"]);
    expect(measurementFor(outer, others, new Set(["load_pct"]))).toBe("power");
  });

  test("alarms of a whole site stand at the site", () => {
    expect(placeOf(most, `${site}/ups-01`)).toBe(`${site}/site`);
    expect(placeOf(both, `${site}/ups-01`)).toBe(`${site}/ups-01`);
  });
});
