import {
  type AlarmRule,
  type Identity,
  isMeantFor,
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
  readonly watches: readonly Watch[];
  /** The rules that look at this quantity alone. */
  readonly byQuantity: ReadonlyMap<string, Watch>;
  /** The rules that take every sample of a device, and where they stand. */
  readonly samples: Watch;
  readonly ofSamples: readonly number[];
  /** By rule, the watch in whose step it is judged; undefined for one that passes over some readings. */
  readonly inStepWith: readonly (Watch | undefined)[];
}

/**
 * The rules of a plan that look at one quantity, or at samples as such: where they stand. Nearly every
 * reading asks nothing of any of them, and they are made ready for that.
 */
export interface Watch {
  /** Which it is among the plan's. */
  readonly at: number;
  readonly all: readonly number[];
  /**
   * Of these a number alone decides: where it lies between `least` and `most` and all of them are
   * calm, it asks nothing of any.
   */
  readonly plain: readonly number[];
  readonly least: number;
  readonly most: number;
  /** The others remember readings, or go by the time of day, or run out by time alone. */
  readonly others: readonly number[];
  /** Whether every one of its rules keeps step with it. */
  readonly inStep: boolean;
}

/** What a rule has to know of a device to watch it. */
export type Watchable = Pick<RegisteredDevice, "identity" | "profile"> & {
  readonly quantities: Pick<RegisteredDevice["quantities"], "has">;
  readonly series: Pick<RegisteredDevice["series"], "measurement">;
};

type Combination = RuleOf<"combination">;
const none: readonly never[] = [];

export const nothing: Plan = planOf([]);

/** The rules of provinces and units that have others than all, by scope. */
export type Tenants = ReadonlyMap<string, { readonly rulesInForce: readonly AlarmRule[] }>;

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
  /** Of provinces and units that have others. */
  readonly #tenants: ReadonlyMap<string, Watches>;

  /**
   * @param rules of two with one id, the later one watches a device that both would watch
   * @param tenants whose rules are others, by scope, each with all of its own
   */
  constructor(rules: Iterable<AlarmRule>, tenants: Tenants = new Map()) {
    this.#tenants = new Map(
      [...tenants].map(([scope, { rulesInForce }]) => [scope, new Watches(rulesInForce)]),
    );
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

  /** Those of the unit that a device or site is of: one id may mean other things in other units. */
  at(place: Identity): Watches {
    if (this.#tenants.size === 0) return this;
    const afterProvince = place.indexOf("/");
    return (
      this.#tenants.get(place.slice(0, place.indexOf("/", afterProvince + 1))) ??
      this.#tenants.get(place.slice(0, afterProvince)) ??
      this
    );
  }

  /** A rule of this id, whatever it watches. */
  rule(id: string): AlarmRule | undefined {
    return this.#byId.get(id);
  }

  /** The combinations that the condition of a rule enters. */
  combinationsWith(rule: string): readonly Combination[] {
    return this.#combinations.get(rule) ?? none;
  }

  /** The rules whose alarms hide others. */
  get causes(): string[] {
    const explaining = this.#rules.filter(({ explains }) => explains).map(({ id }) => id);
    const others = [...this.#tenants.values()].flatMap((one) => one.causes);
    return [...new Set([...explaining, ...this.#silenced.keys(), ...others])];
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
    const own = this.at(device.identity);
    if (own !== this) return own.of(device);
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

function watches(rule: AlarmRule, device: Watchable): boolean {
  const { quantities, series } = device;
  const quantity = quantityOf(rule);
  return (
    (rule.measurement === "*" || rule.measurement === series.measurement) &&
    (quantity === null || quantities.has(quantity)) &&
    isMeantFor(rule, device)
  );
}

function planOf(rules: readonly AlarmRule[]): Plan {
  const plans = rules.map(judgedBy);
  const watched = rules.flatMap((rule, at) => (rule.kind === "combination" ? [] : [at]));
  const watches: Watch[] = [];
  const byQuantity = new Map<string, Watch>();
  let samples = watchOf(0, none, plans);
  for (const [quantity, all] of Map.groupBy(watched, (at) => quantityOf(rules[at] as AlarmRule))) {
    const watch = watchOf(watches.length, all, plans);
    watches.push(watch);
    if (quantity === null) samples = watch;
    else byQuantity.set(quantity, watch);
  }
  const inStepWith: (Watch | undefined)[] = rules.map(() => undefined);
  for (const watch of watches) {
    for (const index of watch.all)
      if (keepsStep(plans[index] as RulePlan)) inStepWith[index] = watch;
  }
  const indexOf = new Map(rules.map(({ id }, at) => [id, at]));
  const ofSamples = samples.all;
  return { rules, indexOf, plans, watches, byQuantity, samples, ofSamples, inStepWith };
}

function watchOf(at: number, all: readonly number[], plans: readonly RulePlan[]): Watch {
  const of = (index: number) => plans[index] as RulePlan;
  const plain = all.filter((index) => isPlain(of(index)));
  return {
    at,
    all,
    plain,
    least: Math.max(...plain.map((index) => of(index).least)),
    most: Math.min(...plain.map((index) => of(index).most)),
    others: all.filter((index) => !plain.includes(index)),
    inStep: all.every((index) => keepsStep(of(index))),
  };
}

/** Whether it takes every reading that is newer than the last one: at any time of day, and by no clock. */
function keepsStep({ lasting, schedule }: RulePlan): boolean {
  return !lasting && !schedule;
}

function isPlain(plan: RulePlan): boolean {
  const { rule } = plan;
  const alone = (rule.kind === "high" || rule.kind === "low") && rule.medianOf === 1;
  return keepsStep(plan) && (alone || rule.kind === "outside");
}

/** Whether a rule of the plan looks at any of these. */
export function isWatched(
  { byQuantity, ofSamples }: Plan,
  fields: readonly { readonly name: string }[],
): boolean {
  return ofSamples.length > 0 || fields.some(({ name }) => byQuantity.has(name));
}
