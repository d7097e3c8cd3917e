import { topicOf } from "@kenh/schemas";
import { transaction } from "@kenh/schemas/node";
import type { Books } from "./books.ts";
import type { Latest } from "./latest.ts";
import { type Account, enter, enterOutcome, type Ledger } from "./ledger.ts";
import type { LoadedRow } from "./load.ts";
import type { Quarantine } from "./quarantine.ts";
import type { Spool } from "./spool.ts";

/** What a start begins with, and what it brings up to date. */
export interface RestoreParts {
  readonly spool: Spool;
  readonly books: Books;
  readonly ledger: Ledger;
  readonly latest: Latest;
  readonly quarantine: Quarantine;
  /** Rows up to this one were fed to whoever follows the stream. */
  readonly fedTo: number;
  load(id: number): LoadedRow;
  feed(id: number, row: LoadedRow): void;
}

/**
 * Brings ledger, latest values and whoever follows the stream from where they stood on disk up to the
 * last row. Call once, before anything is accepted.
 * @returns the rows to be delivered, in order, and the readings that damage to the disk has taken
 */
export function restore(parts: RestoreParts, now: number): { pending: number[]; lost: number } {
  const { spool, books, ledger, latest, fedTo } = parts;
  const marks = books.read(ledger, latest);
  const complete = spool.complete();
  for (const id of spool.rowsAfter(Math.min(complete.received, fedTo))) {
    if (id > complete.received) {
      for (const receipt of spool.receipts(id) ?? []) {
        const account = ledger.account(receipt.device, receipt.epoch);
        if (id > (marks.get(account)?.received ?? 0)) enter(account, receipt);
      }
    }
    const row = parts.load(id);
    row.receipts.forEach(({ device, receivedAt }, at) => {
      if (device) latest.note(device, receivedAt, row.messages[at]?.samples ?? []);
    });
    parts.feed(id, row);
  }
  for (const { id, outcomes } of spool.outcomesAfter(complete.delivered)) {
    for (const [device, epoch, tally] of outcomes) {
      const account = ledger.account(device, epoch);
      if (id > (marks.get(account)?.delivered ?? 0)) enterOutcome(account, tally);
    }
  }
  const { received, delivered } = spool.last;
  const pending = Array.from({ length: received - delivered }, (_, i) => delivered + 1 + i);
  return { pending, lost: bookLost(parts, pending, now) };
}

/**
 * Compares what the books call pending with what the spool really holds, and books the difference as
 * lost: after damage to the disk nothing is silently short. Returns the readings lost.
 */
function bookLost(
  { spool, books, ledger, quarantine }: RestoreParts,
  pending: readonly number[],
  now: number,
): number {
  const held = new Map<Account, number>();
  for (const id of pending) {
    for (const { device, epoch, good } of spool.receipts(id) ?? []) {
      const account = ledger.account(device, epoch);
      held.set(account, (held.get(account) ?? 0) + good);
    }
  }
  function book(account: Account, short: number): void {
    account.pending -= short;
    // The books themselves were damaged: what is held has surely been received.
    if (short < 0) account.received -= short;
    else {
      account.quarantined += short;
      quarantine.keep({
        reason: "decode-failed",
        detail: `${short} accepted readings were lost when the spool was damaged on disk`,
        device: account.device,
        epoch: account.epoch,
        topic: account.device === null ? "" : topicOf(account.device, "telemetry"),
        receivedAt: now,
        payload: new Uint8Array(0),
        readings: short,
      });
    }
    books.putAccount(account, spool.last);
  }
  // One step on disk: where it is cut short, the next start books the same.
  return transaction(spool.db, () => {
    let lost = 0;
    for (const account of ledger.accounts()) {
      const short = account.pending - (held.get(account) ?? 0);
      if (short !== 0) book(account, short);
      lost += Math.max(0, short);
    }
    return lost;
  });
}
