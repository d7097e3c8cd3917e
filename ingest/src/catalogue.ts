import {
  type AlarmRule,
  type Device,
  type Profile,
  profileSchema,
  type Quantity,
  type QuantityFile,
  quantityFileSchema,
  type RuleFile,
  ruleFileSchema,
} from "@kenh/schemas";
import type * as z from "zod";
import { explainForm } from "./alarms/check/form.ts";
import { type Changed, joinRules, type LayerFile, type Model } from "./alarms/rule-files.ts";
import type { Explain } from "./data-file.ts";
import { FileCache } from "./file-cache.ts";
import { devicesIn } from "./known-devices.ts";
import { filesOf, type Layer, type LayerFolder, layersOf } from "./layers.ts";
import { checkInherited } from "./quantity-layers.ts";
import { differing, type Origin, type View, type Views } from "./view.ts";

/** All that is known as data: quantities, profiles, alarm rules; what is shipped, and who has made what of it. */
export interface Catalogue extends Views {
  /** What is odd about the rules and hinders nothing. */
  readonly warnings: readonly string[];
  /** What is wrong with what provinces and units have of their own: for these all is as it was before. */
  readonly faults: readonly string[];
}

/**
 * Reads the folders `quantities`, `profiles` and `rules` below each root, later roots overriding
 * earlier ones by name, and those of provinces and units, which override them for their own devices.
 * A root may also be a file of rules alone. Rules are checked against the devices that the roots know of, too.
 * @throws Error naming file, line and the way out when a file is wrong.
 */
export function loadCatalogue(...roots: readonly string[]): Catalogue {
  const catalogue = readCatalogue(roots);
  if (catalogue.faults.length > 0) throw new Error(catalogue.faults.join("\n"));
  return catalogue;
}

/**
 * The same, but what is wrong with the files of a province or unit holds nobody else up: for that one all
 * stays as it was `before`, or is as for all.
 * @param files parsed before, where nothing has changed in them
 * @throws Error naming file, line and the way out when a file that is for all is wrong.
 */
export function readCatalogue(
  roots: readonly string[],
  before?: Views,
  files = new FileCache(),
): Catalogue {
  const devices = new Map<string, Device>();
  for (const root of roots) {
    for (const device of devicesIn(root)) devices.set(device.identity, device);
  }
  const reading: Reading = { devices, files, memory: new Map(), warnings: new Set() };
  const faults: string[] = [];
  const found = layersOf(roots, (fault) => faults.push(fault));
  const layers = Map.groupBy(found, ({ scope }) => scope);
  const base = extend(reading, undefined, "", layers.get("") ?? []);
  const drafts = new Map([["", base]]);
  const tenants = new Map<string, View>();
  const broken = new Set<string>();
  for (const scope of [...layers.keys()].filter(Boolean)) {
    const [province = ""] = scope.split("/");
    const parent = drafts.get(province) ?? base;
    const keep = (): void => {
      const kept = before?.tenants.get(scope);
      if (kept) tenants.set(scope, kept);
    };
    if (broken.has(province)) {
      keep();
      continue;
    }
    try {
      const draft = extend(reading, parent, scope, layers.get(scope) ?? []);
      drafts.set(scope, draft);
      tenants.set(scope, draft.view);
    } catch (error) {
      broken.add(scope);
      faults.push((error as Error).message);
      keep();
    }
  }
  return { ...base.view, tenants, warnings: [...reading.warnings], faults };
}

/** What all layers are read with. */
interface Reading {
  readonly devices: ReadonlyMap<string, Device>;
  readonly files: FileCache;
  readonly memory: Changed;
  readonly warnings: Set<string>;
}

/** A view with what those above it need. */
interface Draft {
  readonly view: View;
  readonly models: ReadonlyMap<string, Model>;
  readonly ruleFiles: readonly LayerFile<RuleFile>[];
  /** Quantities that are other than for all. */
  readonly touched: ReadonlySet<string>;
}

