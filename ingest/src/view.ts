import { type AlarmRule, isMeantFor, type Profile, type Quantity } from "@kenh/schemas";
import type { LayerKind } from "./layers.ts";

/** Where something that is in force comes from. */
export interface Origin {
  readonly layer: LayerKind;
  /** Below the station's folder, such as `units/82/29869/rules/own.yaml`; of what is shipped, below that. */
  readonly file: string;
  /** Whose it goes before; null where there was none of this name. */
  readonly overrides: LayerKind | null;
  /** The fields that are other than there. */
  readonly differs: readonly string[];
}

/** What is in force for somebody: for all, for a province or for a unit. */
export interface View {
  /** Empty for all, `82`, `82/29869`. */
  readonly scope: string;
  readonly quantities: ReadonlyMap<string, Quantity>;
  /** Quantities by class. */
  readonly classes: ReadonlyMap<string, readonly Quantity[]>;
  readonly profiles: ReadonlyMap<string, Profile>;
  /** By id, as they are for every device that no change names. */
  readonly rules: ReadonlyMap<string, AlarmRule>;
  /** All of them; of two with one id the later one is for the devices that both would watch. */
  readonly rulesInForce: readonly AlarmRule[];
  /** The rules that examples are of, as they were written. */
  readonly examined: readonly AlarmRule[];
  readonly origins: {
    readonly quantities: ReadonlyMap<string, Origin>;
    readonly profiles: ReadonlyMap<string, Origin>;
    /** By the rule in force itself: one id may stand there several times. */
    readonly rules: ReadonlyMap<AlarmRule, Origin>;
  };
}

/** What is in force for all, and for those provinces and units that have something of their own. */
export interface Views extends View {
  /** By scope, each whole. */
  readonly tenants: ReadonlyMap<string, View>;
}

/**
 * What is in force for a unit, a province, or the one that a device is of.
 * @param scope a path that begins with the province and, where there is one, the unit
 */
export function viewOf<V>(
  views: V & { readonly tenants: ReadonlyMap<string, V> },
  scope: string,
): V {
  if (views.tenants.size === 0) return views;
  const [province = "", unit = ""] = scope.split("/", 2);
  return views.tenants.get(`${province}/${unit}`) ?? views.tenants.get(province) ?? views;
}

/** What a rule is for a device: of those of this id that are meant for it, the last. */
export function ruleFor(
  views: Views,
  id: string,
  device: { readonly identity: string; readonly profile: string },
): AlarmRule | undefined {
  return viewOf<View>(views, device.identity).rulesInForce.findLast(
    (rule) => rule.id === id && isMeantFor(rule, device),
  );
}

/** The fields of one that are other, or not there, in another. */
export function differing(one: object, other: object): string[] {
  const [a, b] = [one, other] as Record<string, unknown>[];
  const keys = new Set([...Object.keys(a ?? {}), ...Object.keys(b ?? {})]);
  return [...keys].filter((key) => JSON.stringify(a?.[key]) !== JSON.stringify(b?.[key])).sort();
}
