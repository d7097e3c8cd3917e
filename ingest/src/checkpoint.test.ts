import { cpSync } from "node:fs";
import { join } from "node:path";
import type { Identity } from "@kenh/schemas";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type TemporaryFolder, temporaryFolder } from "../../test/support/folder.ts";
import { Books } from "./books.ts";
import { createRounds } from "./checkpoint.ts";
import { Latest } from "./latest.ts";
import { enter, enterOutcome, Ledger } from "./ledger.ts";
import { Quarantine } from "./quarantine.ts";
import { restore } from "./restore.ts";
import { type Outcome, openSpool, type Receipt, type Spool } from "./spool.ts";

const now = 1_790_000_000_000;
let folder: TemporaryFolder;
let opened: Spool[];
beforeEach(() => {
  folder = temporaryFolder();
  opened = [];
});
afterEach(() => {
  for (const spool of opened) spool.close();
  folder[Symbol.dispose]();
});

/** What the pipeline keeps, without messages: receipts alone move the books. */
function open(path: string, followedTo = Number.POSITIVE_INFINITY) {
  const spool = openSpool(path, () => now);
  opened.push(spool);
  const books = new Books(spool.db);
  const ledger = new Ledger();
  const latest = new Latest(0);
  const quarantine = new Quarantine(spool.db);
  const fed: number[] = [];
  const { pending, lost } = restore(
    {
      spool,
      books,
      ledger,
      latest,
      quarantine,
      fedTo: followedTo,
      load: (id) => {
        const receipts = spool.receipts(id) ?? [];
        return {
          receipts,
          messages: receipts.map(() => ({ samples: [], late: false })),
          unreadable: new Map(),
        };
      },
      feed: (id) => fed.push(id),
    },
    now,
  );
  return { spool, books, ledger, latest, quarantine, pending, lost, fed };
}
type Opened = ReturnType<typeof open>;

/** The files as a kill at this moment would leave them. */
function crash(n: number): string {
  const copy = join(folder.path, `crash-${n}`);
  cpSync(join(folder.path, "spool.db"), join(copy, "spool.db"));
  cpSync(join(folder.path, "spool.db-wal"), join(copy, "spool.db-wal"));
  return copy;
}

/** Park and Miller's numbers: the same for the same seed. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 0x7fffffff;
    return state / 0x7fffffff;
  };
}

const devices: readonly Identity[] = [1, 2, 3, 4, 5].map((n) => `82/29869/kenh/may-${n}`);

function work({ spool, ledger, latest, pending }: Opened, random: () => number) {
  const any = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const waiting = [...pending];
  let seq = 0;

  return {
    append(): void {
      const count = 1 + Math.floor(random() * 3);
      const { id, receipts } = spool.append([Buffer.from("x")], () =>
        Array.from({ length: count }, (): Receipt => {
          const device = any(devices);
          latest.note(device, now, []);
          const good = Math.floor(random() * 4);
          const epoch = any(["e1", null]);
          seq += random() < 0.1 ? 2 : 1;
          return {
            device,
            epoch,
            seq: epoch === null ? null : seq,
            good,
            quarantined: 1,
            duplicate: 2,
            late: false,
            receivedAt: now,
            length: 0,
          };
        }),
      );
      for (const receipt of receipts) enter(ledger.account(receipt.device, receipt.epoch), receipt);
      waiting.push(id);
    },
    settle(): void {
      const rows = waiting.splice(0, 1 + Math.floor(random() * 3));
      const last = rows.at(-1);
      if (last === undefined) return;
      const outcomes = rows
        .flatMap((id) => spool.receipts(id) ?? [])
        .map(
          ({ device, epoch, good }): Outcome => [
            device,
            epoch,
            good > 0
              ? { stored: good - 1, duplicate: 1, quarantined: 0 }
              : { stored: 0, duplicate: 0, quarantined: 0 },
          ],
        );
      spool.settle(last, outcomes, () => {});
      for (const [device, epoch, tally] of outcomes)
        enterOutcome(ledger.account(device, epoch), tally);
    },
  };
}

test.each([1, 2, 3, 4])("a kill between any two slices leaves the books whole (%i)", (seed) => {
  const random = seededRandom(seed);
  const now = open(folder.path);
  const rounds = createRounds({ ...now, follower: undefined });
  const { append, settle } = work(now, random);
  let crashes = 0;
  for (let step = 0; step < 250; step++) {
    const dice = random();
    if (dice < 0.35) append();
    else if (dice < 0.55) settle();
    else rounds.slice(random() < 0.9 ? 0 : Number.POSITIVE_INFINITY);
    if (random() > 0.2) continue;
    const again = open(crash(crashes++));
    expect(again.ledger.report()).toEqual(now.ledger.report());
    expect(again.spool.last).toEqual(now.spool.last);
    expect(again.lost).toBe(0);
    expect([...again.latest.entries()].length).toBe([...now.latest.entries()].length);
  }
  expect(crashes).toBeGreaterThan(20);
});

test("rows that are delivered are deleted when they are followed, and not before", () => {
  const parts = open(folder.path);
  const follower = { feed() {}, checkpoint: () => false, durablePosition: 2 };
  const rounds = createRounds({ ...parts, follower });
  const { append, settle } = work(parts, seededRandom(5));
  for (let row = 0; row < 6; row++) append();
  while (parts.spool.last.delivered < 4) settle();
  const { delivered } = parts.spool.last;
  while (rounds.slice(0));
  expect(parts.spool.rowsAfter(0)).toEqual([3, 4, 5, 6]);
  expect(open(crash(1), 2).fed).toEqual([3, 4, 5, 6]);
  follower.durablePosition = 6;
  while (rounds.slice(0));
  expect(parts.spool.rowsAfter(0)).toEqual([5, 6].filter((id) => id > delivered));
});

test("a disk that refuses a slice keeps nothing from being written later", () => {
  const parts = open(folder.path);
  const rounds = createRounds({ ...parts, follower: undefined });
  const { append } = work(parts, seededRandom(6));
  const { db } = parts.spool;
  for (let row = 0; row < 200; row++) append();
  rounds.slice(0);
  // No page may be added: what SQLite says then is what it says on a full disk.
  const pages = Number(db.prepare("PRAGMA page_count").get()?.page_count);
  db.exec(`PRAGMA max_page_count = ${pages}`);
  // The last account is the one that finds no room.
  const accounts = [...parts.ledger.accounts()];
  accounts.forEach((account, at) => {
    account.dirty = true;
    const end = at < accounts.length - 1 ? 1e6 : 1e6 + 8000;
    for (let seq = 1e6; seq <= end; seq += 2) account.seqs.add(seq);
  });
  expect(() => rounds.slice(Number.POSITIVE_INFINITY)).toThrow(/full/);
  db.exec("PRAGMA max_page_count = 1000000");
  while (rounds.slice(0));
  expect(open(crash(1)).ledger.report()).toEqual(parts.ledger.report());
});
