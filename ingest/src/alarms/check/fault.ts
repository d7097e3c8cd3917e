import type { AlarmRule, Device, Profile, Quantity } from "@kenh/schemas";

/** What is wrong with a rule: where in it, what it is, and what to write instead. */
export interface Fault {
  /** Inside the rule, such as `levels.1.limit`. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** All that a rule is checked against. */
export interface Known {
  readonly quantities: ReadonlyMap<string, Quantity>;
  readonly classes: ReadonlyMap<string, readonly Quantity[]>;
  readonly profiles: ReadonlyMap<string, Profile>;
  /** The devices of the ward, by identity; none while nobody has registered any. */
  readonly devices: ReadonlyMap<string, Device>;
  /** Every rule of every id: a ward may have changed one for some devices. */
  readonly rules: ReadonlyMap<string, readonly AlarmRule[]>;
}

/** Adds nothing while all is well. */
export type Check<Rule extends AlarmRule = AlarmRule> = (
  rule: Rule,
  known: Known,
) => Iterable<Fault>;

export const fault = (path: Fault["path"], message: string): Fault => ({ path, message });
