/**
 * What the fields of recorded uplinks measure, read from their names, units and the makers' descriptions,
 * without the draft: maker | fields (regular expression on the whole path, indices as `*`) | quantities,
 * any of which is right | factor to the quantity's unit. The first row that fits counts.
 * `-` is no reading of now (a setting, a limit, a flag, an identity, a count of messages); `?` can't be
 * told from the record, and counts neither way. What no row has is `-`.
 */
const table = `
*|.*(min|max|minimum|maximum|threshold|offset|target_temperature|interval|period|alarm.*)$|-|
*|.*(limit|alert|alarm).*|-|
decentlab|battery_voltage|battery_v|1
decentlab|air_humidity(_radiation_shield)?|relative_humidity_pct|1
decentlab|air_temperature(_radiation_shield)?|air_temperature_c|1
decentlab|surface_temperature|surface_temperature_c|1
decentlab|leaf_temperature|leaf_temperature_c|1
decentlab|soil_temperature|soil_temperature_c|1
decentlab|temperature_at_level_\\d+|soil_temperature_c air_temperature_c|1
decentlab|temperature|air_temperature_c water_temperature_c|1
decentlab|sensor_temperature|air_temperature_c internal_temperature_c|1
decentlab|temperature_(head|target)|?|
decentlab|barometric_pressure|air_pressure_hpa|0.01
decentlab|co2_concentration|co2_ppm|1
decentlab|illuminance|illuminance_lx|1
decentlab|total_voc|tvoc_ppb|1
decentlab|dew_point|dew_point_c|1
decentlab|angle|tilt_deg phase_angle_deg|1
decentlab|oxygen_concentration|dissolved_oxygen_mg_l|1
decentlab|oxygen_(concentration_alt|saturation)|?|
decentlab|ph|ph|1
decentlab|redox|orp_mv|1
decentlab|voltage|voltage_v battery_v|1
decentlab|current|current_a|0.001
decentlab|current|loop_current_ma|1
decentlab|volumetric_water_content|soil_moisture_pct|100
decentlab|electrical_conductivity|soil_conductivity_us_cm conductivity_us_cm|1
decentlab|water_depth|water_level_m|0.001
decentlab|distance|distance_m|0.001
decentlab|(ch\\d_)?(cumulative_)?pulse_count|pulse_count|1
decentlab|photosynthetically_active_radiation|par_umol_m2_s|1
decentlab|total_solar_radiation|solar_radiation_w_m2|1
decentlab|(cumulative_)?precipitation|rain_mm|1
decentlab|frequency|frequency_hz|1
decentlab|(water_potential|leaf_wetness_index|ambient_light.*|counter_reading)|?|
elsys|temperature|air_temperature_c|1
elsys|externalTemperature|air_temperature_c water_temperature_c soil_temperature_c|1
elsys|humidity|relative_humidity_pct|1
elsys|light|illuminance_lx|1
elsys|co2|co2_ppm|1
elsys|vdd|battery_v|0.001
elsys|pulse\\d|pulse_count|1
elsys|distance|distance_m|0.001
elsys|soundAvg|noise_db|1
elsys|(pressure|motion|waterleak|occupancy|soundPeak|analog1|x|y|z)|?|
mcci|t|air_temperature_c|1
mcci|tempC|air_temperature_c|1
mcci|rh|relative_humidity_pct|1
mcci|p|air_pressure_hpa|1
mcci|aqi|aqi|1
mcci|tDewC?|dew_point_c|1
mcci|tHeatIndexC?|apparent_temperature_c|1
mcci|vbat|battery_v|1
mcci|lux|illuminance_lx|1
mcci|pm\\.10|pm10_ugm3|1
mcci|pm\\.1\\.0|pm1_ugm3|1
mcci|pm\\.2\\.5|pm25_ugm3|1
mcci|(tvoc|vbus|vsys|aqi_partial.*|irradiance.*|energy.*|power.*|mainDemand|activity.*)|?|
netvox|Volt|battery_v voltage_v|1
netvox|Temp|air_temperature_c|1
netvox|Humi|relative_humidity_pct|1
netvox|PM1_0|pm1_ugm3|1
netvox|PM2_?5|pm25_ugm3|1
netvox|PM10|pm10_ugm3|1
netvox|Illuminance|illuminance_lx|1
netvox|Vol|voltage_v|1
netvox|Current|current_a|0.001
netvox|Power|active_power_w|1
netvox|Energy|energy_kwh|0.001
netvox|(Rssi|Snr)|?|
talkpool|(Relative)?Humidity|relative_humidity_pct|1
talkpool|Temperature|air_temperature_c|1
talkpool|CO2|co2_ppm|1
talkpool|MeterReading|?|
tinovi|bat|battery_pct|1
tinovi|temp|air_temperature_c soil_temperature_c|1
tinovi|vwc|soil_moisture_pct|1
tinovi|ec|soil_conductivity_us_cm conductivity_us_cm|1
tinovi|e25|?|
laird|(readings\\.\\*\\.)?temperature|air_temperature_c|1
laird|(readings\\.\\*\\.)?humidity|relative_humidity_pct|1
laird|voltage|battery_v voltage_v|1
seeed|messages\\.\\*\\.battery|battery_pct|1
seeed|messages\\.\\*\\.measurementValue|?|
strega|Bat|battery_pct|1
strega|Hygro|relative_humidity_pct|1
strega|Temp|air_temperature_c|1
vutility|voltage(L\\d)|voltage_$1_v|1
vutility|current(L\\d)|current_$1_a|1
vutility|phaseAngle(L\\d)|phase_angle_$1_deg phase_angle_deg|1
vutility|capacitorVoltage|battery_v voltage_v|1
vutility|temperatureCelsius|air_temperature_c|1
vutility|averageAmps|current_a|1
vutility|pulseCount|pulse_count|1
vutility|ampHourAccumulation|?|
comtac|batLevel|battery_pct|1
comtac|batVoltage|battery_v|1
comtac|humNOW\\.\\*|relative_humidity_pct|1
comtac|temp(NOW\\.\\*)?|air_temperature_c|1
comtac|gpsLat|latitude_deg|1
comtac|gpsLong|longitude_deg|1
comtac|RSSI\\d|?|
noah|level|water_level_m|1
noah|temp|air_temperature_c water_temperature_c|1
noah|voltage|battery_v voltage_v|0.001
pepperl-fuchs|battery_vol|battery_v|1
pepperl-fuchs|fillinglvl|tank_level_pct|1
pepperl-fuchs|proxx|distance_m|0.01
pepperl-fuchs|temp|air_temperature_c|1
terabee|distance|distance_m|0.001
terabee|levelPercentage|tank_level_pct|1
terabee|batteryVoltage|battery_v|0.001
twtg|sensor_event\\.temperature\\.avg|air_temperature_c surface_temperature_c|1
example|speed|?|
*|latitude(Deg)?|latitude_deg|1
*|longitude(Deg)?|longitude_deg|1
dragino|Bat(_?V)?|battery_v|1
dragino|CO2_ppm|co2_ppm|1
dragino|Hum_SHT|relative_humidity_pct|1
dragino|TVOC_ppb|tvoc_ppb|1
dragino|Temp(C_SHT|C_DS18B20|C1|_Black|_Red|_White)|air_temperature_c|1
dragino|Lidar_temp|air_temperature_c internal_temperature_c|1
dragino|Leaf_Temperature|leaf_temperature_c|1
dragino|Leaf_Moisture|leaf_wetness_pct|1
dragino|TEMP_SOIL|soil_temperature_c|1
dragino|PH1_SOIL|ph|1
dragino|Distance|distance_m|0.001
dragino|Lidar_distance|distance_m|0.01
dragino|(dis\\d|ACI.*|AVI.*|[KNP]_SOIL|ADC.*)|?|
mclimate|AQI|aqi|1
mclimate|(co2|CO2eq)|co2_ppm|1
mclimate|pressure|air_pressure_hpa|1
mclimate|(relative_)?humidity|relative_humidity_pct|1
mclimate|temperature|air_temperature_c|1
mclimate|(voltage|battery)|battery_v|1
mclimate|(VOC|sAQI)|?|
milesight|battery(_main|_node)?|battery_pct|1
milesight|(history\\.\\*\\.)?co2|co2_ppm|1
milesight|(history\\.\\*\\.)?temperature|air_temperature_c|1
milesight|(history\\.\\*\\.)?humidity|relative_humidity_pct|1
milesight|(history\\.\\*\\.)?illumination|illuminance_lx|1
milesight|(history\\.\\*\\.)?pressure|air_pressure_hpa|1
milesight|hcho|formaldehyde_mg_m3|1
milesight|pm2_5|pm25_ugm3|1
milesight|pm10|pm10_ugm3|1
milesight|(LAF|LAeq)|noise_db|1
milesight|(people_count_all)|people_count|1
milesight|people_in|people_in|1
milesight|people_out|people_out|1
milesight|history\\.\\*\\.(period|total)_in|people_in|1
milesight|history\\.\\*\\.(period|total)_out|people_out|1
milesight ct.*|current|current_a|1
milesight|current|current_a|0.001
milesight|active_power|active_power_w|1
milesight|power_consumption|energy_kwh|0.001
milesight|power_factor|power_factor|0.01
milesight|voltage|voltage_v|1
milesight|valve_1_pulse|pulse_count|1
milesight|gpio_counter_1|pulse_count|1
milesight|nh3|nh3_ppm|1
milesight|h2s|h2s_ppm|1
milesight|depth|water_level_m|0.01
milesight|distance|distance_m|0.001
milesight|(history\\.\\*\\.)?wind_direction|wind_direction_deg|1
milesight|(history\\.\\*\\.)?wind_speed|wind_speed_m_s|1
milesight|(history\\.\\*\\.)?rainfall_total|rain_mm|1
milesight|(tvoc|total_current|light_level|infrared.*|activity|region_.*|wifi.*|remaining|rainfall_counter)|?|
sting|Temperature|air_temperature_c|1
sting|Humidity|relative_humidity_pct|1
sting|Pressure|air_pressure_hpa|1
sting|Noise|noise_db|1
sting|(RPM|FPM|UPM|CO|NH3|NO2)|?|
teneo-iot|battery|battery_v|1
teneo-iot|co2|co2_ppm|1
teneo-iot|temperature|air_temperature_c|1
teneo-iot|relativeHumidity|relative_humidity_pct|1
teneo-iot|moisture|soil_moisture_pct|1
teneo-iot|distance|?|
browan|battery|battery_v|1
browan|humidity|relative_humidity_pct|1
browan|temperature|air_temperature_c|1
browan|temperatureBoard|internal_temperature_c|1
plenom|RSSI|rssi_dbm|1
plenom|SNR|snr_db|1
tektelic|battery|battery_pct|1
tektelic|(sensor_data\\.)?temperature|air_temperature_c|1
tektelic|mcu_temperature|internal_temperature_c|1
tektelic|rms_voltage|?|
nwave|battery_voltage|battery_v|1
nwave|temperature|air_temperature_c|1
nwave|battery_voltage_mean_24h|?|
emu|Active Energy Import (T\\d)|energy_$1_kwh energy_kwh|0.001
emu|Active Energy Export (T\\d)|energy_export_$1_kwh energy_export_kwh|0.001
emu|Reactive Energy Import (T\\d)|reactive_energy_import_$1_kvarh|0.001
emu|Reactive Energy Export (T\\d)|reactive_energy_export_$1_kvarh|0.001
micropelt|Flow_Temperature|water_temperature_c air_temperature_c|1
micropelt|Ambient_Temperature|air_temperature_c|1
micropelt|Storage_Voltage|battery_v voltage_v|1
micropelt|Average_Current_.*|current_a|0.000001
micropelt|Received_Signal_Strength|?|
rivercity-innovations|temperature|air_temperature_c|1
rivercity-innovations|humidity|relative_humidity_pct|1
rivercity-innovations|(battery|batV)|battery_v|1
rivercity-innovations|direction|?|
xignal|battVoltage|battery_v|1
xignal|temperature|air_temperature_c|1
ellenex|batteryVoltage|battery_v|1
ellenex|(level|pressure)|?|
sept-s|temperature|air_temperature_c|1
sept-s|batteryLevel|battery_v|1
`;

