import type { Identity } from "@kenh/schemas";
import { openDatabase, transaction } from "@kenh/schemas/node";
import { Bits } from "./bits.ts";
import { bookShape } from "./book-shape.ts";
import type { Month } from "./civil.ts";
import { Editions } from "./editions.ts";
import { LedgerMonths } from "./ledger-months.ts";
import type { Member } from "./roster.ts";
import { TardyBook } from "./tardy.ts";

/** What is known of one period of a dataset. */
export interface PeriodRow {
  readonly start: number;
  /** Who has delivered something of it. */
  readonly seen: Bits;
  /** Of these, whose first came after the deadline. */
  readonly late: Bits;
  /** When enough had come, milliseconds since 1970 UTC. */
  coveredAt: number | null;
  dirty: boolean;
}

/** Readings or records of a dataset in a month, by the time of measurement. */
export interface Tally {
  readings: number;
  /** Of these, flagged suspect or failed. */
  wrong: number;
  /** Of an event dataset: what came later than was allowed, and how late the latest was. */
  late: number;
  latestMs: number;
  dirty: boolean;
}

/** A reading that spoils the correctness of a dataset. */
export interface Wrong {
  readonly device: Identity;
  readonly quantity: string;
  readonly ts: number;
  readonly value: number | boolean | string;
  readonly flag: number;
}

/** What came of a dataset first and last, by arrival. */
export interface Ends {
  firstAt: number;
  lastAt: number;
  dirty: boolean;
}

/** Wrong readings kept one by one for each dataset and month; beyond, they are only counted. */
export const maxWrongKept = 10_000;
/** Periods of a dataset that stay in memory between two flushes: the one that runs and its stragglers'. */
const keptPeriods = 4;

/** The entries of one dataset in the book. */
class DatasetBook {
  readonly periods = new Map<number, PeriodRow>();
  readonly tallies = new Map<Month, Tally>();
  readonly wrong = new Map<string, Wrong>();
  ends: Ends | undefined;
}

/**
 * Who delivered what in which period, in one small file. It changes in memory; `flush` makes it
 * durable with the row of the spool up to which it is complete, all in one transaction: after a crash
 * nothing is counted twice and nothing is missing.
 */
export class Book {
  readonly #db;
  readonly #datasets = new Map<string, DatasetBook>();
  #newMembers: [dataset: string, member: Member][] = [];
  #durablePosition: number;
  readonly editions: Editions;
  readonly ledger: LedgerMonths;
  readonly tardy: TardyBook;
  /** When the book was begun: of what was before it says nothing. */
  readonly begunAt: number;

