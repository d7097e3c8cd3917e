import type { Identity } from "@kenh/schemas";
import type { RegisteredDevice } from "../registry.ts";
import { Bits } from "./bits.ts";
import type { Span } from "./civil.ts";
import type { Contract } from "./contracts.ts";

/** A device of a dataset, or, of a dataset that is handed over, the agency itself. */
export interface Member {
  /** Its place in the sets of those who have delivered. */
  readonly number: number;
  readonly device: Identity;
  /** Owed from this instant on. */
  readonly since: number;
  /** And before this one; null while it is registered. */
  until: number | null;
}

/** Whether a device is one of a dataset. */
export function selects({ devices }: Contract): (device: RegisteredDevice) => boolean {
  if (!devices) return () => false;
  const patterns = devices.match.map((text) => new RegExp(`^${text.replaceAll("*", "[^/]*")}$`));
  return ({ identity, profile, series }) =>
    (!devices.profiles || devices.profiles.includes(profile)) &&
    (!devices.measurements || devices.measurements.includes(series.measurement)) &&
    patterns.some((pattern) => pattern.test(identity));
}

/** Who belongs to a dataset, and since when: a period asks nothing of who was not there for all of it. */
export class Roster {
  readonly #members: Member[] = [];
  readonly #byDevice = new Map<Identity, Member>();
  #comings: readonly number[] | undefined;
  #goings: readonly number[] | undefined;
  readonly #due = new Map<string, { members: Bits; count: number }>();

  get size(): number {
    return this.#members.length;
  }

  of(device: Identity): Member | undefined {
    return this.#byDevice.get(device);
  }

  at(number: number): Member | undefined {
    return this.#members[number];
  }

  all(): Iterable<Member> {
    return this.#members;
  }

  /** Takes in who is new; gives the member to be written down. */
  add(device: Identity, since: number): Member {
    const member = { number: this.#members.length, device, since, until: null };
    this.restore(member);
    return member;
  }

  restore(member: Member): void {
    this.#members[member.number] = member;
    this.#byDevice.set(member.device, member);
    this.#changed();
  }

  /** No longer registered from `until` on, or, with null, registered again. */
  mark(member: Member, until: number | null): void {
    member.until = until;
    this.#changed();
  }

  #changed(): void {
    this.#due.clear();
    this.#comings = undefined;
    this.#goings = undefined;
  }

  /** Who owes something for a period. */
  due({ start, end }: Span): { members: Bits; count: number } {
    // All periods between the same comings and goings have the same answer.
    this.#comings ??= distinct(this.#members.map(({ since }) => since));
    this.#goings ??= distinct(this.#members.flatMap(({ until }) => until ?? []));
    const came = this.#comings.findLastIndex((since) => since <= start);
    const went = this.#goings.findIndex((until) => until >= end);
    const key = `${came} ${went}`;
    const known = this.#due.get(key);
    if (known) return known;
    const members = new Bits();
    let count = 0;
    for (const { number, since, until } of this.#members) {
      if (since > start || (until !== null && until < end)) continue;
      members.add(number);
      count++;
    }
    const found = { members, count };
    this.#due.set(key, found);
    return found;
  }
}

const distinct = (instants: readonly number[]): number[] =>
  [...new Set(instants)].sort((a, b) => a - b);
