import { readdirSync } from "node:fs";
import { join } from "node:path";
import {
  type AlarmRule,
  type Device,
  type Profile,
  profileSchema,
  type Quantity,
  quantityFileSchema,
} from "@kenh/schemas";
import { type Model, type RuleBook, readRules } from "./alarms/rule-files.ts";
import { readData, readDataFile } from "./data-file.ts";
import { devicesIn } from "./known-devices.ts";

/** All that is known as data: quantities, profiles, alarm rules. */
export interface Catalogue {
  readonly quantities: ReadonlyMap<string, Quantity>;
  /** Quantities by class. */
  readonly classes: ReadonlyMap<string, readonly Quantity[]>;
  readonly profiles: ReadonlyMap<string, Profile>;
  readonly rules: ReadonlyMap<string, AlarmRule>;
  /** The rules with what a ward has changed for some devices; see `RuleBook`. */
  readonly rulesInForce: RuleBook["inForce"];
  /** The rules that the examples are of; see `RuleBook`. */
  readonly examined: RuleBook["examined"];
  /** What is odd about the rules and hinders nothing. */
  readonly warnings: readonly string[];
}

/**
 * Reads the folders `quantities`, `profiles` and `rules` below each root, later roots overriding
 * earlier ones by name. A root may also be a file of rules alone. Rules are checked against the devices that the roots know of, too.
 * @throws Error naming file, line and the way out when a file is wrong.
 */
export function loadCatalogue(...roots: readonly string[]): Catalogue {
  const quantities = new Map<string, Quantity>();
  const classes = new Map<string, Quantity[]>();
  const profiles = new Map<string, Profile>();
  const models = new Map<string, Model>();
  const devices = new Map<string, Device>();
  for (const root of roots) {
    for (const file of filesOf(root, "quantities")) {
      const found = readData(file, quantityFileSchema);
      const members = classes.get(found.class) ?? [];
      classes.set(found.class, members);
      for (const given of found.quantities) {
        const quantity = { ...given, name: interned(given.name), type: interned(given.type) };
        quantities.set(quantity.name, quantity);
        members.push(quantity);
      }
    }
    for (const file of filesOf(root, "profiles")) {
      const read = readDataFile(file, profileSchema);
      profiles.set(read.data.name, read.data);
      models.set(read.data.name, { profile: read.data, file: read });
    }
    for (const device of devicesIn(root)) devices.set(device.identity, device);
  }
  const files = roots.flatMap((root) => filesOf(root, "rules"));
  const known = { quantities, classes, profiles, devices };
  const { rules, inForce, examined, warnings } = readRules(files, known, [...models.values()]);
  return { quantities, classes, profiles, rules, rulesInForce: inForce, examined, warnings };
}

/**
 * The engine's one copy of a text, such as it keeps of property names and of texts in the source: those
 * are compared by reference, a text cut out of a file letter by letter, and that for each reading.
 */
function interned<T extends string>(text: T): T {
  return Object.keys({ [text]: 0 })[0] as T;
}

function filesOf(root: string, folder: string): string[] {
  if (root.endsWith(".yaml")) return folder === "rules" ? [root] : [];
  try {
    return readdirSync(join(root, folder))
      .filter((name) => name.endsWith(".yaml"))
      .sort()
      .map((name) => join(root, folder, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
