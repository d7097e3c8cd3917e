import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type AlarmRule,
  type Profile,
  profileSchema,
  type Quantity,
  quantityFileSchema,
  ruleFileSchema,
} from "@kenh/schemas";
import { LineCounter, parseDocument } from "yaml";
import type * as z from "zod";

/** All that is known as data: quantities, profiles, alarm rules. */
export interface Catalogue {
  readonly quantities: ReadonlyMap<string, Quantity>;
  /** Quantities by class. */
  readonly classes: ReadonlyMap<string, readonly Quantity[]>;
  readonly profiles: ReadonlyMap<string, Profile>;
  readonly rules: ReadonlyMap<string, AlarmRule>;
}

/**
 * Reads the folders `quantities`, `profiles` and `rules` below each root, later roots overriding
 * earlier ones by name.
 * @throws Error naming file, line and the way out when a file is wrong.
 */
export function loadCatalogue(...roots: readonly string[]): Catalogue {
  const quantities = new Map<string, Quantity>();
  const classes = new Map<string, Quantity[]>();
  const profiles = new Map<string, Profile>();
  const rules = new Map<string, AlarmRule>();
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
      const profile = readData(file, profileSchema);
      profiles.set(profile.name, profile);
    }
    for (const file of filesOf(root, "rules")) {
      for (const rule of readData(file, ruleFileSchema).rules) rules.set(rule.id, rule);
    }
  }
  return { quantities, classes, profiles, rules };
}

/**
 * The engine's one copy of a text, such as it keeps of property names and of texts in the source: those
 * are compared by reference, a text cut out of a file letter by letter, and that for each reading.
 */
function interned<T extends string>(text: T): T {
  return Object.keys({ [text]: 0 })[0] as T;
}

function filesOf(root: string, folder: string): string[] {
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

/**
 * Reads one YAML file by its schema.
 * @throws Error with every fault as `file:line: path: what is wrong`.
 */
export function readData<T>(file: string, schema: z.ZodType<T>): T {
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(file, "utf8"), { lineCounter: lines });
  const [broken] = document.errors;
  if (broken) throw new Error(`${file}: ${broken.message}`, { cause: broken });
  const result = schema.safeParse(document.toJS());
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => {
    const node = document.getIn(issue.path as (string | number)[], true) as
      | { range?: [number, number, number] }
      | undefined;
    const line = node?.range ? lines.linePos(node.range[0]).line : 1;
    return `${file}:${line}: ${issue.path.join(".")}: ${issue.message}`;
  });
  throw new Error(faults.join("\n"), { cause: result.error });
}
