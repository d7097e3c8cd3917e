/** Words after which a number is no reading of now: a setting, a limit, a state, an extreme, a period. */
export const vetoes: ReadonlySet<string> = new Set(
  "threshold status position quality ratio config nominal raw identity time minimum maximum period calibration change deviation tamper".split(
    " ",
  ),
);
/** Those of them that stand above all that is below them as well. */
export const vetoesOfParents: ReadonlySet<string> = new Set(
  "config threshold period nominal minimum maximum time".split(" "),
);

/** Words that leave the meaning as it is when the rest explains it. */
export const soft: ReadonlySet<string> = new Set(
  "average total air current power line phase probe relative in out count level charge active generator engine net shield ups precise present period".split(
    " ",
  ),
);

/** What gear of a kind means by a plain name. */
export const meanings: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ups: {
    air_temperature_c: "room_temperature_c",
    relative_humidity_pct: "room_humidity_pct",
    battery_v: "ups_battery_v",
    battery_pct: "battery_charge_pct",
  },
  generator: {
    battery_v: "generator_battery_v",
    water_temperature_c: "coolant_temperature_c",
    pressure_kpa: "oil_pressure_kpa",
  },
};

/** What a unit alone tells, by its dimension, where no word does. */
export const unitWords: Readonly<Record<string, readonly string[]>> = {
  temperature: ["temperature"],
  voltage: ["voltage"],
  current: ["current"],
  power: ["active", "power"],
  "apparent-power": ["apparent", "power"],
  "reactive-power": ["reactive", "power"],
  energy: ["energy"],
  "reactive-energy": ["reactive", "energy"],
  frequency: ["frequency"],
  illuminance: ["light"],
  turbidity: ["turbidity"],
  acidity: ["ph"],
};
