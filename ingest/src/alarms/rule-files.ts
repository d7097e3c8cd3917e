import {
  type AlarmRule,
  alarmRuleSchema,
  isMeantFor,
  type Profile,
  type RuleChange,
  ruleFileSchema,
} from "@kenh/schemas";
import { type DataFile, readDataFile } from "../data-file.ts";
import { didYouMean } from "../nearest.ts";
import { checkRule, strangersOf } from "./check/check.ts";
import type { Fault, Known } from "./check/fault.ts";
import { explainForm, unknownField } from "./check/form.ts";

/** A rule with where it is written. */
interface Written {
  readonly rule: AlarmRule;
  /** `file:line` of a path inside the rule. */
  readonly at: (path: Fault["path"]) => string;
}

/** A profile with where it is written. */
export interface Model {
  readonly profile: Pick<Profile, "name" | "rules">;
  readonly file: Pick<DataFile<unknown>, "at">;
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
  /** What is odd and hinders nothing, as `file:line: rule: what`. */
  readonly warnings: readonly string[];
}

/**
 * Reads files of rules, later ones overriding earlier ones by id, makes the changes that they name,
 * and checks what results. What a model says of a rule holds for its devices, unless the ward says
 * otherwise of those.
 * @throws Error with every fault as `file:line: rule, field: what is wrong and what to write instead`.
 */
export function readRules(
  files: readonly string[],
  known: Omit<Known, "rules">,
  models: readonly Model[] = [],
): RuleBook {
  const general = new Map<string, Written>();
  const changes: { change: RuleChange; file: DataFile<unknown>; path: (string | number)[] }[] = [];
  for (const name of files) {
    const file = readDataFile(name, ruleFileSchema, explainForm);
    file.data.rules.forEach((rule, index) => {
      general.set(rule.id, { rule, at: (path) => file.at(["rules", index, ...path]) });
    });
    file.data.changes.forEach((change, index) => {
      changes.push({ change, file, path: ["changes", index] });
    });
  }

  const faults: string[] = [];
  const special: Written[] = [];
  const examined = new Map([...general].map(([id, { rule }]) => [id, rule]));
  // What is for all devices first: what is said of some of them holds whatever is said of all.
  const ordered = [
    ...changes.filter(({ change }) => !change.devices),
    ...models.flatMap(({ profile, file }) =>
      profile.rules.map((one, index) => ({
        change: { ...one, profile: profile.name },
        ...{ file, path: ["rules", index] },
      })),
    ),
    ...changes.filter(({ change }) => change.devices),
  ] as const;
  for (const { change, file, path } of ordered) {
    const at = (inside: Fault["path"]): string =>
      file.at([...path, ...(String(inside[0]) in change.set ? ["set", ...inside] : inside)]);
    const base = general.get(change.rule);
    if (!base) {
      const near = didYouMean(change.rule, general.keys());
      faults.push(`${at(["rule"])}: there is no rule ${change.rule} to change${near}`);
      continue;
    }
    for (const [from, whose] of grouped(change, base, special, known.devices)) {
      const result = changed(from.rule, change.set, whose);
      if ("faults" in result) {
        faults.push(...result.faults.map((one) => told(change.rule, one, at)));
        continue;
      }
      if (whose) special.push({ rule: result.rule, at });
      else general.set(change.rule, { rule: result.rule, at });
      if ("examples" in change.set) examined.set(change.rule, result.rule);
    }
  }

  const all = [...general.values(), ...special];
  const rules = Map.groupBy(
    all.map(({ rule }) => rule),
    ({ id }) => id,
  );
  const warnings: string[] = [];
  for (const { rule, at } of all) {
    faults.push(...checkRule(rule, { ...known, rules }).map((one) => told(rule.id, one, at)));
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
    warnings,
  };
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
