import type { Identity, LedgerCounts, LedgerEpoch, LedgerReport } from "@kenh/schemas";
import { ByOutbox } from "./outbox.ts";
import { Ranges } from "./ranges.ts";

/** Where a reading went. */
export interface Tally {
  stored: number;
  duplicate: number;
  quarantined: number;
}

/** What the books take from a message that has come. */
export interface Arrival {
  readonly seq: number | null;
  /** Readings that wait for the store. */
  readonly good: number;
  /** Readings set aside when it came. */
  readonly quarantined: number;
  /** Set-aside readings that had come before. */
  readonly duplicate: number;
}

/** The account of one outbox of one device. */
export interface Account extends Tally {
  readonly device: Identity | null;
  readonly epoch: string | null;
  received: number;
  pending: number;
  readonly seqs: Ranges;
  /** Changed since it was last written to disk. */
  dirty: boolean;
}

/** An outbox numbers its messages from 1 (CONTRACT: "sent 1 to N"). */
const firstSeq = 1;

/** The books: every reading received is stored, duplicate, quarantined or pending. In memory; `books.ts` makes it durable. */
export class Ledger {
  readonly #accounts = new ByOutbox<Account>();

  /** The account of an outbox, opened when there is none. */
  account(device: Identity | null, epoch: string | null): Account {
    return this.#accounts.get(device, epoch, () => ({
      device,
      epoch,
      received: 0,
      pending: 0,
      stored: 0,
      duplicate: 0,
      quarantined: 0,
      seqs: new Ranges(),
      dirty: true,
    }));
  }

  /** Takes an account over as it was written to disk. */
  restore(account: Account): void {
    this.#accounts.get(account.device, account.epoch, () => account);
  }

  accounts(): Iterable<Account> {
    return this.#accounts.values();
  }

  /** The report for the devices that `visible` lets through. */
  report(visible: (device: Identity | null) => boolean = () => true): LedgerReport {
    const epochs = [...this.#accounts.values()]
      .filter((account) => visible(account.device))
      .map(reportAccount)
      .sort((a, b) => compare(a.device, b.device) || compare(a.epoch, b.epoch));
    return { total: sum(epochs), epochs };
  }
}

/** Books a message that has come. */
export function enter(account: Account, { seq, good, quarantined, duplicate }: Arrival): void {
  account.received += good + quarantined + duplicate;
  account.pending += good;
  account.quarantined += quarantined;
  account.duplicate += duplicate;
  if (seq !== null) account.seqs.add(seq);
  account.dirty = true;
}

/** Books where pending readings went. */
export function enterOutcome(account: Account, tally: Tally): void {
  account.stored += tally.stored;
  account.duplicate += tally.duplicate;
  account.quarantined += tally.quarantined;
  account.pending -= tally.stored + tally.duplicate + tally.quarantined;
  account.dirty = true;
}

function reportAccount(account: Account): LedgerEpoch {
  const { device, epoch, received, stored, duplicate, quarantined, pending, seqs } = account;
  const missing = epoch === null ? [] : seqs.missing(firstSeq);
  const last = epoch === null ? null : seqs.last;
  return { device, epoch, received, stored, duplicate, quarantined, pending, missing, last };
}

function sum(all: readonly LedgerCounts[]): LedgerCounts {
  const total = { received: 0, stored: 0, duplicate: 0, quarantined: 0, pending: 0 };
  for (const counts of all) {
    total.received += counts.received;
    total.stored += counts.stored;
    total.duplicate += counts.duplicate;
    total.quarantined += counts.quarantined;
    total.pending += counts.pending;
  }
  return total;
}

function compare(a: string | null, b: string | null): number {
  return (a ?? "") < (b ?? "") ? -1 : (a ?? "") > (b ?? "") ? 1 : 0;
}