/** What some more layers make of a view. @throws Error with every fault of their files */
function extend(
  reading: Reading,
  parent: Draft | undefined,
  scope: string,
  layers: readonly Layer[],
): Draft {
  const quantityFiles = read(reading.files, layers, "quantities", quantityFileSchema);
  const profileFiles = read(reading.files, layers, "profiles", profileSchema);
  const ownRules = read(reading.files, layers, "rules", ruleFileSchema, explainForm);
  const measured = withQuantities(quantityFiles, parent);
  const models = new Map(parent?.models);
  const profileOrigins = new Map(parent?.view.origins.profiles);
  const profiles = new Map(parent?.view.profiles);
  for (const each of profileFiles) {
    const profile = each.file.data;
    const [known, from] = [profiles.get(profile.name), profileOrigins.get(profile.name)];
    profileOrigins.set(profile.name, originOf(each, profile, known, from));
    profiles.set(profile.name, profile);
    models.set(profile.name, { ...each, profile });
  }
  const { quantities, classes, touched } = measured;
  const ruleFiles = [...(parent?.ruleFiles ?? []), ...ownRules];
  const known = { quantities, classes, profiles, devices: reading.devices };
  const otherProfiles = profileOrigins
    .values()
    .some(({ layer }) => layer === "province" || layer === "unit");
  const tenant = parent && { scope, touched: otherProfiles ? null : touched };
  const { rules, inForce, examined, origins, warnings } = joinRules(
    ...([ruleFiles, known, [...models.values()], reading.memory, tenant] as const),
  );
  for (const warning of warnings) reading.warnings.add(warning);
  const view: View = {
    ...{ scope, quantities, classes, profiles, rules, rulesInForce: inForce, examined },
    origins: { quantities: measured.origins, profiles: profileOrigins, rules: origins },
  };
  return { view, models, ruleFiles, touched };
}

/** What is measured, with what these files say of it; as the parent has it where they say nothing. */
function withQuantities(files: readonly LayerFile<QuantityFile>[], parent: Draft | undefined) {
  const above = parent?.view;
  if (above && files.length === 0) {
    const { quantities, classes } = above;
    return { quantities, classes, origins: above.origins.quantities, touched: parent.touched };
  }
  const quantities = new Map(above?.quantities);
  const origins = new Map(above?.origins.quantities);
  const touched = new Set(parent?.touched);
  const members = new Map([...(above?.classes ?? [])].map(([name, of]) => [name, namesOf(of)]));
  for (const each of files) {
    const { data } = each.file;
    if (above) checkInherited(each, above);
    const names = members.get(data.class) ?? new Set();
    members.set(data.class, names);
    for (const given of data.quantities) {
      const quantity = { ...given, name: interned(given.name), type: interned(given.type) };
      const known = quantities.get(quantity.name);
      origins.set(quantity.name, originOf(each, quantity, known, origins.get(quantity.name)));
      quantities.set(quantity.name, quantity);
      names.add(quantity.name);
      if (above) touched.add(quantity.name);
    }
  }
  const classes = new Map(
    [...members].map(([name, names]) => [
      name,
      [...names].map((each) => quantities.get(each) as Quantity),
    ]),
  );
  return { quantities, classes, origins, touched };
}

const namesOf = (members: readonly Quantity[]): Set<string> =>
  new Set(members.map(({ name }) => name));

function originOf(
  { layer, name }: LayerFile<unknown>,
  one: Quantity | Profile | AlarmRule,
  known: Quantity | Profile | AlarmRule | undefined,
  from: Origin | undefined,
): Origin {
  const differs = known ? differing(one, known) : [];
  return { layer: layer.kind, file: name, overrides: from?.layer ?? null, differs };
}

/** @throws Error with every fault of every file */
function read<T>(
  files: FileCache,
  layers: readonly Layer[],
  what: LayerFolder,
  schema: z.ZodType<T>,
  explain?: Explain,
): LayerFile<T>[] {
  return layers.flatMap((layer) =>
    filesOf(layer, what).map((path) => {
      const below = path.slice(layer.folder.length).replace(/^[/\\]/, "") || path;
      const name = layer.name === "" ? below : `${layer.name}/${below}`;
      return { layer, name, file: files.read(path, schema, explain) };
    }),
  );
}

/**
 * The engine's one copy of a text, such as it keeps of property names and of texts in the source: those
 * are compared by reference, a text cut out of a file letter by letter, and that for each reading.
 */
function interned<T extends string>(text: T): T {
  return Object.keys({ [text]: 0 })[0] as T;
}
