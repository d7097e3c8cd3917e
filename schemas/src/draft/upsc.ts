import type { Place, Source } from "./place.ts";

const line = /^([a-zA-Z][\w-]*(?:\.[\w-]+)+)\s*:\s?(.*)$/;
const groups = /^(battery|ups|input|output|device|driver|ambient|outlet)\./;

/** The units of the variables of NUT, by their last word; they are fixed by its naming rules. */
const units: Readonly<Record<string, string>> = {
  voltage: "V",
  current: "A",
  frequency: "Hz",
  realpower: "W",
  power: "VA",
  load: "%",
  charge: "%",
  runtime: "s",
  elapsed: "s",
  temperature: "°C",
  humidity: "%",
  capacity: "Ah",
  efficiency: "%",
  percent: "%",
};
/** Words that NUT uses in a sense of its own. */
const senses: Readonly<Record<string, string>> = {
  power: "apparent power",
  realpower: "active power",
  percent: "load",
  powerfactor: "power factor",
  elapsed: "time on battery",
};

/** A variable that ends otherwise is a setting, a limit or a name. */
function measured(name: string): boolean {
  const last = name.slice(name.lastIndexOf(".") + 1);
  return Object.hasOwn(units, last) || Object.hasOwn(senses, last);
}

/** The variables of a dump, whatever they are. */
export function variablesIn(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(/\r?\n/).flatMap((each) => {
      const [, name, value = ""] = line.exec(each) ?? [];
      return name === undefined ? [] : [[name, value.trim()]];
    }),
  );
}

/** Reads a dump of `upsc`, `name: value` a line; undefined when it is none. */
export function readDump(text: string): Source | undefined {
  const found = text.split(/\r?\n/).flatMap((each) => {
    const [, name, value = ""] = line.exec(each) ?? [];
    return name === undefined ? [] : [{ name, value }];
  });
  if (found.filter(({ name }) => groups.test(name)).length < 2) return undefined;
  const places: Place[] = found
    .filter(({ name }) => !name.startsWith("driver.") && measured(name))
    .map(({ name, value }) => {
      const names = name.split(".");
      const last = names.at(-1) ?? "";
      const label = senses[last];
      const unit = units[last];
      return {
        path: name,
        names: last === "percent" ? [...names.slice(0, -1), "load"] : names,
        values: [value.trim()],
        ...(label !== undefined && last !== "percent" && { label }),
        ...(unit !== undefined && { unit }),
        read: { variable: name },
      };
    });
  return { kind: "nut", places };
}
