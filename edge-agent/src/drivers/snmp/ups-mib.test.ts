import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { noNutSnmp, startUpsd, upsc } from "../../../../test/support/nut.ts";
import { noSharedData, sharedData } from "../../../../test/support/shared-data.ts";
import { noSnmpsim, type SnmpAgent, startSnmpsim } from "../../../../test/support/snmp.ts";
import type { DriverSample } from "../../driver.ts";
import { driver } from "./snmp.ts";

interface Sensor {
  readonly sensor_class: string;
  readonly sensor_oid: string;
  readonly sensor_descr: string;
  readonly sensor_divisor: number;
  readonly sensor_multiplier: number;
  readonly sensor_current: number;
  readonly state_name: string | null;
  readonly consistency: string;
}
interface Walk {
  readonly sensors: readonly Sensor[];
  readonly states?: readonly { state_name: string; state_descr: string; state_value: number }[];
}

/** The quantity of a class of sensors, and how many of its units are one of the sensor's. */
const quantityOf: Readonly<Record<string, readonly [quantity: string, factor: number]>> = {
  voltage: ["voltage_v", 1],
  current: ["current_a", 1],
  frequency: ["frequency_hz", 1],
  power: ["active_power_w", 1],
  power_factor: ["power_factor", 1],
  power_consumed: ["energy_kwh", 1],
  temperature: ["room_temperature_c", 1],
  humidity: ["room_humidity_pct", 1],
  load: ["load_pct", 1],
  charge: ["battery_charge_pct", 1],
  // The source counts in minutes.
  runtime: ["battery_runtime_s", 60],
  state: ["ups_state", 1],
};
const uncovered: Readonly<Record<string, string>> = {
  count: "a bare number: no quantity (fan speed, packs, hours of use)",
  percent: "shares of a cooling machine: no quantity",
  delay: "a delay: no quantity",
};

/** Walks with UPS-MIB that NUT's driver is asked for, too. */
const compared = [
  "deltaups",
  "eaton-mgeups_9px",
  "generex-ups_cs121",
  "generex-ups_cs141",
  "liebert_weblbds",
  "netmanplus_204",
  "poweralert_ups",
  "powerwalker-vfi_500r1u",
];
/** Without a model's name NUT does not take an agent for UPS-MIB. */
function named(walk: string): string[] {
  const lines = walk.split("\n").filter((line) => line && !line.startsWith("1.3.6.1.2.1.33.1.1."));
  const at = lines.findIndex((line) => line.startsWith("1.3.6.1.2.1.33.1."));
  return lines.toSpliced(at, 0, "1.3.6.1.2.1.33.1.1.2.0|4|Model");
}
/** NUT's variables and what they are here. */
const nutNames: Readonly<Record<string, readonly string[]>> = {
  "battery.charge": ["battery_charge_pct"],
  "battery.runtime": ["battery_runtime_s"],
  "battery.voltage": ["ups_battery_v"],
  "battery.temperature": ["battery_temperature_c"],
  "input.voltage": ["input_voltage_v", "input_voltage_l1_v"],
  "input.frequency": ["input_frequency_hz"],
  "output.voltage": ["output_voltage_v", "output_voltage_l1_v"],
  "output.frequency": ["output_frequency_hz"],
  "output.current": ["output_current_a", "output_current_l1_a"],
  "ups.load": ["load_pct", "load_l1_pct"],
  ...Object.fromEntries(
    [1, 2, 3].flatMap((n) => [
      [`input.L${n}-N.voltage`, [`input_voltage_l${n}_v`]],
      [`output.L${n}-N.voltage`, [`output_voltage_l${n}_v`]],
      [`output.L${n}.current`, [`output_current_l${n}_a`]],
      [`output.L${n}.realpower`, [`output_power_l${n}_w`]],
      [`output.L${n}.power.percent`, [`load_l${n}_pct`]],
    ]),
  ),
};

