import { draft } from "@kenh/schemas/draft";
import { describe, expect, test } from "vitest";
import { shippedQuantities } from "../support/quantities.ts";

const quantities = shippedQuantities();

/** `path quantity factor` of each point. */
const pointsOf = (text: string): string[] =>
  draft(text, quantities).points.map(({ path, quantity, scale }) => `${path} ${quantity} ${scale}`);

const message = (document: object): string => JSON.stringify(document);

test.each([
  [
    "a station that speaks Vietnamese",
    message({
      muc_nuoc: 1.93,
      luong_mua: 0.4,
      nhiet_do: 31.2,
      do_am: 77,
      dien_ap_acquy: 12.6,
      huong_gio: 180,
      do_man: 1.2,
    }),
    [
      "muc_nuoc water_level_m 1",
      "luong_mua rain_mm 1",
      "nhiet_do air_temperature_c 1",
      "do_am relative_humidity_pct 1",
      "dien_ap_acquy battery_v 1",
      "huong_gio wind_direction_deg 1",
      "do_man salinity_ppt 1",
    ],
  ],
  [
    "values that name themselves in a list",
    message({
      data: [
        { name: "Mực nước", value: 193, unit: "cm" },
        { name: "Điện áp ắc quy", value: 12.5, unit: "V" },
      ],
    }),
    ["data[0].value water_level_m 0.01", "data[1].value battery_v 1"],
  ],
  [
    "SenML (RFC 8428)",
    message([
      { bn: "urn:dev:1:", n: "temperature", u: "Cel", v: 25.2 },
      { n: "humidity", u: "%RH", v: 61 },
    ]),
    ["[0].v air_temperature_c 1", "[1].v relative_humidity_pct 1"],
  ],
  [
    "numbers as strings, with their units",
    message({ temp: "25.3 °C", pressure: "100810 Pa", level: "1.93 m", door: "closed" }),
    ["temp air_temperature_c 1", "pressure air_pressure_hpa 0.01", "level water_level_m 1"],
  ],
  [
    "imperial units glued to their words",
    message({
      tempf: "86.5",
      windspeedmph: "4.5",
      winddir: "120",
      baromrelin: "29.83",
      dailyrainin: "0.12",
    }),
    [
      "tempf air_temperature_c 0.555555555556",
      "windspeedmph wind_speed_m_s 0.44704",
      "winddir wind_direction_deg 1",
      "baromrelin air_pressure_hpa 33.86389",
      "dailyrainin rain_mm 25.4",
    ],
  ],
  [
    "hundredths of a node that sends whole numbers",
    message({ temperature: 2534, humidity: 6120, linkquality: 90 }),
    [
      "temperature air_temperature_c 0.01",
      "humidity relative_humidity_pct 0.01",
      "linkquality link_quality 1",
    ],
  ],
  [
    "milliamperes that only the watts beside them tell",
    message({ voltage: 231, current: 430, power: 95 }),
    ["voltage voltage_v 1", "current current_a 0.001", "power active_power_w 1"],
  ],
  [
    "settings, limits, states and extremes are no readings",
    message({
      tempAlarmHigh: 50,
      humidityMax: 80,
      pressure_offset: 1,
      reportInterval: 600,
      status: 1,
      config: { level: 3 },
    }),
    [],
  ],
])("JSON: %s", (_, text, expected) => {
  expect(pointsOf(text)).toEqual(expected);
});

test("several messages behind their topics stay apart", () => {
  const { points } = draft(
    'zigbee2mqtt/plug {"power":95,"voltage":231}\nzigbee2mqtt/air {"voltage":3005,"battery":100}\n',
    quantities,
  );
  expect(points.map(({ topic, quantity }) => [topic, quantity])).toEqual([
    ["zigbee2mqtt/plug", "active_power_w"],
    ["zigbee2mqtt/plug", "voltage_v"],
    ["zigbee2mqtt/air", "battery_v"],
    ["zigbee2mqtt/air", "battery_pct"],
  ]);
});

test("a list of devices is asked about; a list of one device's readings is not", () => {
  const device = (id: number) => ({ id, level_cm: 190 + id, bat: 3.6 });
  const several = draft(JSON.stringify({ data: [device(7), device(9)] }), quantities);
  expect(several.questions).toEqual([
    { path: "data", ask: expect.stringMatching(/are 7 and 9 devices .* nodeBy: \{ path: id \}/) },
  ]);
  const readings = [
    { id: "T", value: 24.1, unit: "°C" },
    { id: "H", value: 61, unit: "%" },
  ];
  expect(draft(JSON.stringify({ data: readings }), quantities).questions).toEqual([]);
});

