/** A way in which a device may give a quantity that it does not name the unit of. */
export interface Custom {
  /** As the table of units knows it. */
  readonly unit: string;
  /** Numbers that are usual in this unit. */
  readonly min: number;
  readonly max: number;
  /** Only for whole numbers, or only for such with decimals. */
  readonly only?: "whole" | "decimals";
  /** How far this alone is to be believed, 0 to 1. */
  readonly sure: number;
}

/** What a quantity is called. */
export interface Concept {
  readonly quantity: string;
  /** All of these words; each may be one of several. */
  readonly words: readonly (readonly string[])[];
  readonly customs: readonly Custom[];
}

/**
 * quantity | words, all of them, alternatives with a stroke | what is usual where no unit is named:
 * unit least..greatest [whole|decimals] sureness; the first that fits counts.
 */
const table = `
air_temperature_c|temperature|Cel -45..65 .9;K 230..330 decimals .7;Cel -60..200 .6
air_temperature_c|air temperature|Cel -45..65 .9
soil_temperature_c|soil temperature|Cel -20..70 .9
water_temperature_c|water temperature|Cel -5..60 .9
water_temperature_c|flow temperature|Cel -5..120 .8
leaf_temperature_c|leaf temperature|Cel -40..70 .9
surface_temperature_c|surface temperature|Cel -40..400 .85
internal_temperature_c|internal temperature|Cel -40..125 .9
battery_temperature_c|battery temperature|Cel -20..100 .9
ups_temperature_c|ups temperature|Cel 0..100 .9
room_temperature_c|room temperature|Cel -20..60 .9
coolant_temperature_c|coolant temperature|Cel -40..200 .9
coolant_temperature_c|coolant|Cel -40..200 .85
oil_temperature_c|oil temperature|Cel -40..200 .9
dew_point_c|dewpoint|Cel -60..40 .9;[degF] 40..90 decimals .6
apparent_temperature_c|heatindex|Cel -40..80 .85;[degF] 80..140 .6;K 230..340 .7
wet_bulb_temperature_c|wetbulb|Cel -40..60 .85
black_globe_temperature_c|blackglobe|Cel -40..100 .85
relative_humidity_pct|humidity|% 0..100 .9
relative_humidity_pct|relative humidity|% 0..100 .95
soil_moisture_pct|soil moisture/humidity|1 .01..1 decimals .6;% 0..100 .9
soil_moisture_pct|soil water|% 0..100 .75
soil_moisture_pct|moisture|1 .01..1 decimals .6;% 0..100 .8
leaf_wetness_pct|leaf wetness/moisture/humidity|% 0..100 .8
air_pressure_hpa|pressure|hPa 600..1100 .9;Pa 60000..110000 .9;kPa 60..110 decimals .8
air_pressure_hpa|barometric|hPa 600..1100 .9;Pa 60000..110000 .9;kPa 60..110 .8;[in_i'Hg] 25..32 .75
air_pressure_hpa|barometric pressure|hPa 600..1100 .95;Pa 60000..110000 .95;kPa 60..110 .85;[in_i'Hg] 25..32 .75
pressure_kpa|water pressure|kPa 0..600 .4
pressure_kpa|pressure|kPa -100..2000 .4
oil_pressure_kpa|oil pressure|kPa 100..1000 .6;bar 0..10 .7
oil_pressure_kpa|oil|bar 0..10 .3
vapour_pressure_kpa|vapour pressure|kPa 0..10 .8
rain_mm|rain|mm 0..2000 .85
rain_mm|rain total|mm 0..100000 .85
rain_mm|rain level|mm 0..2000 .85
rain_rate_mm_h|rain|
rain_rate_mm_h|rain rate|mm/h 0..1000 .85
wind_speed_m_s|wind speed/velocity|m/s 0..75 .85
wind_speed_m_s|wind|m/s 0..75 .6
wind_gust_m_s|gust|m/s 0..100 .85
wind_gust_m_s|gust speed/wind|m/s 0..100 .85
wind_gust_m_s|wind maximum|m/s 0..75 .75
wind_gust_m_s|wind speed maximum|m/s 0..100 .8
wind_gust_m_s|gust wind speed|m/s 0..100 .85
wind_direction_deg|wind|
wind_direction_deg|direction|deg 0..360 .55
wind_direction_deg|winddirection|deg 0..360 .95
wind_direction_deg|wind direction|deg 0..360 .95
solar_radiation_w_m2|solar radiation|W/m2 0..1800 .9
solar_radiation_w_m2|solar|W/m2 20..1800 .8;W/m2 0..20 .5
solar_radiation_w_m2|radiation|W/m2 0..1800 .75
par_umol_m2_s|par|umol/(m2.s) 0..3000 .85
illuminance_lx|light|lx 0..200000 .85
illuminance_lx|brightness|lx 101..200000 .7
illuminance_lx|light level|lx 11..200000 .6
uv_index|uv|{UVI} 0..20 .85
noise_db|noise|dB 0..140 .9
noise_db|noise level|dB 10..140 .9
pm1_ugm3|pm1|ug/m3 0..2000 .9
pm25_ugm3|pm25|ug/m3 0..2000 .92
pm10_ugm3|pm10|ug/m3 0..5000 .92
pm25_aqi|pm25 aqi|{AQI} 0..500 .9
pm10_aqi|pm10 aqi|{AQI} 0..500 .9
o3_aqi|o3 aqi|{AQI} 0..500 .9
no2_aqi|no2 aqi|{AQI} 0..500 .9
so2_aqi|so2 aqi|{AQI} 0..500 .9
co_aqi|co aqi|{AQI} 0..500 .9
o3_ugm3|o3|ug/m3 0..2000 .4
o3_ppm|o3|[ppm] 0..10 decimals .6;[ppb] 1..500 whole .55
no2_ugm3|no2|ug/m3 0..5000 .4
no2_ppm|no2|[ppm] 0..20 .6
so2_ugm3|so2|ug/m3 0..5000 .4
so2_ppm|so2|[ppm] 0..20 .6
co_ugm3|co|ug/m3 0..200000 .3
co_ppm|co|[ppm] 0..1000 .7
co2_ppm|co2|[ppm] 300..40000 .95
h2s_ppm|h2s|[ppm] 0..200 .75
nh3_ppm|nh3|[ppm] 0..500 .75
oxygen_pct|oxygen|% 0..100 .8
formaldehyde_mg_m3|formaldehyde|mg/m3 0..20 decimals .75
tvoc_ppb|tvoc|[ppb] 0..60000 whole .7
aqi|aqi|{AQI} 0..500 .9
people_count|people|{count} 0..100000 whole .85
people_count|people count|{count} 0..100000 whole .9
people_count|people count total|{count} 0..100000 whole .9
people_in|people in|{count} 0..10000000 whole .9
people_out|people out|{count} 0..10000000 whole .9
people_in|in|{count} 0..10000000 whole .55
people_out|out|{count} 0..10000000 whole .55
people_in|in total|{count} 0..10000000 whole .6
people_out|out total|{count} 0..10000000 whole .6
people_in|people in count|{count} 0..10000000 whole .9
people_out|people out count|{count} 0..10000000 whole .9
people_in|people in count total|{count} 0..10000000 whole .9
people_out|people out count total|{count} 0..10000000 whole .9
lightning_strikes|lightning count|{count} 0..100000 .85
lightning_strikes|lightning|{count} 0..100000 whole .7
lightning_distance_km|lightning distance|km 0..100 .85
soil_conductivity_us_cm|soil conductivity|uS/cm 1..30000 .85
water_level_m|waterlevel|m -5..30 decimals .8;cm 30..3000 whole .6;mm 3000..30000 whole .6;m 0..30 .6
water_level_m|water depth|m 0..30 decimals .8;cm 1..3000 whole .6
water_level_m|depth|m 0..30 decimals .7;cm 1..3000 whole .6
water_level_m|level|m 0..30 decimals .55
distance_m|water/waterlevel/tank/level distance|mm 250..20000 whole .65;m 0..20 decimals .7;mm 20..250 whole .6
tank_level_pct|tank level|% 0..100 .8
tank_level_pct|tank|% 0..100 .6
tank_level_pct|level|% 0..100 whole .45
fuel_level_pct|fuel|% 0..100 .8
fuel_level_pct|fuel level|% 0..100 .9
distance_m|distance|mm 250..20000 whole .65;m 0..20 decimals .7;mm 20..250 whole .6;mm 20..20000 whole .6
flow_m3_s|flow|m3/h 0..100000 .45
flow_m3_s|flow rate|m3/h 0..100000 .5
flow_m3_s|water flow|m3/h 0..100000 .45
velocity_m_s|velocity|m/s -10..10 .85
velocity_m_s|flow velocity|m/s -10..10 .85
velocity_m_s|flow speed|m/s -10..10 .85
velocity_m_s|water speed/velocity|m/s -10..10 .85
volume_m3|volume|m3 0..1000000000 decimals .6;L 0..1000000000 whole .5
volume_m3|water|
volume_m3|net/total|
volume_m3|volume total|m3 0..1000000000 decimals .6;L 0..1000000000 whole .5
flow_m3_s|water|
volume_m3|water volume|m3 0..1000000000 decimals .65;L 0..1000000000 whole .5
salinity_ppt|salinity|[ppth] 0..50 .85
conductivity_us_cm|conductivity|uS/cm 50..100000 .8;mS/cm 0..50 decimals .6
conductivity_us_cm|water conductivity|uS/cm 50..100000 .8
ph|ph|[pH] 0..14 .95
ph|soil/water ph|[pH] 0..14 .9
turbidity_ntu|turbidity|{NTU} 0..10000 .9
dissolved_oxygen_mg_l|dissolved oxygen|mg/L 0..25 .85
dissolved_oxygen_mg_l|oxygen|
dissolved_oxygen_mg_l|do|mg/L 0..25 .6
orp_mv|orp|mV -2000..2000 .9
chlorine_mg_l|chlorine|mg/L 0..20 .85
battery_v|battery voltage|V .5..60 .92;mV 1000..60000 whole .9
battery_v|battery|V .5..4.4 decimals .9;V 4.4..16 decimals .7;mV 1500..5000 whole .8;V 101..255 whole .2
battery_v|battery level|V 1..4.4 decimals .75;mV 1500..5000 whole .75
battery_pct|battery|% 5..100 whole .88;% 16..100 decimals .85;% 0..5 whole .6;% 0..100 whole .85;% 101..255 whole .2
battery_pct|battery charge/level|% 0..100 .92
battery_charge_pct|ups battery charge|% 0..100 .92
battery_charge_pct|charge|% 0..100 .75
battery_charge_pct|ups charge|% 0..100 .85
rssi_dbm|rssi|dB[mW] -200..-1 .95
rssi_dbm|signal|dB[mW] -140..-20 .75
snr_db|snr|dB -50..50 .95
link_quality|linkquality|{count} 0..255 whole .9
latitude_deg|latitude|deg -90..90 .95
longitude_deg|longitude|deg -180..180 .95
altitude_m|altitude|m -500..9000 .85
uptime_s|uptime|s 0..10000000000 whole .7
tilt_deg|tilt|deg -360..360 .8
pulse_count|pulse|{count} 0..10000000000 whole .8
pulse_count|pulse count|{count} 0..10000000000 whole .85
pulse_count|pulse count total|{count} 0..10000000000 whole .85
pulse_count|water pulse|{count} 0..10000000000 whole .8
pulse_count|water pulse count|{count} 0..10000000000 whole .8
battery_runtime_s|runtime|s 0..1000000 whole .75
battery_runtime_s|battery runtime|s 0..1000000 .85
on_battery_s|elapsed|s 0..10000000 .8
ups_battery_v|ups battery voltage|V 1..1000 .9
battery_current_a|battery current|A -10000..10000 .85
load_pct|load|% 0..200 .85
load_pct|output load|% 0..200 .85
load_pct|ups load|% 0..200 .9
efficiency_pct|efficiency|% 0..100 .85
input_voltage_v|input voltage|V 0..600 .9
input_voltage_v|mains voltage|V 0..600 .85
input_current_a|input current|A 0..10000 .9
input_current_a|mains current|A 0..10000 .85
input_frequency_hz|input frequency|Hz 0..100 .9
input_frequency_hz|mains frequency|Hz 0..100 .9
input_power_w|input power|W 0..10000000 .8
input_power_w|input active power|W 0..10000000 .85
output_voltage_v|output voltage|V 0..600 .9
output_current_a|output current|A 0..10000 .9
output_frequency_hz|output frequency|Hz 0..100 .9
active_power_w|output power|W 0..10000000 .8
active_power_w|output active power|W 0..10000000 .85
apparent_power_va|output apparent power|VA 0..10000000 .85
power_factor|output factor|1 -1..1 .9
bypass_voltage_v|input bypass voltage|V 0..600 .9
bypass_voltage_v|bypass voltage|V 0..600 .9
bypass_current_a|input bypass current|A 0..10000 .9
bypass_current_a|bypass current|A 0..10000 .9
bypass_power_w|bypass power|W 0..10000000 .85
bypass_frequency_hz|input bypass frequency|Hz 0..100 .9
bypass_frequency_hz|bypass frequency|Hz 0..100 .9
voltage_v|voltage|V 0..1100 .85;mV 1800..65000 whole .75
current_a|current|A -10000..10000 decimals .85;A -100..100 .85;mA 100..100000 whole .52;A -10000..0 .6
current_a|current total|A 0..10000 .6
current_a|average current|A -10000..10000 decimals .8;A -100..100 .8;mA 100..100000 whole .52
active_power_w|load active power|W -10000000..10000000 .85
active_power_w|power|W -10000000..10000000 .85
active_power_w|active power|W -10000000..10000000 .92
reactive_power_var|reactive power|var -10000000..10000000 .92
reactive_power_var|reactive|var -10000000..10000000 .75
apparent_power_va|apparent power|VA 0..10000000 .92
apparent_power_va|apparent|VA 0..10000000 .75
power_factor|factor|1 -1..1 .92;% 2..100 whole .75
power_factor|power factor|1 -1..1 .92;% 2..100 whole .75
frequency_hz|frequency|Hz 40..70 .95;Hz 0..100 .8
phase_angle_deg|phaseangle|deg -360..360 .9
phase_angle_deg|angle|deg -360..360 .75
thd_pct|thd|% 0..1000 .9
energy_kwh|energy|kW.h 0..1000000000 decimals .85;W.h 1..100000000000 whole .55;kW.h 0..1000000000 .6
energy_kwh|active energy|kW.h 0..1000000000 decimals .85;W.h 1..100000000000 whole .55;kW.h 0..1000000000 .6
energy_kwh|energy import|kW.h 0..1000000 .85;W.h 1000000..100000000000 whole .55;kW.h 0..1000000000 .85
energy_kwh|active energy import|kW.h 0..1000000 .85;W.h 1000000..100000000000 whole .55;kW.h 0..1000000000 .85
energy_kwh|import|kW.h 0..1000000000 .7
energy_kwh|import active|kW.h 0..1000000 .7;W.h 1000000..100000000000 whole .52;kW.h 0..1000000000 .7
energy_export_kwh|export active|kW.h 0..1000000 .7;W.h 1000000..100000000000 whole .52;kW.h 0..1000000000 .7
energy_export_kwh|energy export|kW.h 0..1000000 .85;W.h 1000000..100000000000 whole .55;kW.h 0..1000000000 .85
energy_export_kwh|active energy export|kW.h 0..1000000 .85;W.h 1000000..100000000000 whole .55;kW.h 0..1000000000 .85
energy_export_kwh|export|kW.h 0..1000000000 .7
energy_total_kwh|energy net|kW.h 0..1000000000 .8
energy_total_kwh|net|kW.h 0..1000000000 .6
reactive_energy_kvarh|reactive energy|kvar.h 0..1000000000 .85
reactive_energy_kvarh|reactive net|kvar.h 0..1000000000 .75
reactive_energy_import_kvarh|reactive energy import|kvar.h 0..1000000000 .85
reactive_energy_import_kvarh|reactive import|kvar.h 0..1000000000 .8
reactive_energy_export_kvarh|reactive energy export|kvar.h 0..1000000000 .85
reactive_energy_export_kvarh|reactive export|kvar.h 0..1000000000 .8
apparent_energy_kvah|apparent energy|kVA.h 0..1000000000 .85
generator_rpm|rpm|/min 0..6000 .45
generator_rpm|engine rpm|/min 0..6000 .9
generator_rpm|generator rpm|/min 0..6000 .9
generator_battery_v|generator battery voltage|V 0..60 .9
engine_hours_h|runhours|h 0..1000000 .85
engine_hours_h|engine runhours|h 0..1000000 .85
engine_starts|starts|{count} 0..10000000 .85
loop_current_ma|current|mA 3.5..22 decimals .3
`;

/** What the quantities are called. */
export const concepts: readonly Concept[] = table
  .trim()
  .split("\n")
  .map((line) => {
    const [quantity = "", words = "", customs = ""] = line.split("|");
    return {
      quantity,
      words: words.split(" ").map((word) => word.split("/")),
      customs: customs.split(";").filter(Boolean).map(customOf),
    };
  });

function customOf(text: string): Custom {
  const [unit = "", range = "", ...rest] = text.split(" ");
  const [min, max] = range.split("..").map(Number);
  const only = rest.length === 2 ? (rest[0] as "whole" | "decimals") : undefined;
  return { unit, min: min ?? 0, max: max ?? 0, sure: Number(rest.at(-1)), ...(only && { only }) };
}
