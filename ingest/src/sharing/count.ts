import { type Clock, flags, type Identity } from "@kenh/schemas";
import type { Follower } from "../follow.ts";
import type { RegisteredDevice, Registry } from "../registry.ts";
import { deadlineOf, needOf } from "./assess.ts";
import type { Bits } from "./bits.ts";
import { type Book, maxWrongKept, type PeriodRow, type Tally, type Wrong } from "./book.ts";
import { type Month, monthOf, monthSpan, periodAt, type Span } from "./civil.ts";
import type { Contract, Contracts } from "./contracts.ts";
import { Roster, selects } from "./roster.ts";

/** The period of a dataset that readings came of last: nearly always the next one is of it too. */
interface Open extends Span {
  readonly row: PeriodRow;
  readonly due: Bits;
  readonly deadline: number;
  /** Of those who owe, how many must have delivered, and how many have. */
  readonly need: number;
  have: number;
}

/** A dataset that is being counted. */
interface Counted {
  readonly contract: Contract;
  readonly roster: Roster;
  readonly selects: (device: RegisteredDevice) => boolean;
  /** Undefined takes every quantity. */
  readonly quantities: ReadonlySet<string> | undefined;
  open: Open | undefined;
  month: (Span & { readonly tally: Tally }) | undefined;
}

interface Link {
  readonly counted: Counted;
  readonly number: number;
}

export interface CountParts {
  readonly contracts: Contracts;
  readonly registry: Pick<Registry, "all">;
  readonly book: Book;
  readonly now: Clock;
}

/**
 * Follows the stream and writes into the book which device of which dataset has delivered in which
 * period, and what of it was wrong. A reading counts in the period of its measurement, and is late
 * when its message came after that period's deadline.
 */
export class Count implements Follower {
  readonly #book: Book;
  readonly #registry;
  readonly #now: Clock;
  readonly #counted = new Map<string, Counted>();
  readonly #links = new Map<Identity, readonly Link[]>();
  /** As they were when they were last compared with the contracts. */
  readonly #known = new Map<Identity, RegisteredDevice>();
  #position: number;
  /** Readings of before their contract, or of an age that no report asks for. */
  ignored = 0;
  /** What is measured before it is of no report any more. */
  horizon = Number.NEGATIVE_INFINITY;

  constructor({ contracts, registry, book, now }: CountParts) {
    this.#book = book;
    this.#registry = registry;
    this.#now = now;
    this.#position = book.durablePosition;
    this.take(contracts);
  }