describe("time", () => {
  test.each([
    [1607123961.837752, "epoch-s"],
    [1759713693673, "epoch-ms"],
    ["1759713693673", "epoch-ms"],
    ["2025-10-05T21:21:33.856-0400", "iso"],
    ["2022-07-18T09:35:06.927172638+00:00", "iso"],
  ])("%j is %s", (value, format) => {
    const { time, questions } = draft(message({ timestamp: value, level: "1.2 m" }), quantities);
    expect(time).toEqual({ path: "timestamp", format });
    expect(questions).toEqual([]);
  });
  test("without a zone it is a question, never a guess", () => {
    const { time, questions } = draft(
      message({ Time: "2026-11-22T07:00:05", level: "1.2 m" }),
      quantities,
    );
    expect(time).toEqual({ path: "Time", format: "local" });
    expect(questions).toEqual([
      { path: "Time", ask: expect.stringContaining("in which time zone") },
    ]);
  });
});

test.each([
  ["a list", (uplinks: object[]) => JSON.stringify(uplinks)],
  ["lines", (uplinks: object[]) => uplinks.map((each) => JSON.stringify(each)).join("\n")],
])("several uplinks in %s are read as one device: what they say together decides", (_, write) => {
  const uplink = (battery: number): object => ({
    deviceInfo: {},
    fPort: 1,
    object: { battery, level: 1.25 },
  });
  const { kind, points } = draft(write([uplink(3), uplink(97)]), quantities);
  expect(kind).toBe("chirpstack");
  expect(points.map(({ path, quantity }) => `${path} ${quantity}`)).toEqual([
    "object.battery battery_pct",
    "object.level water_level_m",
  ]);
});

test("an uplink without a decoded object asks for a codec", () => {
  const { kind, points, questions } = draft(
    message({
      deviceInfo: { devEui: "0102030405060708" },
      fPort: 2,
      data: "AQI=",
      rxInfo: [{ rssi: -50 }],
    }),
    quantities,
  );
  expect([kind, points]).toEqual(["chirpstack", []]);
  expect(questions[0]?.ask).toContain("give the device a codec");
});

const registers = [
  ["STT", "Tên thông số", "Địa chỉ", "Đơn vị", "Hệ số", "Kiểu"],
  ["1", "Điện áp pha A", "40001", "V", "10", "UINT16"],
  ["2", "Dòng điện pha B", "40003", "A", "100", "UINT16"],
  ["3", "Công suất tác dụng tổng", "40010", "kW", "10", "INT32"],
  ["4", "Hệ số công suất", "40014", "", "1000", "INT16"],
  ["5", "Mực nước", "40022", "m", "100", "INT16"],
  ["6", "Mật khẩu", "40100", "", "1", "UINT16"],
];
test.each([",", ";", "\t", "|"])("a table of registers with %j between its cells", (separator) => {
  const { kind, points } = draft(
    registers.map((row) => row.join(separator)).join("\r\n"),
    quantities,
  );
  expect(kind).toBe("registers");
  expect(
    points.map(({ path, quantity, scale, read }) => ({ path, quantity, scale, ...read })),
  ).toEqual([
    { path: "40001", quantity: "voltage_l1_v", scale: 0.1, function: 3, address: 0, type: "u16" },
    { path: "40003", quantity: "current_l2_a", scale: 0.01, function: 3, address: 2, type: "u16" },
    { path: "40010", quantity: "active_power_w", scale: 100, function: 3, address: 9, type: "i32" },
    {
      path: "40014",
      quantity: "power_factor",
      scale: 0.001,
      function: 3,
      address: 13,
      type: "i16",
    },
    {
      path: "40022",
      quantity: "water_level_m",
      scale: 0.01,
      function: 3,
      address: 21,
      type: "i16",
    },
  ]);
});

test("symbols, hexadecimal addresses, scales in the unit, words swapped", () => {
  const text = `Parameter,Address,Unit,Format,Word order
Va,0x0000,0.1 V,uint16,
Uab,0x0030,0.1 V,uint16,
P total,0x0012,0.001 kW,int32,CDAB
PF,0x0020,0.001,int16,
Ep+,0x0100,0.01 kWh,uint32,CDAB
Baud rate,0x0200,,uint16,
`;
  expect(pointsOf(text)).toEqual([
    "0x0000 voltage_l1_v 0.1",
    "0x0030 voltage_l12_v 0.1",
    "0x0012 active_power_w 1",
    "0x0020 power_factor 1",
    "0x0100 energy_kwh 0.01",
  ]);
  expect(draft(text, quantities).points[2]?.read).toEqual({
    function: 3,
    address: 18,
    type: "i32",
    wordOrder: "CDAB",
  });
});

test("cfgmodbus.txt of a generator's controller", () => {
  const text = `Binaries
Modbus addr.   C.O.#    Name             Dim    Type
    1          8235     GCB feedback            Binary#1
Values
Modbus addr.   C.O.#    Name             Dim    Type      Len   Dec    Min    Max
40001          8192     Engine Speed     RPM    Unsigned   2    0      0      4000
40002          8193     Gen V L1-N       V      Unsigned   2    0      0      480
40006          8195     Gen kW           kW     Integer    2    0
40008          8197     Battery Volts    V      Integer    2    1
40009          8198     Oil Pressure     Bar    Integer    2    1
40010          8199     Coolant Temp     °C     Integer    2    0
40012          8201     Mains V L1-N     V      Unsigned   2    0
40014          8202     Run Hours        h      Integer    4    1
40020          8205     Nominal Power    kW     Unsigned   2    0
`;
  expect(draft(text, quantities).kind).toBe("comap");
  expect(pointsOf(text)).toEqual([
    "40001 generator_rpm 1",
    "40002 voltage_l1_v 1",
    "40006 active_power_w 1000",
    "40008 generator_battery_v 0.1",
    "40009 oil_pressure_kpa 10",
    "40010 coolant_temperature_c 1",
    "40012 input_voltage_l1_v 1",
    "40014 engine_hours_h 0.1",
  ]);
});

