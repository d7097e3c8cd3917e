import { readFileSync } from "node:fs";
import type { Quantity } from "@kenh/schemas";
import { draft } from "@kenh/schemas/draft";
import { sharedData } from "../support/shared-data.ts";
import { Scores } from "./score.ts";

type Register = readonly [name: string, address: number, comment: string];
interface Meter {
  readonly id: string;
  readonly registers: readonly Register[];
}

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

/** The quantity of a measured value in the tables, with its phase or tariff; none of a setting. */
function quantityOf(name: string): string | undefined {
  const [, base = "", part = ""] = /^(.*?)([LT]\d)?$/.exec(name) ?? [];
  const quantity = names[base];
  if (!quantity || !part) return quantity;
  return base === "Cosphi"
    ? `${quantity}_${part.toLowerCase()}`
    : quantity.replace(/_(?=[^_]+$)/, `_${part.toLowerCase()}_`);
}

/** The same table as different hands write it. */
const ways: Readonly<Record<string, (meter: Meter) => string[]>> = {
  "name,address": ({ registers }) => [
    "name,address,comment",
    ...registers.map(([name, address, comment]) => `${name},${address},"${comment}"`),
  ],
  vietnamese: ({ registers }) => [
    "STT;Thanh ghi;Tham số;Kiểu dữ liệu;Ghi chú",
    ...registers.map(
      ([name, address, comment], at) =>
        `${at + 1};0x${address.toString(16).padStart(4, "0")};${name};FLOAT32;${comment}`,
    ),
  ],
  spaced: ({ registers }) => [
    "Register\tDescription\tR/W",
    ...registers.map(
      ([name, address]) => `${address}\t${name.replaceAll(/([a-z])([A-Z])/g, "$1 $2")}\tR`,
    ),
  ],
  "without a head": ({ registers }) => registers.map(([name, address]) => `${address},${name},R`),
};

/** Drafts the table of each meter, written in each way, and scores quantity and address. */
export function scoreTables(quantities: ReadonlyMap<string, Quantity>): Scores {
  const scores = new Scores();
  const meters = JSON.parse(
    readFileSync(sharedData("modbus/meter_registers.json"), "utf8"),
  ) as Meter[];
  for (const [way, write] of Object.entries(ways)) {
    const score = scores.of(way);
    for (const meter of meters) {
      const { points } = draft(write(meter).join("\n"), quantities);
      const proposed = new Map(points.map((point) => [point.read?.address, point.quantity]));
      for (const [name, address] of meter.registers) {
        const expected = quantityOf(name);
        // The length of a request stands among the registers, at the address of one of them.
        if (name === "ReadLen") continue;
        const found = proposed.get(address);
        if (expected) score.expected++;
        if (found === expected && expected) score.right++;
        else if (found) score.wrong++;
        if (found !== expected)
          scores.faults.push(`${way} ${meter.id} ${name}: ${found ?? "not named"}`);
      }
    }
  }
  return scores;
}
