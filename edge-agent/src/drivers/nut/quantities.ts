import { flags } from "@kenh/schemas";
import type { DriverSample } from "../../driver.ts";
import { numberOf } from "./number.ts";
import { doubts, type Known } from "./plausible.ts";
import { readStatus, type Status } from "./status.ts";

/**
 * NUT's variables and the quantities that they are; NUT's units are ours. Of several variables for one
 * quantity the first that is there counts.
 */
export const quantities: Readonly<Record<string, readonly string[]>> = {
  battery_charge_pct: ["battery.charge"],
  battery_runtime_s: ["battery.runtime"],
  ups_battery_v: ["battery.voltage"],
  battery_current_a: ["battery.current"],
  battery_temperature_c: ["battery.temperature"],
  input_voltage_v: ["input.voltage"],
  input_current_a: ["input.current"],
  input_frequency_hz: ["input.frequency"],
  bypass_voltage_v: ["input.bypass.voltage"],
  output_voltage_v: ["output.voltage"],
  output_current_a: ["output.current"],
  output_frequency_hz: ["output.frequency"],
  load_pct: ["ups.load", "output.power.percent"],
  active_power_w: ["ups.realpower", "output.realpower"],
  apparent_power_va: ["ups.power", "output.power"],
  power_factor: ["output.powerfactor"],
  ups_temperature_c: ["ups.temperature"],
  room_temperature_c: ["ambient.temperature"],
  room_humidity_pct: ["ambient.humidity"],
  ...Object.fromEntries(
    [1, 2, 3].flatMap((line) => [
      [`input_voltage_l${line}_v`, [`input.L${line}-N.voltage`, `input.L${line}.voltage`]],
      [`input_current_l${line}_a`, [`input.L${line}.current`]],
      [`output_voltage_l${line}_v`, [`output.L${line}-N.voltage`, `output.L${line}.voltage`]],
      [`output_current_l${line}_a`, [`output.L${line}.current`]],
      [`output_power_l${line}_w`, [`output.L${line}.realpower`]],
      [`load_l${line}_pct`, [`output.L${line}.power.percent`]],
    ]),
  ),
};

/** A variable that holds no number although its quantity is one. */
export interface NoNumber {
  readonly variable: string;
  readonly text: string;
}

export interface Reading {
  readonly values: DriverSample["values"];
  readonly qc: NonNullable<DriverSample["qc"]>;
  readonly status: Status;
  readonly noNumbers: readonly NoNumber[];
}

/**
 * What the variables of a UPS say, in our quantities. What is not to be believed is kept and flagged 4;
 * a state that the status does not tell is missing (9), and `ups_state` is then `unknown` or
 * `contradictory`.
 */
export function readVariables(variables: ReadonlyMap<string, string>, known: Known): Reading {
  const values: Reading["values"] = {};
  const qc: Reading["qc"] = {};
  const noNumbers: NoNumber[] = [];
  const words = variables.get("ups.status")?.trim();
  const doubted = doubts(variables, known);
  const said = readStatus(words);
  const doubtful = doubted.has("ups.status");
  // A battery that may be good is not the mains or the output: what these are is not in doubt.
  const wornOnly = said.state === "replace_battery";
  const status: Status = doubtful && !wornOnly ? { ...said, state: "contradictory" } : said;
  const tell = (quantity: string, value: string | boolean | undefined): void => {
    if (value === undefined || value === "") qc[quantity] = flags.missing;
    else values[quantity] = value;
  };
  tell("ups_status", words);
  if (words && (doubtful || status.state === "contradictory")) qc.ups_status = flags.fail;
  tell("ups_state", status.state);
  if (doubtful && wornOnly) qc.ups_state = flags.fail;
  tell("mains_present", status.mainsPresent);
  tell("on_battery", status.onBattery);
  const alarm = variables.get("ups.alarm")?.trim();
  if (alarm) tell("ups_alarm", alarm);
  if (alarm && doubted.has("ups.alarm")) qc.ups_alarm = flags.fail;

  for (const [quantity, names] of Object.entries(quantities)) {
    const variable = names.find((name) => variables.has(name));
    if (variable === undefined) continue;
    const text = variables.get(variable) as string;
    const value = numberOf(text);
    if (value === undefined) {
      qc[quantity] = flags.missing;
      noNumbers.push({ variable, text });
    } else {
      values[quantity] = value;
      if (doubted.has(variable)) qc[quantity] = flags.fail;
    }
  }
  return { values, qc, status, noNumbers };
}
