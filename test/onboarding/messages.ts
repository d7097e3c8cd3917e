import type { Quantity } from "@kenh/schemas";
import { draft } from "@kenh/schemas/draft";
import { sharedLines } from "../support/shared-data.ts";
import { Scores } from "./score.ts";

interface Message {
  readonly maker: string;
  readonly device: string;
  readonly topic: string | null;
  readonly payload: string;
  readonly valid_json: boolean;
}

/**
 * What stands in the messages, by the last names of a path: maker | names | quantities, any of which is
 * right | factor. `?` counts neither way. What no row has is no reading.
 */
const table = `
Tasmota|ENERGY.Total|energy_kwh|1
Tasmota|ENERGY.Power|active_power_w|1
Tasmota|ENERGY.ApparentPower|apparent_power_va|1
Tasmota|ENERGY.ReactivePower|reactive_power_var|1
Tasmota|ENERGY.Factor|power_factor|1
Tasmota|ENERGY.Frequency|frequency_hz|1
Tasmota|ENERGY.Voltage|voltage_v|1
Tasmota|ENERGY.Current|current_a|1
Tasmota|ENERGY.Load|load_pct|1
Tasmota|ENERGY.(ImportActive|ExportActive).*|?|
Tasmota|ENERGY.*|?|
Tasmota|ESP32.Temperature|internal_temperature_c|1
Tasmota|.*Setpoint.*|-|
Tasmota|Vcc|voltage_v|1
Tasmota|.*DewPoint|dew_point_c|1
Tasmota|(IrReceived|TIC|.*Zb).*|?|
Tasmota|.*Temp(erature)?\\d*|air_temperature_c|1
Tasmota|.*Hum(idity)?|relative_humidity_pct|1
Tasmota|.*(CarbonDioxide|eCO2|CO2)|co2_ppm|1
Tasmota|.*Pressure|air_pressure_hpa|1
Tasmota|.*SeaPressure|air_pressure_hpa|1
Tasmota|.*Illuminance|illuminance_lx|1
Tasmota|.*TVOC|tvoc_ppb|1
Tasmota|.*PB2.5|?|
Tasmota|.*PM2.5|pm25_ugm3|1
Tasmota|.*PM10|pm10_ugm3|1
Tasmota|.*PM1|pm1_ugm3|1
Tasmota|VL53.*Distance|distance_m|0.001
Tasmota|.*Distance|distance_m|0.01
Tasmota|.*RSSI|rssi_dbm|1
Tasmota|.*SNR|snr_db|1
Tasmota|.*Battery|battery_pct|1
Tasmota|.*AMBTMP|air_temperature_c|1
Tasmota|RfReceived.Pulse|-|
Tasmota|.*(Moisture|Flora).*|?|
Tasmota|.*LinkQuality|link_quality|1
Tasmota|Wifi.*|?|
Shelly|.*aenergy.total|energy_kwh|0.001
Shelly|.*apower|active_power_w|1
Shelly|.*temperature.tC|internal_temperature_c air_temperature_c|1
Shelly|.*temperature.tF|?|
Shelly|.*voltage|voltage_v|1
Shelly|.*current|current_a|1
Shelly|.*freq|frequency_hz|1
Shelly|.*pf|power_factor|1
Shelly|.*rssi|rssi_dbm|1
Shelly|.*uptime|uptime_s|1
Shelly|meters.*power|active_power_w|1
Shelly|lat|latitude_deg|1
Shelly|lng|longitude_deg|1
Shelly|.*overpower|-|
Shelly|.*(meters|temperature|tmp|battery|bat|illuminance|lux|humidity|hum).*|?|
The Things Stack v3|.*(temperature|TempC_(SHT|DS))|air_temperature_c|1
The Things Stack v3|.*(humidity|Hum_SHT)|relative_humidity_pct|1
The Things Stack v3|.*BatV|battery_v|1
The Things Stack v3|.*wind(.s|S)peed|wind_speed_m_s|1
The Things Stack v3|.*(moisture|soil|light|pH|ph).*|?|
ChirpStack v4|batteryLevel|battery_pct|1
ChirpStack v4|.*rssi|?|
Zigbee2MQTT|temperature|air_temperature_c|1
Zigbee2MQTT|humidity|relative_humidity_pct|1
Zigbee2MQTT|battery|battery_pct|1
Zigbee2MQTT|linkquality|link_quality|1
Zigbee2MQTT|.*|?|
Axis camera|.*totalHuman|people_count|1
Axis camera|.*total.*|?|
Frigate NVR|.*|?|
Milesight gateway|.*|?|
Sparkplug B|.*|?|
`;

const rows = table
  .trim()
  .split("\n")
  .map((line) => {
    const parts = line.split("|");
    const scale = Number(parts.pop());
    const quantities = parts.pop() ?? "";
    const [maker = "", ...pattern] = parts;
    const names = pattern.join("|").replaceAll(".", "\\.").replaceAll("\\.*", ".*");
    return { maker, names: new RegExp(`^(?:${names})$`), quantities, scale };
  });

function* numbersIn(here: unknown, path: readonly string[]): Generator<[string, number]> {
  if (typeof here === "object" && here !== null) {
    for (const [name, inner] of Object.entries(here)) yield* numbersIn(inner, [...path, name]);
    return;
  }
  const number = typeof here === "string" && /^-?\d+(\.\d+)?$/.test(here) ? Number(here) : here;
  if (typeof number === "number") yield [path.join("."), number];
}

const plain = (path: string): string =>
  path
    .replaceAll(/\["([^"]*)"\]/g, ".$1")
    .replaceAll(/\[(\d+)\]/g, ".$1")
    .replace(/^\./, "");

/** Drafts each message as it was captured, and scores quantity and value of each number in it. */
export function scoreMessages(quantities: ReadonlyMap<string, Quantity>): Scores {
  const scores = new Scores();
  const score = scores.of("messages");
  for (const message of sharedLines<Message>("mqtt-payloads/messages.jsonl")) {
    const { maker, device, topic, payload, valid_json } = message;
    if (!valid_json) continue;
    const text = topic === null ? payload : JSON.stringify({ topic, payload });
    const points = new Map(
      draft(text, quantities).points.map((point) => [plain(point.path), point]),
    );
    for (const [path, raw] of numbersIn(JSON.parse(payload), [])) {
      const row = rows.find((each) => each.maker === maker && each.names.test(path));
      const point = points.get(path);
      if (row?.quantities === "?") continue;
      const expected = row && row.quantities !== "-" ? row : undefined;
      if (expected) score.expected++;
      const shown = `messages ${maker} ${device} ${path}=${raw}`;
      if (!point) {
        if (expected) scores.faults.push(`${shown}: not named`);
        continue;
      }
      const value = raw * point.scale + point.offset;
      const same =
        Math.abs(value - raw * (expected?.scale ?? 0)) <= 1e-6 * Math.max(1, Math.abs(value));
      if (expected?.quantities.split(" ").includes(point.quantity) && same) score.right++;
      else {
        score.wrong++;
        scores.faults.push(`${shown}: ${point.quantity} ×${point.scale}`);
      }
    }
  }
  return scores;
}
