import { type AlarmRule, levelsOf } from "@kenh/schemas";
import { describe, expect, test } from "vitest";
import { shippedCatalogue } from "../support/registry.ts";

/** What operators of a ward are promised. */
const promised = [
  ...["water.bd1", "water.bd2", "water.bd3", "water.bd3plus", "water.near", "water.rise"],
  ...["water.low", "water.forecast", "water.invalid", "water.frozen"],
  ...["air.aqi", "air.pm25_24h", "rain.intense", "rain.heavy", "rain.vheavy", "heat"],
  ...["salinity", "wind.gust", "wq.limit"],
  ...["power.on_battery", "power.runtime", "power.lowbatt", "power.gen_no_start"],
  ...["power.gen_running", "power.gen_alarm", "power.fuel", "power.gen_batt", "power.volt"],
  ...["power.freq", "power.load", "power.temp", "power.bypass", "power.replace_batt"],
  ...["power.ats_fault", "power.meter_lost", "power.test_overdue"],
  ...["cam.offline", "cam.site_down", "cam.auth", "cam.nostream", "cam.degraded", "cam.frozen"],
  ...["cam.black", "cam.covered", "cam.tamper", "cam.storage", "cam.clock", "cam.cert"],
  ...["cam.firmware", "cam.default_password"],
  ...["sensor.stale", "gateway.offline", "gateway.backlog", "gateway.clock", "platform.lag"],
  // A condition of the data-sharing ledger, not of the alarm list.
  "agency.late",
];

const { rules } = shippedCatalogue();
const all = [...rules.values()];
const alarms = all.filter(({ silent }) => !silent);
const gravest = (rule: AlarmRule): number =>
  Math.min(...levelsOf(rule).map(({ priority }) => priority));
const texts = ({ message, cause, consequence, action, owner, ...rule }: AlarmRule) =>
  [message, cause, consequence, action, owner].concat(
    levelsOf(rule as AlarmRule).flatMap((level) => level.message ?? []),
  );

describe("the shipped rules", () => {
  test("are all that are promised", () => {
    expect(promised).toHaveLength(56);
    expect([...rules.keys()]).toEqual(expect.arrayContaining(promised));
    const silent = promised.filter((id) => rules.get(id)?.silent);
    expect(silent).toEqual(["agency.late"]);
    const off = alarms.filter(({ enabled }) => !enabled).map(({ id }) => id);
    expect(off).toEqual(["water.low", "wq.limit"]);
  });

  test.each(alarms)(
    "$id shows when it is raised, when it ends, and when it is not raised",
    (rule) => {
      const events = rule.examples.map(({ transitions }) => transitions.map(({ event }) => event));
      expect(events.some((some) => some.includes("raise") && some.at(-1) === "clear")).toBe(true);
      expect(events.some((some) => some.length === 0)).toBe(true);
      const shown = new Set(
        rule.examples.flatMap(({ transitions }) =>
          transitions.flatMap((line) => line.priority ?? []),
        ),
      );
      for (const { priority } of levelsOf(rule)) expect(shown).toContain(priority);
    },
  );

  test("speak of báo động only where the level is an official one", () => {
    const speaking = all.filter((rule) => texts(rule).some(({ vi }) => /báo động/i.test(vi)));
    expect(speaking.filter(({ id }) => !id.startsWith("water.")).map(({ id }) => id)).toEqual([]);
  });

  test("hide nothing that is graver than what hides it", () => {
    const hidden = all.flatMap((cause) =>
      (cause.explains?.rules ?? [])
        .concat(all.filter((rule) => rule.suppressedBy.includes(cause.id)).map(({ id }) => id))
        .map((id) => [cause, rules.get(id) as AlarmRule] as const),
    );
    expect(hidden.length).toBeGreaterThan(20);
    const wrong = hidden.filter(([cause, rule]) => gravest(rule) < gravest(cause));
    expect(wrong.map(([cause, rule]) => `${cause.id} hides ${rule.id}`)).toEqual([]);
  });

  test("are said in both languages, as sentences without a full stop", () => {
    for (const rule of all) {
      for (const { vi, en } of texts(rule)) {
        expect(`${vi}|${en}`, rule.id).not.toMatch(/\.\||\.$|^\s|\s$|\s\|/);
        expect(vi, rule.id).not.toBe(en);
      }
    }
  });
});
