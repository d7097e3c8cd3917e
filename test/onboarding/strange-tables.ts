import type { Quantity } from "@kenh/schemas";
import { draft } from "@kenh/schemas/draft";
import { Scores } from "./score.ts";

/**
 * Tables of registers as makers print them, in several languages; behind `#` the quantity that is right in
 * each row, a factor where raw numbers are not in its unit, `-` for no reading of now, `?` where it can't be told.
 */
const tables: Readonly<Record<string, string>> = {
  "meter, English": `
Register,Name,Units,Size,Type,Scale
3000,Current A,A,2,FLOAT32,1#current_l1_a
3002,Current B,A,2,FLOAT32,1#current_l2_a
3004,Current C,A,2,FLOAT32,1#current_l3_a
3010,Current Avg,A,2,FLOAT32,1#current_a
3020,Voltage A-B,V,2,FLOAT32,1#voltage_l12_v
3028,Voltage A-N,V,2,FLOAT32,1#voltage_l1_v
3036,Voltage L-N Avg,V,2,FLOAT32,1#voltage_v
3054,Active Power A,kW,2,FLOAT32,1#active_power_l1_w*1000
3060,Active Power Total,kW,2,FLOAT32,1#active_power_w*1000
3068,Reactive Power Total,kVAR,2,FLOAT32,1#reactive_power_var*1000
3076,Apparent Power Total,kVA,2,FLOAT32,1#apparent_power_va*1000
3084,Power Factor Total,,2,FLOAT32,1#power_factor
3110,Frequency,Hz,2,FLOAT32,1#frequency_hz
3204,Active Energy Delivered (Into Load),Wh,4,INT64,1#energy_kwh*0.001
3208,Active Energy Received (Out of Load),Wh,4,INT64,1#energy_export_kwh*0.001
21300,THD Current A,%,2,FLOAT32,1#?
4000,Meter Reset Date,,4,DATETIME,1#-`,
  "meter, German": `
Adresse;Bezeichnung;Einheit;Datentyp;Faktor
1;Spannung L1-N;V;float;1#voltage_l1_v
3;Spannung L2-N;V;float;1#voltage_l2_v
7;Spannung L1-L2;V;float;1#voltage_l12_v
13;Strom L1;A;float;1#current_l1_a
25;Wirkleistung L1;W;float;1#active_power_l1_w
55;Netzfrequenz;Hz;float;1#frequency_hz
63;Gesamtscheinleistung;VA;float;1#apparent_power_va
65;Gesamtwirkleistung;W;float;1#active_power_w
67;Gesamtblindleistung;var;float;1#reactive_power_var
69;Gesamtleistungsfaktor;;float;1#power_factor
801;Wirkenergie Bezug;Wh;double;1#energy_kwh*0.001
809;Wirkenergie Einspeisung;Wh;double;1#energy_export_kwh*0.001`,
  "meter, Chinese": `
寄存器地址,参数名称,单位,数据类型,倍率
0x2000,线电压Uab,V,float,0.1#voltage_l12_v*0.1
0x2006,A相电压Ua,V,float,0.1#voltage_l1_v*0.1
0x2008,B相电压Ub,V,float,0.1#voltage_l2_v*0.1
0x200C,A相电流Ia,A,float,0.001#current_l1_a*0.001
0x2012,合相有功功率,W,float,0.1#active_power_w*0.1
0x201A,合相无功功率,var,float,0.1#reactive_power_var*0.1
0x202A,合相功率因数,,float,0.001#power_factor*0.001
0x2044,频率,Hz,float,0.01#frequency_hz*0.01
0x101E,正向有功总电能,kWh,float,1#energy_kwh
0x1028,反向有功总电能,kWh,float,1#energy_export_kwh
0x0006,通讯地址,,int,1#-
0x0007,波特率,,int,1#-`,
  "meter, French": `
Adresse;Désignation;Unité;Type;Multiplicateur
50514;Tension composée U12;V;U32;0.01#voltage_l12_v*0.01
50520;Tension simple V1;V;U32;0.01#voltage_l1_v*0.01
50526;Fréquence;Hz;U32;0.01#frequency_hz*0.01
50528;Courant phase 1;A;U32;0.001#current_l1_a*0.001
50534;Courant de neutre;A;U32;0.001#current_n_a*0.001
50536;Puissance active totale;kW;S32;0.01#active_power_w*10
50538;Puissance réactive totale;kvar;S32;0.01#reactive_power_var*10
50540;Puissance apparente totale;kVA;U32;0.01#apparent_power_va*10
50542;Facteur de puissance total;;S32;0.001#power_factor*0.001
50770;Énergie active positive;kWh;U32;1#energy_kwh`,
  "meter, Vietnamese": `
TT|Địa chỉ|Thông số|Đơn vị|Hệ số
1|40001|Điện áp pha A|V|0.1#voltage_l1_v*0.1
2|40002|Điện áp pha B|V|0.1#voltage_l2_v*0.1
3|40003|Dòng điện pha A|A|0.01#current_l1_a*0.01
4|40004|Tổng công suất tác dụng|kW|0.1#active_power_w*100
5|40005|Tổng công suất phản kháng|kVAr|0.1#reactive_power_var*100
6|40006|Hệ số công suất||0.01#power_factor*0.01
7|40007|Tần số|Hz|0.01#frequency_hz*0.01
8|40008|Điện năng tác dụng chiều giao|kWh|1#energy_kwh
9|40010|Tỷ số biến dòng||1#-`,
  inverter: `
No.,Register name,Address,Unit,Gain
1,Input power,32064,kW,1000#?
2,Line voltage between phases A and B,32066,V,10#voltage_l12_v*0.1
3,Phase A voltage,32069,V,10#voltage_l1_v*0.1
4,Phase A current,32072,A,1000#current_l1_a*0.001
5,Active power,32080,kW,1000#active_power_w
6,Reactive power,32082,kVar,1000#reactive_power_var
7,Power factor,32084,N/A,1000#power_factor*0.001
8,Grid frequency,32085,Hz,100#frequency_hz*0.01,input_frequency_hz*0.01
9,Internal temperature,32087,°C,10#internal_temperature_c*0.1
10,Accumulated energy yield,32106,kWh,100#energy_kwh*0.01
11,Daily energy yield,32114,kWh,100#-`,
  "weather station": `
Register address;Content;Unit;Description
500;Wind speed;m/s;10 times the actual value#wind_speed_m_s*0.1
502;Wind direction;°;0-360#wind_direction_deg
504;Humidity;%RH;10 times the actual value#relative_humidity_pct*0.1
505;Temperature;℃;10 times the actual value#air_temperature_c*0.1
506;Noise;dB;10 times the actual value#noise_db*0.1
507;PM2.5;ug/m3;actual value#pm25_ugm3
508;PM10;ug/m3;actual value#pm10_ugm3
509;Atmospheric pressure;kPa;10 times the actual value#air_pressure_hpa
513;Optical rainfall;mm;10 times the actual value#rain_mm*0.1
515;Solar radiation;W/m2;actual value#solar_radiation_w_m2`,
  "weather station, Chinese": `
地址;名称;单位;说明
0;风速;m/s;实际值的10倍#wind_speed_m_s*0.1
1;风向;°;0-360#wind_direction_deg
2;空气温度;℃;实际值的10倍#air_temperature_c*0.1
3;空气湿度;%;实际值的10倍#relative_humidity_pct*0.1
4;大气压;hPa;实际值#air_pressure_hpa
5;雨量;mm;实际值的10倍#rain_mm*0.1`,
  "level gauge": `
Address,Parameter,Data type,Unit,R/W
0x0000,Water level,UINT16,mm,R#water_level_m*0.001
0x0001,Air gap,UINT16,mm,R#distance_m*0.001
0x0002,Water temperature,INT16,0.1°C,R#water_temperature_c*0.1
0x0003,Supply voltage,UINT16,0.01V,R#?
0x0004,Surface velocity,INT16,mm/s,R#velocity_m_s*0.001
0x0010,Level alarm high,UINT16,mm,R/W#-
0x0011,Baud rate,UINT16,,R/W#-`,
  "water quality": `
Reg,Description,Unit,Format
1,pH value,pH,Float#ph
3,Dissolved oxygen,mg/L,Float#dissolved_oxygen_mg_l
5,Turbidity,NTU,Float#turbidity_ntu
7,Conductivity,uS/cm,Float#conductivity_us_cm
9,Salinity,ppt,Float#salinity_ppt
11,Temperature,°C,Float#air_temperature_c,water_temperature_c
13,ORP,mV,Float#orp_mv
15,Residual chlorine,mg/L,Float#chlorine_mg_l`,
  "generator controller": `
Address,Name,Units,Scale
1024,Engine oil pressure,kPa,1#oil_pressure_kpa
1025,Engine coolant temperature,°C,1#coolant_temperature_c
1027,Fuel level,%,1#fuel_level_pct
1029,Engine battery voltage,V,0.1#generator_battery_v*0.1
1030,Engine speed,RPM,1#generator_rpm
1031,Generator frequency,Hz,0.1#frequency_hz*0.1
1032,Generator L1-N voltage,V,0.1#voltage_l1_v*0.1
1044,Generator L1 current,A,0.1#current_l1_a*0.1
1059,Mains frequency,Hz,0.1#input_frequency_hz*0.1
1798,Engine run time,s,1#?
1800,Number of starts,,1#engine_starts`,
  "soil sensor": `
Address,Item,Unit,Resolution
0000,Soil moisture content,%,0.1#soil_moisture_pct*0.1
0001,Soil temperature,℃,0.1#soil_temperature_c*0.1
0002,Soil conductivity,us/cm,1#soil_conductivity_us_cm
0003,Soil PH,,0.1#ph*0.1`,
};