/** What one field is: the quantities that are right with their factor, nothing, or not to be told. */
export type Expected =
  | { readonly kind: "reading"; readonly right: readonly { quantity: string; scale: number }[] }
  | { readonly kind: "none" | "untold" };

const rows = table
  .trim()
  .split("\n")
  .map((line) => {
    const [maker, field, quantities, scale] = cut(line);
    // `*` is any maker; a maker alone is any model of it.
    const who = maker === "*" ? /./ : new RegExp(`^${maker}(?: .*)?$`);
    return {
      maker: who,
      field: new RegExp(`^(?:${field})$`, "i"),
      quantities,
      scale: Number(scale),
    };
  });

/** The four parts of a row; the expression in it may hold strokes. */
function cut(line: string): [string, string, string, string] {
  const parts = line.split("|");
  const scale = parts.pop() ?? "";
  const quantities = parts.pop() ?? "";
  const maker = parts.shift() ?? "";
  return [maker, parts.join("|"), quantities, scale];
}

/** What stands at a path of a maker's decoded uplink, such as `history.0.temperature`. */
export function expectedOf(maker: string, model: string, path: string): Expected {
  const field = path.replaceAll(/\.\d+(?=\.|$)/g, (index, at: number) =>
    /^(aqi_partial|dust|pm)/.test(path) && at > 0 ? index : ".*",
  );
  const right: { quantity: string; scale: number }[] = [];
  for (const row of rows) {
    if (!row.maker.test(`${maker} ${model}`)) continue;
    const match = row.field.exec(field);
    if (!match) continue;
    if (row.quantities === "-") return { kind: "none" };
    if (row.quantities === "?") return { kind: "untold" };
    const part = (match[1] ?? "").toLowerCase();
    for (const quantity of row.quantities.split(" ")) {
      right.push({ quantity: quantity.replace("$1", part), scale: row.scale });
    }
  }
  return right.length > 0 ? { kind: "reading", right } : { kind: "none" };
}
