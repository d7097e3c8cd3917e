import {
  type AlarmRule,
  alarmRuleSchema,
  isMeantFor,
  type Profile,
  quantityOf,
  type RuleChange,
  type RuleFile,
} from "@kenh/schemas";
import type { DataFile } from "../data-file.ts";
import type { Layer } from "../layers.ts";
import { didYouMean } from "../nearest.ts";
import { differing, type Origin } from "../view.ts";
import { checkRule, strangersOf } from "./check/check.ts";
import type { Fault, Known } from "./check/fault.ts";
import { explainForm, unknownField } from "./check/form.ts";

/** A rule with where it is written. */
interface Written {
  readonly rule: AlarmRule;
  /** `file:line` of a path inside the rule. */
  readonly at: (path: Fault["path"]) => string;
  readonly origin: Origin;
}

/** A file of one of the layers. */
export interface LayerFile<T> {
  readonly layer: Layer;
  /** Its name as people know it; see `Origin`. */
  readonly name: string;
  readonly file: DataFile<T>;
}

/** A profile with where it is written. */
export interface Model extends LayerFile<unknown> {
  readonly profile: Pick<Profile, "name" | "rules">;
}

/** Whose rules are read, where they are not those of all. */
export interface Tenant {
  /** `82` or `82/29869`. */
  readonly scope: string;
  /** What it has made other of the quantities; null where other profiles make every rule worth a look. */
  readonly touched: ReadonlySet<string> | null;
}

/** For which of its devices a rule is changed. */
type Whose = Pick<AlarmRule, "devices" | "profiles">;

/** The rules of all files together. */
export interface RuleBook {
  /** By id, as they are for every device that no change names. */
  readonly rules: ReadonlyMap<string, AlarmRule>;
  /** All of them; of two with one id the later one is for the devices that both would watch. */
  readonly inForce: readonly AlarmRule[];
  /**
   * The rules with the examples that are meant for them: as they were written, for a ward's change
   * makes other things of the readings in them, unless it brings examples of its own.
   */
  readonly examined: readonly AlarmRule[];
  readonly origins: ReadonlyMap<AlarmRule, Origin>;
  /** What is odd and hinders nothing, as `file:line: rule: what`. */
  readonly warnings: readonly string[];
}

/**
 * Rules that came of a change, by the rule that it was made of and what it sets: what is the same for two
 * units is one object, so that their devices are judged by one plan.
 */
export type Changed = Map<AlarmRule, Map<unknown, Map<string, ReturnType<typeof changed>>>>;

/**
 * Joins files of rules, later ones overriding earlier ones by id, makes the changes that they name,
 * and checks what results. What a model says of a rule holds for its devices, unless the ward says
 * otherwise of those.
 * @param tenant whose rules they are; without it those of all
 * @throws Error with every fault as `file:line: rule, field: what is wrong and what to write instead`.
 */
export function joinRules(
  files: readonly LayerFile<RuleFile>[],
  known: Omit<Known, "rules">,
  models: readonly Model[],
  memory: Changed,
  tenant?: Tenant,
): RuleBook {
  const general = new Map<string, Written>();
  const changes: (LayerFile<unknown> & { change: RuleChange; path: (string | number)[] })[] = [];
  const faults: string[] = [];
  for (const each of files) {
    const { layer, name, file } = each;
    const foreign = (devices: readonly string[] | undefined, path: (string | number)[]): void => {
      if (layer.scope === "") return;
      for (const device of devices ?? []) {
        if (device.startsWith(`${layer.scope}/`)) continue;
        faults.push(
          `${file.at([...path, "devices"])}: ${device} is not of ${layer.scope}: what stands in ${layer.name} is for its own devices alone`,
        );
      }
    };
    file.data.rules.forEach((rule, index) => {
      foreign(rule.devices, ["rules", index]);
      const before = general.get(rule.id);
      const origin: Origin = {
        ...{ layer: layer.kind, file: name, overrides: before?.origin.layer ?? null },
        differs: before ? differing(rule, before.rule) : [],
      };
      general.set(rule.id, { rule, origin, at: (path) => file.at(["rules", index, ...path]) });
    });
    file.data.changes.forEach((change, index) => {
      foreign(change.devices, ["changes", index]);
      changes.push({ ...each, change, path: ["changes", index] });
    });
  }

  const special: Written[] = [];
  const examined = new Map([...general].map(([id, { rule }]) => [id, rule]));
  // What is for all devices first: what is said of some of them holds whatever is said of all.
  const ordered = [
    ...changes.filter(({ change }) => !change.devices),
    ...models.flatMap(({ profile, ...where }) =>
      profile.rules.map((one, index) => ({
        ...where,
        ...{ change: { ...one, profile: profile.name }, path: ["rules", index] },
      })),
    ),
    ...changes.filter(({ change }) => change.devices),
  ] as const;
  for (const { change, file, path, layer, name } of ordered) {
    const at = (inside: Fault["path"]): string =>
      file.at([...path, ...(String(inside[0]) in change.set ? ["set", ...inside] : inside)]);
    const base = general.get(change.rule);
    if (!base) {
      const near = didYouMean(change.rule, general.keys());
      faults.push(`${at(["rule"])}: there is no rule ${change.rule} to change${near}`);
      continue;
    }
    for (const [from, whose] of grouped(change, base, special, known.devices)) {
      const result = remembered(memory, from.rule, change.set, whose);
      if ("faults" in result) {
        faults.push(...result.faults.map((one) => told(change.rule, one, at)));
        continue;
      }
      const { rule } = result;
      const differs = differing(rule, from.rule).filter((key) => !(key in (whose ?? {})));
      const origin = { layer: layer.kind, file: name, overrides: from.origin.layer, differs };
      if (whose) special.push({ rule, at, origin });
      else general.set(change.rule, { rule, at, origin });
      if ("examples" in change.set) examined.set(change.rule, rule);
    }
  }

  const all = [...general.values(), ...special];
  const rules = Map.groupBy(
    all.map(({ rule }) => rule),
    ({ id }) => id,
  );
  const warnings: string[] = [];
  for (const { rule, at, origin } of all) {
    if (tenant && !concerns(tenant, rule, origin)) continue;
    const whose = tenant ? ` (for ${tenant.scope})` : "";
    for (const one of checkRule(rule, { ...known, rules })) {
      faults.push(`${told(rule.id, one, at)}${whose}`);
    }
    for (const device of strangersOf(rule, { ...known, rules })) {
      warnings.push(
        `${at(["devices"])}: ${rule.id}: no device ${device} is registered${didYouMean(device, known.devices.keys()) || ": register it or leave it out"}`,
      );
    }
  }
  if (faults.length > 0) throw new Error([...new Set(faults)].join("\n"));
  return {
    rules: new Map([...general].map(([id, { rule }]) => [id, rule])),
    inForce: all.map(({ rule }) => rule),
    examined: [...examined.values()],
    origins: new Map(all.map(({ rule, origin }) => [rule, origin])),
    warnings,
  };
}

