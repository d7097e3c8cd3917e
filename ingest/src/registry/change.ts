import type { RegistryKind, Role, Scope } from "@kenh/schemas";

/** One record before and after a change, as JSON; null where there was or is none. */
export interface Edit {
  readonly kind: RegistryKind;
  readonly key: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** Who changes the registry. */
export interface Actor {
  /** Where the call came from; null for who was at the station itself. */
  readonly address: string | null;
  /** The token's id, or what acts without one: `command-line`, `station`. */
  readonly token: string;
  readonly role: Role | null;
  readonly scope: Scope | null;
  readonly name: string | null;
}

/** The program itself, such as the example that it registers. */
export const station: Actor = {
  ...{ address: null, token: "station", name: null },
  ...{ role: "admin", scope: "*" },
};

/** Who changes it, in which way and why. */
export interface By {
  readonly actor: Actor;
  /** `add`, `import`, `remove`, `undo`, `adopt` … */
  readonly how: string;
  readonly comment?: string | null | undefined;
}

/** A change as the history has it: any number of edits that were made together. */
export interface Change {
  /** From 1, without gaps. */
  readonly id: number;
  /** By the clock of who made it, milliseconds since 1970 UTC. */
  readonly at: number;
  readonly actor: Actor;
  readonly how: string;
  readonly comment: string | null;
  /** The change that this one takes back. */
  readonly undoes: number | null;
  /** The change that took this one back. */
  readonly undoneBy: number | null;
  /** How many edits it has. */
  readonly size: number;
  /** SHA-256 over the hash of the change before, all that stands here, and every edit. */
  readonly hash: string;
}

/** A part of a batch, not looked at yet. */
export interface Proposed {
  readonly kind: RegistryKind;
  /** Where it stands: `devices.csv:17`, `devices.3`. */
  readonly at: string;
  readonly value: unknown;
  /** Why it could not even be read. */
  readonly fault?: string | undefined;
}

/** What can't be taken, and what to do about it. */
export interface Refused {
  readonly at: string;
  readonly kind: RegistryKind;
  /** Null where it is not known which record was meant. */
  readonly key: string | null;
  /** The thing, the value and the way out. */
  readonly message: string;
}

/** What a batch would do. */
export interface Plan {
  readonly edits: readonly Edit[];
  /** Records that stand already as they are given. */
  readonly unchanged: number;
  readonly refused: readonly Refused[];
}

/** What a batch has done. */
export interface Outcome extends Omit<Plan, "edits"> {
  /** Null when there was nothing to change, or when all was held back. */
  readonly change: Change | null;
}

/** The registry's answer is no: something in the way of an undo or a removal. */
export class RegistryConflict extends Error {
  override readonly name = "RegistryConflict";
}
