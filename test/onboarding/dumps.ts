import type { Quantity } from "@kenh/schemas";
import { draft } from "@kenh/schemas/draft";
import { sharedLines } from "../support/shared-data.ts";
import { Scores } from "./score.ts";

interface Dump {
  readonly file: string;
  readonly vars: Readonly<Record<string, string>>;
}

/**
 * The variables that NUT's naming rules define as measured, and the quantities that they are; its units
 * are ours. Thresholds, nominal values and delays are none.
 */
const measured: readonly (readonly [RegExp, string])[] = [
  [/^battery\.charge$/, "battery_charge_pct"],
  [/^(battery|ups)\.runtime$/, "battery_runtime_s"],
  [/^battery\.runtime\.elapsed$/, "on_battery_s"],
  [/^battery\.voltage$/, "ups_battery_v"],
  [/^battery\.current$/, "battery_current_a"],
  [/^battery\.temperature$/, "battery_temperature_c"],
  [/^ups\.temperature$/, "ups_temperature_c"],
  [/^ups\.load$|^output\.power\.percent$/, "load_pct"],
  [/^(ups|output)\.realpower$/, "active_power_w"],
  [/^(ups|output)\.power$/, "apparent_power_va"],
  [/^output\.powerfactor$/, "power_factor"],
  [/^ups\.efficiency$/, "efficiency_pct"],
  [/^(input|output)\.voltage$/, "$1_voltage_v"],
  [/^(input|output)\.current$/, "$1_current_a"],
  [/^(input|output)\.frequency$/, "$1_frequency_hz"],
  [/^(input|output)\.L(\d)(?:-N)?\.voltage$/, "$1_voltage_l$2_v"],
  [/^(input|output)\.L(\d)\.current$/, "$1_current_l$2_a"],
  [/^input\.bypass\.voltage$/, "bypass_voltage_v"],
  [/^input\.bypass\.current$/, "bypass_current_a"],
  [/^input\.bypass\.frequency$/, "bypass_frequency_hz"],
  [/^input\.bypass\.L(\d)(?:-N)?\.voltage$/, "bypass_voltage_l$1_v"],
  [/^output\.L(\d)\.power\.percent$/, "load_l$1_pct"],
  [/^ambient\.temperature$/, "room_temperature_c"],
  [/^ambient\.humidity$/, "room_humidity_pct"],
];
/** Measured as well, of a part that no quantity of ours is for: neither right nor wrong. */
const open =
  /^outlet\.|^input\.(realpower|power|powerfactor|load|L\d\.(real)?power)$|^output\.L\d\.(real)?power$|\.\d+\.(temperature|humidity|voltage|frequency)$/;

/** Drafts each dump, and scores what it takes for a reading. */
export function scoreDumps(quantities: ReadonlyMap<string, Quantity>): Scores {
  const scores = new Scores();
  const score = scores.of("nut");
  for (const { file, vars } of sharedLines<Dump>("ups-nut/dumps.jsonl")) {
    const text = Object.entries(vars).map(([name, value]) => `${name}: ${value}\n`);
    // One file is the pattern for those who send in a dump, and holds none.
    if (Object.values(vars).includes("var.8:STRING:64")) continue;
    const { kind, points } = draft(text.join(""), quantities);
    if (kind !== "nut") scores.faults.push(`nut ${file} is taken for ${kind}`);
    const proposed = new Map(points.map((point) => [point.path, point]));
    for (const [name, value] of Object.entries(vars)) {
      const row = measured.find(([pattern]) => pattern.test(name));
      const expected = row && name.replace(...row);
      const isNumber = value.trim() !== "" && Number.isFinite(Number(value));
      if (expected && isNumber) score.expected++;
      const point = proposed.get(name);
      if (!point || open.test(name)) {
        if (expected && isNumber) scores.faults.push(`nut ${file} ${name}=${value}: not named`);
      } else if (point.quantity === expected && point.scale === 1) score.right++;
      else {
        score.wrong++;
        scores.faults.push(`nut ${file} ${name}=${value}: ${point.quantity} ×${point.scale}`);
      }
    }
  }
  return scores;
}