/** Whether a rule can be another one, or be about other things, than for all. */
function concerns({ touched }: Tenant, rule: AlarmRule, { layer }: Origin): boolean {
  if (touched === null || layer === "province" || layer === "unit") return true;
  const quantity = quantityOf(rule);
  return quantity !== null && touched.has(quantity);
}

function remembered(
  memory: Changed,
  rule: AlarmRule,
  set: RuleChange["set"],
  whose: Whose | undefined,
): ReturnType<typeof changed> {
  const bySet = memory.get(rule) ?? new Map();
  memory.set(rule, bySet);
  const byWhose = bySet.get(set) ?? new Map();
  bySet.set(set, byWhose);
  const key = JSON.stringify(whose ?? null);
  const result = byWhose.get(key) ?? changed(rule, set, whose);
  byWhose.set(key, result);
  return result;
}

function told(rule: string, { path, message }: Fault, at: Written["at"]): string {
  return `${at(path)}: ${[rule, path.join(".")].filter(Boolean).join(", ")}: ${message}`;
}

/** The rules that a change begins with, each with those that it is for: all when undefined. */
function grouped(
  change: RuleChange & { readonly profile?: string },
  base: Written,
  special: readonly Written[],
  known: Known["devices"],
): [Written, Whose | undefined][] {
  const { devices, profile, rule: id } = change;
  if (profile !== undefined) return [[base, { profiles: [profile] }]];
  if (!devices) return [[base, undefined]];
  const own = (identity: string): Written => {
    const device = known.get(identity) ?? { identity, profile: "" };
    return special.findLast(({ rule }) => rule.id === id && isMeantFor(rule, device)) ?? base;
  };
  return [...Map.groupBy(devices, own)].map(([from, all]) => [
    from,
    { devices: all, profiles: undefined },
  ]);
}

/** The rule with other fields, checked for its form. */
function changed(
  rule: AlarmRule,
  set: RuleChange["set"],
  whose: Whose | undefined,
): { rule: AlarmRule } | { faults: Fault[] } {
  const fixed = ["id", "kind"].filter((key) => key in set && set[key] !== rule[key as "id"]);
  if (fixed.length > 0) {
    const message = `${fixed.join(" and ")} can't be changed: write a rule of its own`;
    return { faults: [{ path: [fixed[0] as string], message }] };
  }
  const wanted = { ...rule, ...set, ...whose };
  const result = alarmRuleSchema.safeParse(wanted);
  if (result.success) return { rule: result.data };
  return {
    faults: result.error.issues.map((issue) => {
      const path = issue.path as (string | number)[];
      if (issue.code === "unrecognized_keys" && path.length === 0) {
        const [key] = issue.keys;
        const message = issue.keys.map((each) => unknownField(each, rule.kind)).join("; ");
        return { path: [key as string], message };
      }
      return { path, message: explainForm(issue, wanted) ?? issue.message };
    }),
  };
}
