import { readFileSync } from "node:fs";
import { sharedData } from "./shared-data.ts";

/** The registers of a model of meter, as the recorded tables have them. */
export interface Meter {
  readonly id: string;
  readonly functions: readonly string[];
  readonly transforms: readonly string[];
  readonly registers: readonly (readonly [name: string, address: number, comment: string])[];
}

/** The name of a measured value in the tables to our quantity. */
const names: Readonly<Record<string, string>> = {
  Voltage: "voltage_v",
  Current: "current_a",
  Power: "active_power_w",
  ReactivePower: "reactive_power_var",
  ApparentPower: "apparent_power_va",
  Cosphi: "power_factor",
  Frequency: "frequency_hz",
  PhaseAngle: "phase_angle_deg",
  THD: "thd_pct",
  Import: "energy_kwh",
  Export: "energy_export_kwh",
  Sum: "energy_total_kwh",
  ReactiveSum: "reactive_energy_kvarh",
  ReactiveImport: "reactive_energy_import_kvarh",
  ReactiveExport: "reactive_energy_export_kvarh",
};

/** Whether it is a setting, the length of a request, and no measured value. */
export const isSetting = (name: string): boolean => name === "ReadLen";

/**
 * The quantity of a measured value; phases and tariffs are a part of the name before the unit.
 * @throws Error when no quantity stands for it
 */
export function quantityOf(name: string): string {
  const [, base = "", part = ""] = name.match(/^(.*?)([LT]\d)?$/) ?? [];
  const quantity = names[base];
  if (!quantity) throw new Error(`the tables name ${name}, and no quantity stands for it`);
  if (!part) return quantity;
  return base === "Cosphi"
    ? `${quantity}_${part.toLowerCase()}`
    : quantity.replace(/_(?=[^_]+$)/, `_${part.toLowerCase()}_`);
}

/** The tables of all models. */
export function readMeters(): readonly Meter[] {
  return JSON.parse(readFileSync(sharedData("modbus/meter_registers.json"), "utf8"));
}
