import { draft } from "@kenh/schemas/draft";
import { describe, expect, test } from "vitest";
import { shippedQuantities } from "../support/quantities.ts";
import { noSharedData } from "../support/shared-data.ts";
import { scoreDumps } from "./dumps.ts";
import { scoreMessages } from "./messages.ts";
import { scoreNodeSets } from "./node-sets.ts";
import { scoreTables } from "./registers.ts";
import { precision, recall, type Scores } from "./score.ts";
import { scoreStrangers } from "./strange.ts";
import { scoreStrangeTables } from "./strange-tables.ts";
import { scoreUplinks } from "./uplinks.ts";
import { scoreWalks } from "./walks.ts";

const quantities = shippedQuantities();
const skipped = noSharedData();

/** Prints the table, and holds the floors for the kinds that have any. */
function hold(
  name: string,
  scores: Scores,
  floors: Record<string, readonly [number, number]>,
): void {
  process.stdout.write(`\n${name}\n${scores.lines().join("\n")}\n`);
  for (const [kind, [leastPrecision, leastRecall]] of Object.entries(floors)) {
    const score = scores.of(kind);
    const faults = scores.faults.filter((fault) => fault.startsWith(kind)).join("\n");
    expect(score.expected, kind).toBeGreaterThan(0);
    expect(precision(score), faults).toBeGreaterThanOrEqual(leastPrecision);
    expect(recall(score), faults).toBeGreaterThanOrEqual(leastRecall);
  }
}

const asked = [0.9, 0.8] as const;
const floors = {
  "water-level": asked,
  weather: asked,
  "air-quality": asked,
  "temp-humidity": asked,
  "power-meter": asked,
};

describe.skipIf(skipped)(`drafts of recorded gear ${skipped ?? ""}`, () => {
  test.each(["built", "held"] as const)(
    "uplinks of LoRaWAN nodes, half of the makers: %s",
    (half) => {
      hold(`uplinks, makers ${half}`, scoreUplinks(half, quantities), floors);
    },
  );
  test("dumps of upsc", () => {
    hold("dumps of upsc", scoreDumps(quantities), { nut: [0.98, 0.95] });
  });
  test("SNMP walks", () => {
    hold("SNMP walks", scoreWalks(quantities), { walks: [0.95, 0.85] });
  });
  test("tables of registers, each written in several ways", () => {
    hold("tables of registers", scoreTables(quantities), {
      "name,address": [0.99, 0.99],
      vietnamese: [0.99, 0.99],
      spaced: [0.99, 0.99],
      "without a head": [0.99, 0.99],
    });
  });
  test("MQTT messages", () => {
    hold("MQTT messages", scoreMessages(quantities), { messages: [0.95, 0.85] });
  });
  test("node sets without a reading give none", () => {
    expect(scoreNodeSets(quantities)).toEqual([]);
  });
});

describe("drafts of gear that the words were not made from", () => {
  const asked = [0.9, 0.8] as const;
  test.each([
    ["read", { weather: asked, air: asked, temp: asked, water: asked, power: asked }],
    ["counted", { weather: asked, air: asked, temp: asked, water: asked, power: asked }],
  ] as const)("half of the makers: %s", (half, least) => {
    for (const uplink of [false, true]) {
      const way = uplink ? "as uplinks" : "as messages";
      hold(
        `documented answers, makers ${half}, ${way}`,
        scoreStrangers(half, quantities, uplink),
        least,
      );
    }
  });

  test("tables of registers in English, German, French, Vietnamese and Chinese", () => {
    const scores = scoreStrangeTables(quantities);
    const floor = Object.fromEntries([...scores.kinds.keys()].map((kind) => [kind, asked]));
    hold("tables as makers print them", scores, floor);
  });
});

test("settings, limits, flags and counts of messages are no readings", () => {
  const names =
    "tx_interval temperature_alarm_high humidity_threshold report_period_min frame_counter packet_type battery_low temperature_status co2_alarm downlink_count error_code gps_fix satellites accuracy boot_count delta_temperature temp_min_24h temp_max_24h battery_capacity_mah valve_position switch_state tilt_alarm sensor_id set_temperature temperature_offset co2_calibration humidity_hysteresis light_on battery_type rain_reset_count heater_power_state sample_count temperature_valid level_alarm distance_min tank_height empty_distance max_level temperature_unit humidity_flag data_rate pulse_factor ct_ratio energy_today energy_yesterday max_demand min_voltage rated_power power_limit over_voltage under_voltage charge_status pm_sensor_status fan_speed filter_life restart_count snow_depth sound_event aqi_level baseline_co2 txPower powerOnHours".split(
      " ",
    );
  const says = Object.fromEntries(names.map((name, at) => [name, (at % 7) + 1]));
  const { points } = draft(JSON.stringify(says), quantities);
  expect(points.map(({ path, quantity }) => `${path} ${quantity}`)).toEqual([]);
});
