import { readFileSync } from "node:fs";
import type { Quantity } from "@kenh/schemas";
import { draft } from "@kenh/schemas/draft";
import { sharedData } from "../support/shared-data.ts";
import { Scores } from "./score.ts";

interface Sensor {
  readonly sensor_class: string;
  readonly sensor_oid: string;
  readonly sensor_descr: string;
  readonly sensor_current: number;
  readonly consistency: string;
}

/** Classes of sensors with their units, in ours: symbols that are right, and our unit for one of theirs. */
const classes: Readonly<Record<string, { units: readonly string[]; factor: number }>> = {
  voltage: { units: ["V"], factor: 1 },
  current: { units: ["A"], factor: 1 },
  frequency: { units: ["Hz"], factor: 1 },
  temperature: { units: ["Cel"], factor: 1 },
  humidity: { units: ["%"], factor: 1 },
  charge: { units: ["%"], factor: 1 },
  load: { units: ["%"], factor: 1 },
  power: { units: ["W", "VA"], factor: 1 },
  power_factor: { units: ["1"], factor: 1 },
  power_consumed: { units: ["kW.h"], factor: 1 },
  runtime: { units: ["s"], factor: 60 },
};
/** Settings, and a date that another program counts days from. */
const noReading = /setpoint|nominal|Replacement|Recommended|test (initial|final)/i;

/** Drafts each walk whose sensors another program has found, and scores unit and value of each. */
export function scoreWalks(quantities: ReadonlyMap<string, Quantity>): Scores {
  const scores = new Scores();
  const score = scores.of("walks");
  const expected = JSON.parse(
    readFileSync(sharedData("ups-snmp/expected_sensors.json"), "utf8"),
  ) as Record<string, { readonly sensors: readonly Sensor[] }>;
  for (const [name, { sensors }] of Object.entries(expected)) {
    const text = readFileSync(sharedData(`ups-snmp/walks/${name}.snmprec`), "utf8");
    const raw = new Map(text.split("\n").map((line) => [line.split("|")[0], line.split("|")[2]]));
    const points = new Map(draft(text, quantities).points.map((point) => [point.path, point]));
    for (const { sensor_class, sensor_oid, sensor_descr, sensor_current } of sensors) {
      const oid = sensor_oid.replace(/^\./, "");
      const kind = classes[sensor_class];
      const given = raw.get(oid);
      if (!kind || given === undefined || noReading.test(sensor_descr)) continue;
      score.expected++;
      const point = points.get(oid);
      const shown = `walks ${name} ${oid} ${sensor_class} ${sensor_descr}`;
      if (!point) {
        scores.faults.push(`${shown}: not named`);
        continue;
      }
      const value = Number.parseFloat(given) * point.scale + point.offset;
      const right = sensor_current * kind.factor;
      // The other program rounds, and may have walked a moment later.
      const near = Math.abs(value - right) <= Math.abs(right) * 0.01 + 0.06;
      if (kind.units.includes(point.unit) && near) score.right++;
      else {
        score.wrong++;
        scores.faults.push(`${shown}: ${point.quantity} ${value} for ${right}`);
      }
    }
  }
  return scores;
}