  /** @param begin where and when a new book begins */
  constructor(
    file: string,
    begin: { readonly position: number; readonly at: number },
    onDamage: (keptAt: string) => void,
  ) {
    this.#db = openDatabase(file, {
      migrations: bookShape,
      onDamage: ({ keptAt }) => onDamage(keptAt),
    });
    this.editions = new Editions(this.#db);
    this.ledger = new LedgerMonths(this.#db);
    this.tardy = new TardyBook(this.#db);
    this.#db.prepare("INSERT OR IGNORE INTO begun VALUES (1, ?, ?)").run(begin.position, begin.at);
    const begun = this.#db.prepare("SELECT position, at FROM begun").get();
    this.#durablePosition = Number(begun?.position);
    this.begunAt = Number(begun?.at);
  }

  get durablePosition(): number {
    return this.#durablePosition;
  }

  #of(dataset: string): DatasetBook {
    let found = this.#datasets.get(dataset);
    if (!found) {
      found = new DatasetBook();
      const row = this.#db.prepare("SELECT * FROM ends WHERE dataset = ?").get(dataset);
      if (row) {
        found.ends = { firstAt: Number(row.first_at), lastAt: Number(row.last_at), dirty: false };
      }
      this.#datasets.set(dataset, found);
    }
    return found;
  }

  members(dataset: string): Member[] {
    return this.#db
      .prepare("SELECT number, device, since, until FROM member WHERE dataset = ? ORDER BY number")
      .all(dataset) as unknown as Member[];
  }

  /** To be written at the next flush. */
  putMember(dataset: string, member: Member): void {
    this.#newMembers.push([dataset, member]);
  }

  /** The row of a period, as it stands; made when there is none. */
  period(dataset: string, start: number): PeriodRow {
    const { periods } = this.#of(dataset);
    let row = periods.get(start);
    if (!row) {
      row = this.#readPeriods(dataset, start, start + 1)[0] ?? {
        start,
        seen: new Bits(),
        late: new Bits(),
        coveredAt: null,
        dirty: false,
      };
      periods.set(start, row);
    }
    return row;
  }

  /** The periods that begin in a span and of which something has come, by their start. Call `flush` first. */
  periodsIn(dataset: string, start: number, end: number): Map<number, PeriodRow> {
    return new Map(this.#readPeriods(dataset, start, end).map((row) => [row.start, row]));
  }

  #readPeriods(dataset: string, start: number, end: number): PeriodRow[] {
    return this.#db
      .prepare("SELECT * FROM period WHERE dataset = ? AND start >= ? AND start < ? ORDER BY start")
      .all(dataset, start, end)
      .map((row) => ({
        start: Number(row.start),
        seen: new Bits(row.seen as Uint8Array),
        late: new Bits(row.late as Uint8Array),
        coveredAt: row.covered_at === null ? null : Number(row.covered_at),
        dirty: false,
      }));
  }

  /** The start of the newest period that was delivered by `at`. Call `flush` first. */
  newestCovered(dataset: string, at: number): number | undefined {
    const newest = this.#db
      .prepare(
        "SELECT start FROM period WHERE dataset = ? AND covered_at <= ? ORDER BY start DESC LIMIT 1",
      )
      .get(dataset, at);
    return newest && Number(newest.start);
  }

  /** What came of a month; changes to it are written at the next flush. */
  tally(dataset: string, month: Month): Tally {
    const { tallies } = this.#of(dataset);
    let tally = tallies.get(month);
    if (!tally) {
      const row = this.#db
        .prepare("SELECT * FROM tally WHERE dataset = ? AND month = ?")
        .get(dataset, month);
      tally = {
        readings: Number(row?.readings ?? 0),
        wrong: Number(row?.wrong ?? 0),
        late: Number(row?.late ?? 0),
        latestMs: Number(row?.latest_ms ?? 0),
        dirty: false,
      };
      tallies.set(month, tally);
    }
    return tally;
  }

  /** Keeps a wrong reading; false when it was there, so that what comes again counts once. */
  putWrong(dataset: string, tally: Tally, wrong: Wrong): boolean {
    const { wrong: kept } = this.#of(dataset);
    const key = `${wrong.device} ${wrong.quantity} ${wrong.ts}`;
    if (kept.has(key)) return false;
    if (tally.wrong >= maxWrongKept) return true;
    const known = this.#db
      .prepare("SELECT 1 FROM wrong WHERE dataset = ? AND ts = ? AND device = ? AND quantity = ?")
      .get(dataset, wrong.ts, wrong.device, wrong.quantity);
    if (known) return false;
    kept.set(key, wrong);
    return true;
  }

  /** Wrong readings of a span, in order of time. Call `flush` first. */
  wrongIn(dataset: string, start: number, end: number, limit: number): Wrong[] {
    return this.#db
      .prepare("SELECT * FROM wrong WHERE dataset = ? AND ts >= ? AND ts < ? ORDER BY ts LIMIT ?")
      .all(dataset, start, end, limit)
      .map(({ device, quantity, ts, value, flag }) => ({
        ...{ device, quantity, ts, flag },
        value: JSON.parse(String(value)),
      })) as unknown as Wrong[];
  }

  ends(dataset: string): Ends | undefined {
    return this.#of(dataset).ends;
  }

  /** Takes note that something of a dataset has come. */
  noteArrival(dataset: string, at: number): void {
    const book = this.#of(dataset);
    if (!book.ends) book.ends = { firstAt: at, lastAt: at, dirty: true };
    else if (at > book.ends.lastAt) {
      book.ends.lastAt = at;
      book.ends.dirty = true;
    }
  }

  /** Makes all of it durable, with the row up to which it is complete. */
  flush(position: number): void {
    const db = this.#db;
    const isDirty = [...this.#datasets.values()].some(
      ({ periods, tallies, wrong, ends }) =>
        ends?.dirty ||
        wrong.size > 0 ||
        [...periods.values()].some(({ dirty }) => dirty) ||
        [...tallies.values()].some(({ dirty }) => dirty),
    );
    if (position === this.#durablePosition && !isDirty && this.#newMembers.length === 0) return;
    transaction(db, () => {
      const member = db.prepare("INSERT OR REPLACE INTO member VALUES (?, ?, ?, ?, ?)");
      for (const [dataset, { number, device, since, until }] of this.#newMembers) {
        member.run(dataset, number, device, since, until);
      }
      for (const [dataset, book] of this.#datasets) this.#write(dataset, book);
      this.tardy.write();
      db.prepare("UPDATE begun SET position = ?").run(position);
    });
    this.#newMembers = [];
    this.#durablePosition = position;
    for (const book of this.#datasets.values()) clean(book);
  }

  #write(dataset: string, { periods, tallies, wrong, ends }: DatasetBook): void {
    const db = this.#db;
    const putPeriod = db.prepare("INSERT OR REPLACE INTO period VALUES (?, ?, ?, ?, ?)");
    for (const { start, seen, late, coveredAt, dirty } of periods.values()) {
      if (dirty) putPeriod.run(dataset, start, seen.bytes(), late.bytes(), coveredAt);
    }
    const putTally = db.prepare("INSERT OR REPLACE INTO tally VALUES (?, ?, ?, ?, ?, ?)");
    for (const [month, { readings, wrong, late, latestMs, dirty }] of tallies) {
      if (dirty) putTally.run(dataset, month, readings, wrong, late, latestMs);
    }
    const putWrong = db.prepare("INSERT OR IGNORE INTO wrong VALUES (?, ?, ?, ?, ?, ?)");
    for (const { ts, device, quantity, value, flag } of wrong.values()) {
      putWrong.run(dataset, ts, device, quantity, JSON.stringify(value), flag);
    }
    if (!ends?.dirty) return;
    const putEnds = db.prepare("INSERT OR REPLACE INTO ends VALUES (?, ?, ?)");
    putEnds.run(dataset, ends.firstAt, ends.lastAt);
  }

  /** Lets go of what is of no report any more: periods and wrong readings of before `ts`. */
  forget(ts: number): void {
    transaction(this.#db, () => {
      this.#db.prepare("DELETE FROM period WHERE start < ?").run(ts);
      this.#db.prepare("DELETE FROM wrong WHERE ts < ?").run(ts);
      this.tardy.forget(ts);
    });
  }

  /** Idempotent. */
  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }
}

/** What is on disk is clean, and of the periods the newest stay at hand. */
function clean({ periods, tallies, wrong, ends }: DatasetBook): void {
  wrong.clear();
  if (ends) ends.dirty = false;
  for (const tally of tallies.values()) tally.dirty = false;
  const newest = [...periods.keys()].sort((a, b) => b - a).slice(0, keptPeriods);
  for (const [start, row] of periods) {
    row.dirty = false;
    if (!newest.includes(start)) periods.delete(start);
  }
}
