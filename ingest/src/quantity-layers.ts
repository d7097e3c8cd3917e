import type { Quantity, QuantityFile } from "@kenh/schemas";
import type { LayerFile } from "./alarms/rule-files.ts";
import { didYouMean } from "./nearest.ts";
import type { View } from "./view.ts";

/** What is the same for all: the fields of the store and the meaning of every number hang on it. */
const fixed = ["type", "unit", "derived"] as const;

/**
 * Whether a province or unit says no more of quantities than it may: what is plausible with it, and what
 * they are called there.
 * @throws Error with every fault as `file:line: quantity: what is wrong and what to write instead`
 */
export function checkInherited(
  { file, layer }: LayerFile<QuantityFile>,
  { quantities, classes }: Pick<View, "quantities" | "classes">,
): void {
  const faults: string[] = [];
  file.data.quantities.forEach((given, index) => {
    const { name } = given;
    const known = quantities.get(name);
    const told = (field: string, what: string): void => {
      faults.push(`${file.at(["quantities", index, field])}: ${name}: ${what}`);
    };
    if (!known) {
      const near = didYouMean(name, quantities.keys());
      told(
        "name",
        `there is no such quantity${near || `, and ${layer.name} can't add one, for a quantity is the same field of the store for all: add it to quantities/ of the station`}`,
      );
      return;
    }
    if (!classes.get(file.data.class)?.some((member) => member.name === name)) {
      told(
        "name",
        `is not of the class ${file.data.class}: write class: ${classOf(name, classes)}`,
      );
    }
    for (const field of fixed) {
      if (given[field] === known[field]) continue;
      told(
        field,
        `its ${field} is ${shown(known[field])} for all, for it is one field of the store: ${layer.name} may set min, max and label alone`,
      );
    }
  });
  if (faults.length > 0) throw new Error(faults.join("\n"));
}

const shown = (value: Quantity[(typeof fixed)[number]]): string =>
  value === undefined ? "not set" : JSON.stringify(value);

const classOf = (name: string, classes: View["classes"]): string =>
  [...classes].find(([, members]) => members.some((member) => member.name === name))?.[0] ?? "";
