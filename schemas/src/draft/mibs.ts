/** What a column of a MIB holds. */
export interface Column {
  readonly name: string;
  /** As a table of registers writes it: `0.1 V`. */
  readonly unit: string;
}

/**
 * Objects of MIBs that power and room gear speaks: OID of the column or scalar, without instance | its
 * meaning | the unit of the number. After RFC 1628, UCD and the vendors' published MIBs.
 */
const table = `
1.3.6.1.2.1.33.1.2.2|time on battery|s
1.3.6.1.2.1.33.1.2.3|time remaining|min
1.3.6.1.2.1.33.1.2.4|ups battery charge|%
1.3.6.1.2.1.33.1.2.5|ups battery voltage|0.1 V
1.3.6.1.2.1.33.1.2.6|battery current|0.1 A
1.3.6.1.2.1.33.1.2.7|battery temperature|°C
1.3.6.1.2.1.33.1.3.3.1.2|input frequency|0.1 Hz
1.3.6.1.2.1.33.1.3.3.1.3|input voltage|V
1.3.6.1.2.1.33.1.3.3.1.4|input current|0.1 A
1.3.6.1.2.1.33.1.3.3.1.5|input active power|W
1.3.6.1.2.1.33.1.4.2|output frequency|0.1 Hz
1.3.6.1.2.1.33.1.4.4.1.2|output voltage|V
1.3.6.1.2.1.33.1.4.4.1.3|output current|0.1 A
1.3.6.1.2.1.33.1.4.4.1.4|output active power|W
1.3.6.1.2.1.33.1.4.4.1.5|load|%
1.3.6.1.2.1.33.1.5.1|bypass frequency|0.1 Hz
1.3.6.1.2.1.33.1.5.3.1.2|bypass voltage|V
1.3.6.1.2.1.33.1.5.3.1.3|bypass current|0.1 A
1.3.6.1.2.1.33.1.5.3.1.4|bypass power|W
1.3.6.1.4.1.318.1.1.1.2.1.2|time on battery|0.01 s
1.3.6.1.4.1.318.1.1.1.2.2.1|ups battery charge|%
1.3.6.1.4.1.318.1.1.1.2.2.2|battery temperature|°C
1.3.6.1.4.1.318.1.1.1.2.2.3|time remaining|0.01 s
1.3.6.1.4.1.318.1.1.1.2.2.8|ups battery voltage|V
1.3.6.1.4.1.318.1.1.1.2.2.9|battery current|A
1.3.6.1.4.1.318.1.1.1.2.3.1|ups battery charge|0.1 %
1.3.6.1.4.1.318.1.1.1.2.3.2|battery temperature|0.1 °C
1.3.6.1.4.1.318.1.1.1.2.3.4|ups battery voltage|0.1 V
1.3.6.1.4.1.318.1.1.1.2.3.5|battery current|0.1 A
1.3.6.1.4.1.318.1.1.1.3.2.1|input voltage|V
1.3.6.1.4.1.318.1.1.1.3.2.4|input frequency|Hz
1.3.6.1.4.1.318.1.1.1.3.3.1|input voltage|0.1 V
1.3.6.1.4.1.318.1.1.1.3.3.4|input frequency|0.1 Hz
1.3.6.1.4.1.318.1.1.1.4.2.1|output voltage|V
1.3.6.1.4.1.318.1.1.1.4.2.2|output frequency|Hz
1.3.6.1.4.1.318.1.1.1.4.2.3|load|%
1.3.6.1.4.1.318.1.1.1.4.2.4|output current|A
1.3.6.1.4.1.318.1.1.1.4.2.8|output active power|W
1.3.6.1.4.1.318.1.1.1.4.2.9|output apparent power|VA
1.3.6.1.4.1.318.1.1.1.4.3.1|output voltage|0.1 V
1.3.6.1.4.1.318.1.1.1.4.3.2|output frequency|0.1 Hz
1.3.6.1.4.1.318.1.1.1.4.3.3|load|0.1 %
1.3.6.1.4.1.318.1.1.1.4.3.4|output current|0.1 A
1.3.6.1.4.1.318.1.1.1.4.3.5|efficiency|0.1 %
1.3.6.1.4.1.318.1.1.1.4.3.6|energy|0.01 kWh
1.3.6.1.4.1.318.1.1.10.2.3.2.1.4|room temperature|°C
1.3.6.1.4.1.318.1.1.10.2.3.2.1.6|room humidity|%
1.3.6.1.4.1.318.1.1.10.3.13.1.1.3|room temperature|°C
1.3.6.1.4.1.318.1.1.10.3.13.1.1.6|room humidity|%
1.3.6.1.4.1.318.1.1.10.4.2.3.1.5|room temperature|°C
1.3.6.1.4.1.318.1.1.10.4.2.3.1.6|room humidity|%
1.3.6.1.4.1.318.1.1.12.2.3.1.1.2|current|0.1 A
1.3.6.1.4.1.318.1.1.25.1.2.1.6|room temperature|°C
1.3.6.1.4.1.318.1.1.25.1.2.1.7|room humidity|%
1.3.6.1.4.1.318.1.1.26.4.3.1.5|active power|0.01 kW
1.3.6.1.4.1.318.1.1.26.4.3.1.9|energy|0.1 kWh
1.3.6.1.4.1.318.1.1.26.6.3.1.5|current|0.1 A
1.3.6.1.4.1.318.1.1.26.6.3.1.6|voltage|V
1.3.6.1.4.1.318.1.1.26.6.3.1.7|active power|0.01 kW
1.3.6.1.4.1.318.1.1.26.9.4.3.1.6|current|0.1 A
1.3.6.1.4.1.534.1.2.1|time remaining|s
1.3.6.1.4.1.534.1.2.2|ups battery voltage|V
1.3.6.1.4.1.534.1.2.3|battery current|A
1.3.6.1.4.1.534.1.2.4|ups battery charge|%
1.3.6.1.4.1.534.1.3.1|input frequency|0.1 Hz
1.3.6.1.4.1.534.1.3.4.1.2|input voltage|V
1.3.6.1.4.1.534.1.3.4.1.3|input current|A
1.3.6.1.4.1.534.1.3.4.1.4|input active power|W
1.3.6.1.4.1.534.1.4.1|load|%
1.3.6.1.4.1.534.1.4.2|output frequency|0.1 Hz
1.3.6.1.4.1.534.1.4.4.1.2|output voltage|V
1.3.6.1.4.1.534.1.4.4.1.3|output current|A
1.3.6.1.4.1.534.1.4.4.1.4|output active power|W
1.3.6.1.4.1.534.1.5.1|bypass frequency|0.1 Hz
1.3.6.1.4.1.534.1.5.3.1.2|bypass voltage|V
1.3.6.1.4.1.534.1.6.1|room temperature|°C
1.3.6.1.4.1.534.1.6.5|room temperature|°C
1.3.6.1.4.1.534.1.6.6|room humidity|%
1.3.6.1.4.1.705.1.5.1|time remaining|s
1.3.6.1.4.1.705.1.5.2|ups battery charge|%
1.3.6.1.4.1.705.1.5.5|ups battery voltage|0.1 V
1.3.6.1.4.1.705.1.5.6|battery current|0.1 A
1.3.6.1.4.1.705.1.5.7|battery temperature|°C
1.3.6.1.4.1.705.1.6.2.1.2|input voltage|0.1 V
1.3.6.1.4.1.705.1.6.2.1.3|input frequency|0.1 Hz
1.3.6.1.4.1.705.1.6.2.1.6|input current|0.1 A
1.3.6.1.4.1.705.1.7.2.1.2|output voltage|0.1 V
1.3.6.1.4.1.705.1.7.2.1.3|output frequency|0.1 Hz
1.3.6.1.4.1.705.1.7.2.1.4|load|%
1.3.6.1.4.1.705.1.7.2.1.5|output current|0.1 A
1.3.6.1.4.1.705.1.8.1|room temperature|0.1 °C
1.3.6.1.4.1.705.1.8.2|room humidity|0.1 %
1.3.6.1.4.1.3808.1.1.1.2.2.1|ups battery charge|%
1.3.6.1.4.1.3808.1.1.1.2.2.2|ups battery voltage|0.1 V
1.3.6.1.4.1.3808.1.1.1.2.2.3|battery temperature|°C
1.3.6.1.4.1.3808.1.1.1.2.2.4|time remaining|0.01 s
1.3.6.1.4.1.3808.1.1.1.3.2.1|input voltage|0.1 V
1.3.6.1.4.1.3808.1.1.1.3.2.4|input frequency|0.1 Hz
1.3.6.1.4.1.3808.1.1.1.4.2.1|output voltage|0.1 V
1.3.6.1.4.1.3808.1.1.1.4.2.2|output frequency|0.1 Hz
1.3.6.1.4.1.3808.1.1.1.4.2.3|load|%
1.3.6.1.4.1.3808.1.1.1.4.2.4|output current|0.1 A
1.3.6.1.4.1.3808.1.1.1.4.2.5|output active power|W
1.3.6.1.4.1.3808.1.1.4.2.1|room temperature|0.1 °F
1.3.6.1.4.1.3808.1.1.4.3.1|room humidity|%
1.3.6.1.4.1.476.1.42.3.4.1.3.3.1.3|room temperature|°C
1.3.6.1.4.1.476.1.42.3.4.1.2.3.1.3|room temperature|°F
1.3.6.1.4.1.476.1.42.3.4.2.2.3.1.3|room humidity|%
1.3.6.1.4.1.13742.4.1.2.2.1.4|current|mA
1.3.6.1.4.1.13742.4.1.2.2.1.6|voltage|mV
1.3.6.1.4.1.13742.4.1.2.2.1.7|active power|W
1.3.6.1.4.1.13742.4.1.2.2.1.8|apparent power|VA
1.3.6.1.4.1.13742.4.1.3.1.1|current|mA
1.3.6.1.4.1.13742.4.1.3.1.2|voltage|mV
1.3.6.1.4.1.13742.4.1.3.1.3|active power|W
1.3.6.1.4.1.13742.4.1.3.1.4|apparent power|VA
1.3.6.1.4.1.13742.4.1.3.1.5|internal temperature|0.1 °C
1.3.6.1.4.1.21239.5.2.3.1.1.9|active power|W
1.3.6.1.4.1.21239.5.2.3.1.1.10|apparent power|VA
1.3.6.1.4.1.21239.5.2.3.1.1.11|power factor|0.01 1
1.3.6.1.4.1.21239.5.2.3.1.1.12|energy|Wh
1.3.6.1.4.1.21239.5.2.3.2.1.4|voltage|0.1 V
1.3.6.1.4.1.21239.5.2.3.2.1.8|current|0.01 A
1.3.6.1.4.1.21239.5.2.3.2.1.12|active power|W
1.3.6.1.4.1.21239.5.2.3.2.1.13|apparent power|VA
1.3.6.1.4.1.21239.5.2.3.2.1.15|energy|Wh
1.3.6.1.4.1.21239.5.2.3.3.1.4|current|0.01 A
1.3.6.1.4.1.21239.5.2.3.5.1.4|voltage|0.1 V
1.3.6.1.4.1.21239.5.2.3.5.1.6|current|0.01 A
1.3.6.1.4.1.1718.3.2.2.1.7|current|0.01 A
1.3.6.1.4.1.1718.3.2.2.1.11|voltage|0.1 V
1.3.6.1.4.1.1718.3.2.2.1.12|active power|W
1.3.6.1.4.1.1718.3.2.5.1.6|room temperature|0.1 °C
1.3.6.1.4.1.1718.3.2.5.1.10|room humidity|%
1.3.6.1.4.1.5528.100.4.1.1.1.8|room temperature|°C
1.3.6.1.4.1.5528.100.4.1.2.1.8|room humidity|%
1.3.6.1.4.1.3854.1.2.2.1.16.1.3|room temperature|°C
1.3.6.1.4.1.3854.1.2.2.1.17.1.3|room humidity|%
1.3.6.1.4.1.368.4.1.3.1.4|internal temperature|°C
1.3.6.1.4.1.2021.13.16.2.1.3|internal temperature|0.001 °C
1.3.6.1.4.1.850.1.1.3.1.2.1.1.7|room temperature|0.1 °C
1.3.6.1.4.1.850.1.1.3.1.3.1.1.1.4|ups battery charge|%
1.3.6.1.4.1.850.1.1.3.1.3.1.2.1.1|ups battery voltage|0.1 V
1.3.6.1.4.1.850.1.1.3.1.3.2.2.1.2|input frequency|0.1 Hz
1.3.6.1.4.1.850.1.1.3.1.3.2.2.1.3|input voltage|0.1 V
1.3.6.1.4.1.850.1.1.3.1.3.3.1.1.3|output frequency|0.1 Hz
1.3.6.1.4.1.850.1.1.3.1.3.3.2.1.2|output voltage|0.1 V
1.3.6.1.4.1.850.1.1.3.1.3.3.2.1.3|output current|0.01 A
1.3.6.1.4.1.476.1.42.3.5.2.3.1.14|power factor|0.01 1
1.3.6.1.4.1.13742.4.1.21.2.1.3|input current|mA
1.3.6.1.4.1.13742.4.1.21.2.1.4|input voltage|mV
1.3.6.1.4.1.21239.5.2.3.4.1.4|current|0.01 A
1.3.6.1.4.1.935.1.1.1.2.2.1|ups battery charge|%
1.3.6.1.4.1.935.1.1.1.2.2.2|ups battery voltage|0.1 V
1.3.6.1.4.1.935.1.1.1.2.2.3|battery temperature|0.1 °C
1.3.6.1.4.1.935.1.1.1.3.2.1|input voltage|0.1 V
1.3.6.1.4.1.935.1.1.1.3.2.4|input frequency|0.1 Hz
1.3.6.1.4.1.935.1.1.1.4.2.1|output voltage|0.1 V
1.3.6.1.4.1.935.1.1.1.4.2.2|output frequency|0.1 Hz
1.3.6.1.4.1.935.1.1.1.4.2.3|load|%
1.3.6.1.4.1.2254.2.4.4.2|input frequency|0.1 Hz
1.3.6.1.4.1.2254.2.4.4.3|input voltage|0.1 V
1.3.6.1.4.1.2254.2.4.4.4|input current|0.1 A
1.3.6.1.4.1.2254.2.4.5.2|output frequency|0.1 Hz
1.3.6.1.4.1.2254.2.4.5.4|output voltage|0.1 V
1.3.6.1.4.1.2254.2.4.5.5|output current|0.1 A
1.3.6.1.4.1.2254.2.4.5.6|output active power|W
1.3.6.1.4.1.2254.2.4.5.7|load|%
1.3.6.1.4.1.2254.2.4.6.4|bypass current|0.1 A
1.3.6.1.4.1.2254.2.4.7.5|time remaining|min
1.3.6.1.4.1.2254.2.4.7.8|ups battery charge|%
1.3.6.1.4.1.2254.2.4.10.1|room temperature|°C
1.3.6.1.4.1.2254.2.4.10.2|room humidity|%
1.3.6.1.4.1.4555.1.1.1.1.2.2|time on battery|s
1.3.6.1.4.1.4555.1.1.1.1.2.3|time remaining|min
1.3.6.1.4.1.4555.1.1.1.1.2.4|ups battery charge|%
1.3.6.1.4.1.4555.1.1.1.1.2.5|ups battery voltage|0.1 V
1.3.6.1.4.1.4555.1.1.1.1.3.2|input frequency|0.1 Hz
1.3.6.1.4.1.4555.1.1.1.1.3.3.1.5|input voltage|0.1 V
1.3.6.1.4.1.4555.1.1.1.1.4.2|output frequency|0.1 Hz
1.3.6.1.4.1.4555.1.1.1.1.4.4.1.2|output voltage|0.1 V
1.3.6.1.4.1.4555.1.1.1.1.4.4.1.3|output current|0.1 A
1.3.6.1.4.1.4555.1.1.1.1.4.4.1.4|load|%
1.3.6.1.4.1.4555.1.1.1.1.5.1|bypass frequency|0.1 Hz
1.3.6.1.4.1.2011.6.174.1.3.100.1.1|L1 input voltage|0.1 V
1.3.6.1.4.1.2011.6.174.1.3.100.1.2|L2 input voltage|0.1 V
1.3.6.1.4.1.2011.6.174.1.3.100.1.3|L3 input voltage|0.1 V
1.3.6.1.4.1.2011.6.174.1.3.100.1.4|input frequency|0.01 Hz
1.3.6.1.4.1.2011.6.174.1.3.100.1.5|L1 input current|0.1 A
1.3.6.1.4.1.2011.6.174.1.3.100.1.6|L2 input current|0.1 A
1.3.6.1.4.1.2011.6.174.1.3.100.1.7|L3 input current|0.1 A
1.3.6.1.4.1.2011.6.174.1.5.100.1.1|L1 bypass voltage|0.1 V
1.3.6.1.4.1.2011.6.174.1.5.100.1.2|L2 bypass voltage|0.1 V
1.3.6.1.4.1.2011.6.174.1.5.100.1.3|L3 bypass voltage|0.1 V
1.3.6.1.4.1.2011.6.174.1.5.100.1.4|bypass frequency|0.01 Hz
1.3.6.1.4.1.2011.6.174.1.4.100.1.1|L1 output voltage|0.1 V
1.3.6.1.4.1.2011.6.174.1.4.100.1.2|L2 output voltage|0.1 V
1.3.6.1.4.1.2011.6.174.1.4.100.1.3|L3 output voltage|0.1 V
1.3.6.1.4.1.2011.6.174.1.4.100.1.4|L1 output current|0.1 A
1.3.6.1.4.1.2011.6.174.1.4.100.1.5|L2 output current|0.1 A
1.3.6.1.4.1.2011.6.174.1.4.100.1.6|L3 output current|0.1 A
1.3.6.1.4.1.2011.6.174.1.4.100.1.7|output frequency|0.01 Hz
1.3.6.1.4.1.2011.6.174.1.4.100.1.14|L1 load|0.1 %
1.3.6.1.4.1.2011.6.174.1.4.100.1.15|L2 load|0.1 %
1.3.6.1.4.1.2011.6.174.1.4.100.1.16|L3 load|0.1 %
1.3.6.1.4.1.2011.6.174.1.6.100.1.1|ups battery voltage|0.1 V
1.3.6.1.4.1.2011.6.174.1.6.100.1.2|battery current|0.1 A
1.3.6.1.4.1.2011.6.174.1.6.100.1.3|ups battery charge|%
1.3.6.1.4.1.2011.6.174.1.6.100.1.4|time remaining|s
1.3.6.1.4.1.318.1.1.30.2.1.1.7|active power|W
1.3.6.1.4.1.318.1.1.30.4.2.1.4|voltage|0.1 V
1.3.6.1.4.1.318.1.1.30.4.2.1.5|current|0.01 A
`;

/** The columns by their OID. */
export const columns: ReadonlyMap<string, Column> = new Map(
  table
    .trim()
    .split("\n")
    .map((line) => {
      const [oid = "", name = "", unit = ""] = line.split("|");
      return [oid, { name, unit }];
    }),
);

/** The types of the sensors of RFC 3433 (ENTITY-SENSOR-MIB), by their number: meaning and unit. */
export const sensorTypes: Readonly<Record<string, Column>> = {
  3: { name: "voltage", unit: "V" },
  4: { name: "voltage", unit: "V" },
  5: { name: "current", unit: "A" },
  6: { name: "power", unit: "W" },
  7: { name: "frequency", unit: "Hz" },
  8: { name: "temperature", unit: "°C" },
  9: { name: "humidity", unit: "%" },
  10: { name: "rpm", unit: "rpm" },
};