  /** Counts by other contracts from now on; what was counted by those of before stands. */
  take(contracts: Contracts): void {
    const book = this.#book;
    if (this.#counted.size > 0) this.checkpoint();
    this.#counted.clear();
    this.#links.clear();
    this.#known.clear();
    for (const contract of contracts.datasets.values()) {
      const roster = new Roster();
      for (const member of book.members(contract.id)) roster.restore({ ...member });
      if (contract.records && roster.size === 0) {
        book.putMember(contract.id, roster.add(contract.identity, contract.force.start));
      }
      const quantities = contract.devices?.quantities;
      this.#counted.set(contract.id, {
        ...{ contract, roster, open: undefined, month: undefined },
        selects: selects(contract),
        quantities: quantities && new Set(quantities),
      });
    }
    this.sync();
  }

  rosterOf(dataset: string): Roster {
    return this.#counted.get(dataset)?.roster ?? new Roster();
  }

  /** The datasets that a device is one of. */
  datasetsOf(device: Identity): string[] {
    return (this.#links.get(device) ?? []).map(({ counted }) => counted.contract.id);
  }

  /**
   * Brings the rosters up to the registry. Who is in it when a dataset is first looked at owes from the
   * contract's first day on; who comes later owes from then on.
   */
  sync(): void {
    const at = this.#now();
    const begun = new Map(
      [...this.#counted.values()].map((counted) => [counted, counted.roster.size > 0]),
    );
    const here = new Set<Identity>();
    for (const device of this.#registry.all()) {
      here.add(device.identity);
      if (this.#known.get(device.identity) === device) continue;
      this.#known.set(device.identity, device);
      const links: Link[] = [];
      for (const counted of this.#counted.values()) {
        if (!counted.selects(device)) continue;
        const { roster, contract } = counted;
        let member = roster.of(device.identity);
        if (!member) {
          member = roster.add(device.identity, begun.get(counted) ? at : contract.force.start);
          this.#book.putMember(contract.id, member);
          counted.open = undefined;
        } else if (member.until !== null) {
          roster.mark(member, null);
          this.#book.putMember(contract.id, member);
        }
        links.push({ counted, number: member.number });
      }
      this.#links.set(device.identity, links);
    }
    for (const { contract, roster } of this.#counted.values()) {
      if (contract.records) continue;
      for (const member of roster.all()) {
        if (member.until !== null || here.has(member.device)) continue;
        roster.mark(member, at);
        this.#book.putMember(contract.id, member);
        this.#links.delete(member.device);
        this.#known.delete(member.device);
      }
    }
  }

  feed(...[position, messages]: Parameters<Follower["feed"]>): void {
    if (position <= this.#position) return;
    if (this.#counted.size === 0) {
      this.#position = position;
      return;
    }
    for (const { device, samples, receivedAt } of messages) {
      if (!this.#links.has(device.identity)) this.sync();
      for (const { counted, number } of this.#links.get(device.identity) ?? []) {
        for (const { ts, fields } of samples) {
          let readings = 0;
          for (const { name, value, flag } of fields) {
            if (value === null || (counted.quantities && !counted.quantities.has(name))) continue;
            readings++;
            if (flag === flags.suspect || flag === flags.fail) {
              const wrong = { device: device.identity, quantity: name, ts, value, flag };
              this.#noteWrong(counted, wrong);
            }
          }
          if (readings > 0) this.#arrive(counted, number, ts, receivedAt, readings);
        }
      }
    }
    this.#position = position;
  }

  /** Takes note of what was handed over: when each record is of, and what of it is implausible. */
  handedOver(
    dataset: string,
    records: readonly { readonly ts: number; readonly wrong: readonly Wrong[] }[],
    at: number,
  ): void {
    const counted = this.#counted.get(dataset);
    if (!counted) return;
    for (const { ts, wrong } of records) {
      for (const one of wrong) this.#noteWrong(counted, one);
      this.#arrive(counted, 0, ts, at, 1);
    }
  }

  /** When something of a dataset came last. */
  lastArrival(dataset: string): number | undefined {
    return this.#book.ends(dataset)?.lastAt;
  }

  /** Whoever owes confirms that what was shared still holds: all have delivered for the period of `ts`. */
  confirm(dataset: string, ts: number, at: number): void {
    const counted = this.#counted.get(dataset);
    if (!counted) return;
    for (const { number } of counted.roster.all()) this.#arrive(counted, number, ts, at, 0);
  }

  #noteWrong(counted: Counted, wrong: Wrong): void {
    const { contract } = counted;
    if (!this.#isOwed(contract, wrong.ts)) return;
    const tally = this.#tally(counted, wrong.ts);
    if (!this.#book.putWrong(contract.id, tally, wrong)) return;
    tally.wrong++;
    tally.dirty = true;
  }

  #isOwed({ force }: Contract, ts: number): boolean {
    return ts >= force.start && ts < force.end && ts >= this.horizon;
  }

  #arrive(counted: Counted, number: number, ts: number, at: number, readings: number): void {
    const { contract } = counted;
    if (!this.#isOwed(contract, ts)) {
      this.ignored += readings;
      return;
    }
    this.#book.noteArrival(contract.id, at);
    const tally = this.#tally(counted, ts);
    tally.readings += readings;
    tally.dirty = true;
    const lateMs = at - ts - contract.lateness;
    if (contract.kind === "event" && readings > 0 && lateMs > 0) {
      if (contract.period === undefined && tally.late < maxWrongKept) {
        const device = counted.roster.at(number)?.device ?? contract.identity;
        this.#book.tardy.note(contract.id, { device, ts, arrivedAt: at, readings });
      }
      tally.late += readings;
      tally.latestMs = Math.max(tally.latestMs, lateMs);
    }
    if (contract.period === undefined) return;
    let { open } = counted;
    if (!open || ts < open.start || ts >= open.end) {
      open = this.#openAt(counted, periodAt(contract.period, ts));
      counted.open = open;
    }
    const { row } = open;
    if (!row.seen.add(number)) return;
    row.dirty = true;
    if (at > open.deadline) row.late.add(number);
    if (!open.due.has(number)) return;
    open.have++;
    if (row.coveredAt === null && open.have >= open.need) row.coveredAt = at;
  }

  #openAt({ contract, roster }: Counted, span: Span): Open {
    const row = this.#book.period(contract.id, span.start);
    const { members, count } = roster.due(span);
    return {
      ...span,
      row,
      due: members,
      deadline: deadlineOf(contract, span.end),
      need: needOf(contract.coverage, count),
      have: row.seen.count(members),
    };
  }

  #tally(counted: Counted, ts: number): Tally {
    if (!counted.month || ts < counted.month.start || ts >= counted.month.end) {
      const month: Month = monthOf(ts);
      const tally = this.#book.tally(counted.contract.id, month);
      counted.month = { ...monthSpan(month), tally };
    }
    return counted.month.tally;
  }

  checkpoint(): boolean {
    this.#book.flush(this.#position);
    for (const counted of this.#counted.values()) counted.open = undefined;
    return false;
  }

  get durablePosition(): number {
    return this.#book.durablePosition;
  }
}