/** Drafts each table and scores quantity and factor of each row. */
export function scoreStrangeTables(quantities: ReadonlyMap<string, Quantity>): Scores {
  const scores = new Scores();
  for (const [name, text] of Object.entries(tables)) {
    const score = scores.of(name);
    const rows = text.trim().split("\n");
    const { points } = draft(rows.map((row) => row.replace(/#.*$/, "")).join("\n"), quantities);
    const [head = "", ...rest] = rows;
    const places = rest.map((row) => row.split(/[,;|]/));
    const column = head.split(/[,;|]/).findIndex((cell) => /addr|adress|địa chỉ|地址/i.test(cell));
    const found = new Map(points.map((point) => [point.path, point]));
    for (const [at, row] of rest.entries()) {
      const told = row.slice(row.indexOf("#") + 1);
      if (told === "?") continue;
      const path = places[at]?.[Math.max(0, column)] ?? "";
      const point = found.get(path);
      const shown = `${name} ${row}`;
      if (told !== "-") score.expected++;
      if (!point) {
        if (told !== "-") scores.faults.push(`${shown}: not named`);
        continue;
      }
      const right = told.split(",").some((each) => {
        const [quantity, factor = "1"] = each.split("*");
        return quantity === point.quantity && Math.abs(point.scale / Number(factor) - 1) < 1e-6;
      });
      if (right) score.right++;
      else {
        score.wrong++;
        scores.faults.push(`${shown}: ${point.quantity} ×${point.scale}`);
      }
    }
  }
  return scores;
}