describe.skipIf(noSharedData() ?? noSnmpsim())("24 recorded walks through snmpsim", () => {
  const walks: Readonly<Record<string, Walk>> = noSharedData()
    ? {}
    : JSON.parse(readFileSync(sharedData("ups-snmp/expected_sensors.json"), "utf8"));
  let agent: SnmpAgent;
  beforeAll(async () => {
    const file = (name: string) => sharedData(`ups-snmp/walks/${name}.snmprec`);
    agent = await startSnmpsim({
      ...Object.fromEntries(Object.keys(walks).map((name) => [name, { file: file(name) }])),
      ...Object.fromEntries(
        compared.map((name) => [
          `named-${name}`,
          { lines: named(readFileSync(file(name), "utf8")) },
        ]),
      ),
    });
  });
  afterAll(() => agent?.dispose());

  async function read(community: string, config: object): Promise<DriverSample | Error> {
    const stop = new AbortController();
    const common = { host: "127.0.0.1", port: agent.port, community, timeoutMs: 5000 };
    try {
      for await (const sample of driver
        .prepare({ ...common, ...config })
        .run(stop.signal, () => {}))
        return sample;
      throw new Error("ended without a sample");
    } catch (error) {
      return error as Error;
    } finally {
      stop.abort();
    }
  }

  test("every sensor with a quantity is equal within rounding", async () => {
    const table: Record<string, { all: number; equal: number; "not covered": number }> = {};
    const reasons: string[] = [];
    const wrong: string[] = [];
    for (const [name, { sensors, states = [] }] of Object.entries(walks)) {
      // A configuration reads a quantity once: the sensors of a class are dealt out to several.
      const rounds: {
        sensor: Sensor;
        quantity: string;
        point: object;
        expected: number | string;
      }[][] = [];
      const dealt = new Map<string, number>();
      for (const sensor of sensors) {
        const row = table[sensor.sensor_class] ?? { all: 0, equal: 0, "not covered": 0 };
        table[sensor.sensor_class] = row;
        row.all += 1;
        const map = Object.fromEntries(
          states
            .filter(({ state_name }) => state_name === sensor.state_name)
            .map(({ state_value, state_descr }) => [state_value, state_descr]),
        );
        const state = map[sensor.sensor_current];
        const target = quantityOf[sensor.sensor_class];
        const reason =
          uncovered[sensor.sensor_class] ??
          (/not-in-walk|non-numeric|differs/.test(sensor.consistency)
            ? sensor.consistency.replace(
                "differs (vendor rule)",
                "the source computes it by a rule of the maker",
              )
            : undefined) ??
          (sensor.sensor_class === "state" && state === undefined
            ? "its state is not among those named"
            : undefined);
        if (reason || !target) {
          row["not covered"] += 1;
          reasons.push(`${name} ${sensor.sensor_class} "${sensor.sensor_descr}": ${reason}`);
          continue;
        }
        const [quantity, factor] = target;
        const turn = dealt.get(quantity) ?? 0;
        dealt.set(quantity, turn + 1);
        const scale = (sensor.sensor_multiplier / sensor.sensor_divisor) * factor;
        const reading = sensor.sensor_class === "state" ? { map } : { scale };
        const round = rounds[turn] ?? [];
        rounds[turn] = round;
        round.push({
          sensor,
          quantity,
          point: { oid: sensor.sensor_oid, quantity, ...reading },
          expected: state ?? sensor.sensor_current * factor,
        });
      }
      for (const round of rounds) {
        const sample = await read(name, { points: round.map(({ point }) => point) });
        for (const { sensor, quantity, expected } of round) {
          const value = sample instanceof Error ? sample.message : sample.values[quantity];
          const equal =
            typeof expected === "number" && typeof value === "number"
              ? Math.abs(value - expected) <= 1e-9 * Math.max(1, Math.abs(expected)) + 1e-6
              : value === expected;
          if (equal) (table[sensor.sensor_class] as { equal: number }).equal += 1;
          else
            wrong.push(
              `${name} ${sensor.sensor_descr} ${sensor.sensor_oid}: ${value}, not ${expected}`,
            );
        }
      }
    }
    console.table(table);
    console.log(`Not covered:\n${reasons.join("\n")}`);
    expect(wrong).toEqual([]);
    const sum = (key: "all" | "equal" | "not covered") =>
      Object.values(table).reduce((total, row) => total + row[key], 0);
    expect(sum("all")).toBe(515);
    expect(sum("equal") + sum("not covered")).toBe(515);
    expect(sum("not covered")).toBe(reasons.length);
  });

  test("RFC 1628 gives the same as the sensors of its objects", async () => {
    const ours = new Map([
      ["2.2.0", "on_battery_s"],
      ["2.4.0", "battery_charge_pct"],
      ["2.5.0", "ups_battery_v"],
      ["2.6.0", "battery_current_a"],
      ["2.7.0", "battery_temperature_c"],
      ["2.3.0", "battery_runtime_s"],
      ["4.2.0", "output_frequency_hz"],
      ["5.1.0", "bypass_frequency_hz"],
    ]);
    const columns = new Map([
      ["3.3.1.2", "input_frequency_hz"],
      ["3.3.1.3", "input_voltage_v"],
      ["3.3.1.4", "input_current_a"],
      ["3.3.1.5", "input_power_w"],
      ["4.4.1.2", "output_voltage_v"],
      ["4.4.1.3", "output_current_a"],
      ["4.4.1.4", "active_power_w"],
      ["4.4.1.5", "load_pct"],
      ["5.3.1.2", "bypass_voltage_v"],
    ]);
    let equal = 0;
    const elsewhere: string[] = [];
    for (const [name, { sensors }] of Object.entries(walks)) {
      const standard = sensors.filter(
        (s) =>
          s.sensor_oid.startsWith(".1.3.6.1.2.1.33.1.") &&
          s.sensor_class !== "state" &&
          s.consistency.startsWith("value"),
      );
      if (standard.length === 0) continue;
      const sample = await read(name, { mib: "ups" });
      if (sample instanceof Error) throw sample;
      for (const { sensor_oid, sensor_class, sensor_current } of standard) {
        const suffix = sensor_oid.slice(".1.3.6.1.2.1.33.1.".length);
        const [, column = "", line = ""] = /^(\d+\.\d+\.1\.\d+)\.(\d+)(?:\.0)?$/.exec(suffix) ?? [];
        const base = columns.get(column);
        const ofLine = base
          ?.replace("active_power", "output_power")
          .replace(/_(v|a|w|pct)$/, `_l${line}_$1`);
        const quantity = [ours.get(suffix), base, ofLine].find(
          (q) => q && q in sample.values && (q !== base || line === "1"),
        );
        if (!quantity) {
          elsewhere.push(`${name} ${suffix}`);
          continue;
        }
        const expected =
          sensor_current * (sensor_class === "runtime" && suffix === "2.3.0" ? 60 : 1);
        expect(sample.values[quantity], `${name} ${quantity}`).toBeCloseTo(expected, 6);
        equal += 1;
      }
    }
    console.log(`RFC 1628: ${equal} equal; no quantity of its own: ${elsewhere.join(", ")}`);
    expect(equal).toBeGreaterThan(150);
  });

  describe.skipIf(noNutSnmp())("beside NUT's own snmp-ups", () => {
    test("the same objects give the same values", async () => {
      const upsd = await startUpsd({
        upses: Object.fromEntries(
          compared.map((name) => [
            name,
            {
              driver: "snmp-ups",
              settings: {
                port: `127.0.0.1:${agent.port}`,
                mibs: "ietf",
                community: `named-${name}`,
                snmp_version: "v2c",
              },
            },
          ]),
        ),
      });
      const table: Record<string, unknown>[] = [];
      let all = 0;
      const differs: string[] = [];
      try {
        for (const name of compared) {
          const theirs = (await upsc(name, upsd.port)) ?? new Map<string, string>();
          const sample = await read(name, { mib: "ups" });
          if (sample instanceof Error) throw sample;
          let equal = 0;
          for (const [variable, quantities] of Object.entries(nutNames)) {
            const text = theirs.get(variable);
            const quantity = quantities.find((one) => one in sample.values);
            if (text === undefined || quantity === undefined) continue;
            const value = sample.values[quantity] as number;
            if (Math.abs(Number(text) - value) <= 0.006) equal += 1;
            else differs.push(`${name} ${variable}=${text}, ${quantity}=${value}`);
          }
          const status = theirs.get("ups.status");
          all += equal;
          table.push({
            walk: name,
            equal,
            "ups.status": status,
            ups_state: sample.values.ups_state,
          });
          expect(status?.split(" ").includes("OL")).toBe(sample.values.mains_present ?? false);
        }
      } finally {
        await upsd.dispose();
      }
      console.table(table);
      console.log(`Differs from snmp-ups:\n${differs.join("\n")}`);
      expect(differs).toEqual([]);
      expect(all).toBeGreaterThanOrEqual(60);
    });
  });
});
