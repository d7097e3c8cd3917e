import { conversionSchema } from "@kenh/schemas";
import type { Reader } from "./point.ts";

/** The objects of RFC 1628, below 1.3.6.1.2.1.33.1. */
export const upsMib = "1.3.6.1.2.1.33.1";

/** Scalars that decide the state. */
export const upsScalars = {
  batteryStatus: `${upsMib}.2.1.0`,
  secondsOnBattery: `${upsMib}.2.2.0`,
  inputLines: `${upsMib}.3.2.0`,
  outputSource: `${upsMib}.4.1.0`,
  outputLines: `${upsMib}.4.3.0`,
  bypassLines: `${upsMib}.5.2.0`,
  alarmsPresent: `${upsMib}.6.1.0`,
} as const;

/** upsAlarmDescr: which alarms are present, an OID each. */
export const upsAlarmColumn = `${upsMib}.6.2.1.2`;

function reader(
  unit: string,
  scale: number,
  bounds: { validMin?: number; validMax?: number },
): Reader {
  return { ...conversionSchema.parse({ scale, ...bounds }), unit };
}

/**
 * Bounds are raw numbers of the MIB, from physics: low-voltage mains end below 600 V, mains are 50 or
 * 60 Hz, an effective current has no sign, electronics live between −40 and 120 °C.
 */
const volts = reader("V", 1, { validMin: 0, validMax: 600 });
const tenthsOfHertz = reader("Hz", 0.1, { validMin: 0, validMax: 1000 });
const tenthsOfAmpere = reader("A", 0.1, { validMin: 0, validMax: 100_000 });
// Near no load some agents answer a few watts below 0.
const watts = reader("W", 1, {});
const percent = reader("%", 1, { validMin: 0, validMax: 100 });
const loadPercent = reader("%", 1, { validMin: 0, validMax: 200 });

/** Scalars that are quantities. */
export const upsQuantities: Readonly<Record<string, readonly [oid: string, reader: Reader]>> = {
  on_battery_s: [upsScalars.secondsOnBattery, reader("s", 1, { validMin: 0 })],
  battery_runtime_s: [`${upsMib}.2.3.0`, reader("s", 60, { validMin: 0, validMax: 16_000 })],
  battery_charge_pct: [`${upsMib}.2.4.0`, percent],
  ups_battery_v: [`${upsMib}.2.5.0`, reader("V", 0.1, { validMin: 0, validMax: 10_000 })],
  battery_current_a: [`${upsMib}.2.6.0`, reader("A", 0.1, {})],
  battery_temperature_c: [`${upsMib}.2.7.0`, reader("C", 1, { validMin: -40, validMax: 120 })],
  output_frequency_hz: [`${upsMib}.4.2.0`, tenthsOfHertz],
  bypass_frequency_hz: [`${upsMib}.5.1.0`, tenthsOfHertz],
};

/** A column of a table with a row for each line. */
export interface LineColumn {
  readonly oid: string;
  /** Which scalar says how many lines there are. */
  readonly lines: string;
  /** The quantity of a single line, and that of line n of several. */
  readonly single: string;
  readonly ofLine: ((line: number) => string) | undefined;
  readonly reader: Reader;
}

const input = `${upsMib}.3.3.1`;
const output = `${upsMib}.4.4.1`;
const bypass = `${upsMib}.5.3.1`;
const { inputLines, outputLines, bypassLines } = upsScalars;

export const upsColumns: readonly LineColumn[] = [
  // One frequency for all phases of one mains: that of the first line.
  {
    oid: `${input}.2`,
    lines: inputLines,
    single: "input_frequency_hz",
    ofLine: undefined,
    reader: tenthsOfHertz,
  },
  {
    oid: `${input}.3`,
    lines: inputLines,
    single: "input_voltage_v",
    ofLine: (n) => `input_voltage_l${n}_v`,
    reader: volts,
  },
  {
    oid: `${input}.4`,
    lines: inputLines,
    single: "input_current_a",
    ofLine: (n) => `input_current_l${n}_a`,
    reader: tenthsOfAmpere,
  },
  {
    oid: `${input}.5`,
    lines: inputLines,
    single: "input_power_w",
    ofLine: (n) => `input_power_l${n}_w`,
    reader: watts,
  },
  {
    oid: `${output}.2`,
    lines: outputLines,
    single: "output_voltage_v",
    ofLine: (n) => `output_voltage_l${n}_v`,
    reader: volts,
  },
  {
    oid: `${output}.3`,
    lines: outputLines,
    single: "output_current_a",
    ofLine: (n) => `output_current_l${n}_a`,
    reader: tenthsOfAmpere,
  },
  {
    oid: `${output}.4`,
    lines: outputLines,
    single: "active_power_w",
    ofLine: (n) => `output_power_l${n}_w`,
    reader: watts,
  },
  {
    oid: `${output}.5`,
    lines: outputLines,
    single: "load_pct",
    ofLine: (n) => `load_l${n}_pct`,
    reader: loadPercent,
  },
  {
    oid: `${bypass}.2`,
    lines: bypassLines,
    single: "bypass_voltage_v",
    ofLine: (n) => `bypass_voltage_l${n}_v`,
    reader: volts,
  },
];

/** The alarms that RFC 1628 names, below upsWellKnownAlarms (…33.1.6.3). */
export const upsAlarms: Readonly<Record<string, string>> = Object.fromEntries(
  [
    "battery bad",
    "on battery",
    "low battery",
    "depleted battery",
    "temperature bad",
    "input bad",
    "output bad",
    "output overload",
    "on bypass",
    "bypass bad",
    "output off as requested",
    "UPS off as requested",
    "charger failed",
    "UPS output off",
    "UPS system off",
    "fan failure",
    "fuse failure",
    "general fault",
    "diagnostic test failed",
    "communications lost",
    "awaiting power",
    "shutdown pending",
    "shutdown imminent",
    "test in progress",
  ].map((name, index) => [`${upsMib}.6.3.${index + 1}`, name]),
);
