import { expect, test } from "vitest";
import { saysOf } from "./says.ts";

test.each([
  [
    "the decoded object of an uplink",
    "lorawan",
    '{"deviceInfo":{"devEui":"a84041c341834c84"},"object":{"distance":1234}}',
    { distance: 1234 },
  ],
  ["an object that is decoded already", "lorawan", '{"distance":1234}', { distance: 1234 }],
  [
    "a payload behind its topic",
    "mqtt",
    'tele/plug/SENSOR {"ENERGY":{"Power":95}}',
    {
      ENERGY: { Power: 95 },
    },
  ],
  ["a bare number", "mqtt", "23.5", 23.5],
  ["a text", "mqtt", "ON", "ON"],
  [
    "a dump",
    "nut",
    "battery.charge: 100\nups.status: OL",
    {
      "battery.charge": "100",
      "ups.status": "OL",
    },
  ],
  ["a walk", "snmp", ".1.3.6.1.2.1.33.1.2.4.0 = INTEGER: 97", { "1.3.6.1.2.1.33.1.2.4.0": 97 }],
  ["registers", "modbus", '{"holding:0":[16968,0]}', { "holding:0": [16968, 0] }],
] as const)("%s", (_what, driver, text, says) => {
  expect(saysOf(text, driver)).toEqual(says);
});

test.each(["modbus", "snmp", "nut", "opcua"] as const)(
  "what %s can't read is refused with the form that it reads",
  (driver) => {
    expect(() => saysOf("hello", driver)).toThrow(new RegExp(`${driver} reads: give .+ such as`));
  },
);