test("what snmpwalk prints, with numbers and with names", () => {
  const text = `.1.3.6.1.2.1.33.1.2.3.0 = INTEGER: 58
iso.3.6.1.2.1.33.1.2.5.0 = INTEGER: 546
SNMPv2-SMI::mib-2.33.1.4.4.1.5.1 = INTEGER: 37
UPS-MIB::upsInputFrequency.1 = INTEGER: 500 0.1 Hertz
UPS-MIB::upsBatteryStatus.0 = INTEGER: batteryNormal(2)
SNMPv2-MIB::sysDescr.0 = STRING: "UPS"
`;
  expect(pointsOf(text)).toEqual([
    "1.3.6.1.2.1.33.1.2.3.0 battery_runtime_s 60",
    "1.3.6.1.2.1.33.1.2.5.0 ups_battery_v 0.1",
    "1.3.6.1.2.1.33.1.4.4.1.5.1 load_pct 1",
    "UPS-MIB::upsInputFrequency.1 input_frequency_hz 0.1",
  ]);
});

test("a dump of upsc", () => {
  const text = `Init SSL without certificate database
battery.charge: 100
battery.charge.low: 10
input.voltage: 230.1
input.voltage.nominal: 230
ups.power: 149
ups.realpower: 129
ups.status: OL
`;
  expect(pointsOf(text)).toEqual([
    "battery.charge battery_charge_pct 1",
    "input.voltage input_voltage_v 1",
    "ups.power apparent_power_va 1",
    "ups.realpower active_power_w 1",
  ]);
});

test("nodes of OPC UA: a table, JSON, a node set with units", () => {
  const table = `NodeId,DisplayName,DataType,Value,Unit
ns=2;s=Station1.Level,Water level,Double,2.34,m
ns=2;s=Station1.Flow,Flow,Float,12.1,m3/h
`;
  expect(draft(table, quantities).kind).toBe("opcua");
  expect(pointsOf(table)).toEqual([
    "ns=2;s=Station1.Level water_level_m 1",
    "ns=2;s=Station1.Flow flow_m3_s 0.000277777777778",
  ]);
  const browse = [
    {
      nodeId: "ns=2;s=Oil",
      browseName: "2:OilPressure",
      dataType: "Float",
      value: 4.1,
      engineeringUnits: { displayName: { text: "bar" } },
    },
    { nodeId: "ns=2;s=Name", browseName: "2:Name", dataType: "String", value: "x" },
  ];
  expect(pointsOf(message(browse))).toEqual(["ns=2;s=Oil oil_pressure_kpa 100"]);
  const set = `<UANodeSet xmlns="http://opcfoundation.org/UA/2011/03/UANodeSet.xsd">
<UAObject NodeId="ns=1;i=1" BrowseName="1:Tank"><DisplayName>Tank</DisplayName></UAObject>
<UAVariable NodeId="ns=1;i=2" BrowseName="1:WaterTemperature" ParentNodeId="ns=1;i=1" DataType="Double">
  <DisplayName>Water temperature</DisplayName>
  <References><Reference ReferenceType="HasTypeDefinition">i=2368</Reference></References>
</UAVariable>
<UAVariable NodeId="ns=1;i=3" BrowseName="EngineeringUnits" ParentNodeId="ns=1;i=2" DataType="i=887">
  <References><Reference ReferenceType="HasTypeDefinition">i=68</Reference></References>
  <Value><EUInformation><DisplayName><Text>°F</Text></DisplayName></EUInformation></Value>
</UAVariable>
</UANodeSet>`;
  expect(pointsOf(set)).toEqual(["ns=1;i=2 water_temperature_c 0.555555555556"]);
});

test.each(["", "   ", "xin chào", "\u0000\u0001", "<html></html>", "a,b\n1,2\n"])(
  "%j is none of it, and the error says what would be",
  (text) => {
    expect(() => draft(text, quantities)).toThrow(/capture a message|JSON messages, a table/);
  },
);

test("a hostile document costs no more than any", () => {
  const deep = `${"[".repeat(5000)}1${"]".repeat(5000)}`;
  expect(draft(deep, quantities).points).toEqual([]);
  const wide = JSON.stringify(
    Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`t${at}`, at])),
  );
  expect(draft(wide, quantities).points.length).toBeLessThan(2001);
  expect(draft('{"__proto__":{"temperature":1},"constructor":{"level":2}}', quantities).kind).toBe(
    "json",
  );
});
