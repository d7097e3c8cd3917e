import {
  type AlarmRule,
  type Identity,
  parseIdentity,
  quantityOf,
  type RuleOf,
} from "@kenh/schemas";
import type { RegisteredDevice } from "../registry.ts";
import { planOf as judgedBy, type Plan as RulePlan } from "./levels.ts";

/** Names a rule on a device. */
export function sourceOf(device: Identity, rule: string): string {
  return `${device} ${rule}`;
}

/** `province/unit/site` of a device. */
export function siteOf(device: Identity): string {
  return device.slice(0, device.lastIndexOf("/"));
}

/** Where the alarms of a whole site stand: the identity ends in this. */
export const siteDevice = "site";

/** Rules that watch a device, or a whole site; one object for all devices that the same rules watch. */
export interface Plan {
  readonly rules: readonly AlarmRule[];
  /** Where in `rules` one of this id stands. */
  readonly indexOf: ReadonlyMap<string, number>;
  /** How each of them is judged. */
  readonly plans: readonly RulePlan[];
  /** By rule, the watch that it is a plain rule of. */
  readonly plainOf: readonly (number | undefined)[];
  /** The rules that look at this quantity alone. */
  readonly byQuantity: ReadonlyMap<string, Watch>;
  /** Where the rules stand that take every sample of a device. */
  readonly ofSamples: readonly number[];
}

/**
 * The rules of a plan that look at one quantity. Of the *plain* ones a number alone decides, without
 * those before it and without the time of day: where it lies between `least` and `most` and all of
 * them are calm, it asks nothing of any of them.
 */
export interface Watch {
  /** Which it is among the plan's. */
  readonly at: number;
  /** Where its rules stand. */
  readonly rules: readonly number[];
  readonly plain: readonly number[];
  readonly others: readonly number[];
  readonly least: number;
  readonly most: number;
}

/** What a rule has to know of a device to watch it. */
export type Watchable = Pick<RegisteredDevice, "identity"> & {
  readonly quantities: Pick<RegisteredDevice["quantities"], "has">;
  readonly series: Pick<RegisteredDevice["series"], "measurement">;
};

type Combination = RuleOf<"combination">;
const none: readonly never[] = [];

export const nothing: Plan = planOf([]);

/** Which rules watch what; looked up once for each device as it is registered. */
export class Watches {
  readonly #rules: readonly AlarmRule[];
  /** By the object of the registry, which makes new ones when it changes. */
  readonly #byDevice = new WeakMap<object, Plan>();
  readonly #plans = new Map<string, Plan>();
  readonly #ranks = new Map<string, number>();
  readonly #combinations = new Map<string, Combination[]>();
  readonly #silenced = new Map<string, string[]>();
  readonly #byId = new Map<string, AlarmRule>();

  /** @param rules of two with one id, the later one watches a device that both would watch */
  constructor(rules: Iterable<AlarmRule>) {
    this.#rules = [...rules].filter(({ enabled }) => enabled);
    for (const rule of this.#rules) this.#byId.set(rule.id, rule);
    for (const rule of this.#rules) {
      for (const louder of rule.suppressedBy) {
        this.#silenced.set(louder, [...(this.#silenced.get(louder) ?? []), rule.id]);
      }
      if (rule.kind !== "combination") continue;
      for (const member of membersOf(rule)) {
        const others = this.#combinations.get(member) ?? [];
        this.#combinations.set(member, others);
        others.push(rule);
      }
    }
  }

  /** A rule of this id, whatever it watches. */
  rule(id: string): AlarmRule | undefined {
    return this.#byId.get(id);
  }

  /** The combinations that the condition of a rule enters. */
  combinationsWith(rule: string): readonly Combination[] {
    return this.#combinations.get(rule) ?? none;
  }

  /** The rules that an alarm of this one silences on its device. */
  silencedBy(rule: string): readonly string[] {
    return this.#silenced.get(rule) ?? none;
  }

  /** Above the rank of every rule whose condition it needs: conditions are judged in this order. */
  rankOf(rule: string): number {
    const known = this.#ranks.get(rule);
    if (known !== undefined) return known;
    this.#ranks.set(rule, 0); // ends a circle, which the check of rules refuses
    const found = this.#byId.get(rule);
    const members = found?.kind === "combination" ? membersOf(found) : [];
    const rank = members.length === 0 ? 0 : 1 + Math.max(...members.map((id) => this.rankOf(id)));
    this.#ranks.set(rule, rank);
    return rank;
  }

  /** The rules that watch a device; of a site, those that look at all of it. */
  of(device: Watchable): Plan {
    const known = this.#byDevice.get(device);
    if (known) return known;
    const ofSite = parseIdentity(device.identity).device === siteDevice;
    const found = new Map<string, number>();
    this.#rules.forEach((rule, at) => {
      const wide = rule.kind === "combination" && rule.within === "site";
      if (wide === ofSite && (wide || watches(rule, device))) found.set(rule.id, at);
    });
    const plan = this.#shared([...found.values()]);
    this.#byDevice.set(device, plan);
    return plan;
  }

  #shared(at: readonly number[]): Plan {
    if (at.length === 0) return nothing;
    const key = at.join();
    const known = this.#plans.get(key);
    if (known) return known;
    const plan = planOf(at.map((index) => this.#rules[index] as AlarmRule));
    this.#plans.set(key, plan);
    return plan;
  }
}

/** The rules whose conditions a combination needs. */
export function membersOf({ all, any, none }: Combination): string[] {
  return [...all, ...any, ...none];
}

function watches(rule: AlarmRule, { identity, quantities, series }: Watchable): boolean {
  const quantity = quantityOf(rule);
  return (
    (rule.measurement === "*" || rule.measurement === series.measurement) &&
    (quantity === null || quantities.has(quantity)) &&
    (rule.devices?.includes(identity) ?? true)
  );
}

function planOf(rules: readonly AlarmRule[]): Plan {
  const byQuantity = new Map<string, number[]>();
  const ofSamples: number[] = [];
  rules.forEach((rule, at) => {
    const quantity = quantityOf(rule);
    if (rule.kind === "combination") return;
    if (quantity === null) ofSamples.push(at);
    else byQuantity.set(quantity, [...(byQuantity.get(quantity) ?? []), at]);
  });
  const plans = rules.map(judgedBy);
  const watches = [...byQuantity].map(([quantity, indexes], at): [string, Watch] => [
    quantity,
    watchOf(at, indexes, plans),
  ]);
  const plainOf: (number | undefined)[] = rules.map(() => undefined);
  for (const [, { at, plain }] of watches) for (const index of plain) plainOf[index] = at;
  const indexOf = new Map(rules.map(({ id }, at) => [id, at]));
  return { rules, indexOf, plans, plainOf, byQuantity: new Map(watches), ofSamples };
}

function watchOf(at: number, rules: readonly number[], plans: readonly RulePlan[]): Watch {
  const of = (index: number) => plans[index] as RulePlan;
  const plain = rules.filter((index) => isPlain(of(index)));
  return {
    at,
    rules,
    plain,
    others: rules.filter((index) => !isPlain(of(index))),
    least: Math.max(...plain.map((index) => of(index).least)),
    most: Math.min(...plain.map((index) => of(index).most)),
  };
}

/** Whether a number alone decides, without those before it and without the time of day. */
export function isPlain({ rule, schedule }: RulePlan): boolean {
  if (schedule) return false;
  return (
    rule.kind === "outside" ||
    ((rule.kind === "high" || rule.kind === "low") && rule.medianOf === 1)
  );
}
