import type { Clock } from "@kenh/schemas";
import type { Followed, Follower } from "../follow.ts";
import type { Book } from "./book.ts";
import type { Outgoing } from "./messages.ts";

/** A message that was given out, and of which row it is. */
export interface Given extends Outgoing {
  readonly row: Row;
}

interface Row {
  readonly id: number;
  /** As it was fed; undefined once its messages are made. */
  fed: Followed | undefined;
  messages: readonly Outgoing[];
  given: number;
  got: number;
  stored: boolean;
}

/** Readings of rows that stay in memory for a line that is slower than what comes. */
const mostResident = 200_000;
/** Rows of the backlog that are read at once; one may be some megabytes. */
const readAtOnce = 8;

/**
 * What comes for the province: live, as long as the line takes it, and behind that what has waited. A
 * row is on disk here, or with the province, before the spool lets go of it.
 */
export class Stream implements Follower {
  readonly #book: Book;
  readonly #make: (row: Followed) => readonly Outgoing[];
  readonly #now: Clock;
  /** Told that there is something new to give out. */
  onNews: () => void = () => {};
  #fed: number;
  #online = false;
  /** Not yet given out. */
  #fresh: Row[] = [];
  /** Readings of these. */
  #resident = 0;
  /** Given out in part or whole, and not with the province yet. */
  readonly #under = new Set<Row>();
  /** Of what is on disk, the rows that the province has by now. */
  #got = new Set<number>();
  #backlog: Row[] = [];
  /** Read of the backlog up to here. */
  #read = 0;
  /** What is on disk up to here is backlog; beyond, it is in memory too. */
  #liveAfter: number;
  /** All of that is given out. */
  #isReadOut = false;

  constructor(book: Book, make: (row: Followed) => readonly Outgoing[], now: Clock) {
    this.#book = book;
    this.#make = make;
    this.#now = now;
    this.#fed = this.#liveAfter = book.position;
  }

  row(id: number, fed: Followed): void {
    if (id <= this.#fed) return;
    this.#fed = id;
    this.#fresh.push({ id, fed, messages: [], given: 0, got: 0, stored: false });
    for (const { good } of fed.receipts) this.#resident += good;
    this.onNews();
    if (this.#resident <= mostResident) return;
    try {
      this.checkpoint();
      this.#setDown();
    } catch {
      // A disk that refuses keeps nobody from being accepted: the next checkpoint says so.
    }
  }

  feed(): void {}

  get durablePosition(): number {
    return this.#book.position;
  }

  checkpoint(): boolean {
    const rows = [...this.#under, ...this.#fresh].filter(({ stored }) => !stored);
    const got = this.#got;
    if (rows.length === 0 && got.size === 0 && this.#fed === this.#book.position) return false;
    const waiting = rows.filter((row) => this.#messagesOf(row).length > 0);
    this.#book.put(waiting, got, this.#fed, this.#now());
    for (const row of rows) row.stored = true;
    this.#got = new Set();
    if (!this.#online) this.#setDown();
    return false;
  }

  /** Lets go of what is on disk and not given out: it is backlog from now on. */
  #setDown(): void {
    // A row that was begun goes on as it is.
    this.#fresh = this.#online ? this.#fresh.filter(({ given }) => given > 0) : [];
    this.#resident = 0;
    this.#liveAfter = this.#fed;
    this.#isReadOut = false;
  }

  /** The line is there: what comes from now on is live, what was under way is given out again. */
  begin(): void {
    this.#fresh.unshift(...[...this.#under].filter(({ stored }) => !stored));
    this.#under.clear();
    this.#backlog = [];
    this.#read = 0;
    this.checkpoint();
    this.#setDown();
    this.#online = true;
  }

  end(): void {
    this.#online = false;
  }

  /** The next of what is live; undefined when there is none. */
  live(): Given | undefined {
    for (let row = this.#fresh[0]; row; row = this.#fresh[0]) {
      const given = this.#give(row);
      if (given) return given;
      this.#fresh.shift();
      for (const { good } of row.fed?.receipts ?? []) this.#resident -= good;
      row.fed = undefined;
      this.#settle(row);
    }
    return undefined;
  }

  /** Whether `backlog` may have something to give. */
  get hasBacklog(): boolean {
    return !this.#isReadOut;
  }

  /** The next of what has waited; undefined when there is none. */
  backlog(): Given | undefined {
    for (;;) {
      for (let row = this.#backlog[0]; row; row = this.#backlog[0]) {
        const given = this.#give(row);
        if (given) return given;
        this.#backlog.shift();
        this.#settle(row);
      }
      const rows = this.#book.between(this.#read, this.#liveAfter, readAtOnce);
      const last = rows.at(-1);
      if (!last) {
        this.#isReadOut = true;
        return undefined;
      }
      this.#read = last.id;
      const known = new Set([...this.#under].map(({ id }) => id)).union(this.#got);
      this.#backlog = rows
        .filter(({ id }) => !known.has(id))
        .map((row) => ({ ...row, fed: undefined, given: 0, got: 0, stored: true }));
    }
  }

  /** The province has it. */
  took({ row }: Given): void {
    row.got += 1;
    this.#settle(row);
  }

  #messagesOf(row: Row): readonly Outgoing[] {
    if (row.fed && row.messages.length === 0) row.messages = this.#make(row.fed);
    return row.messages;
  }

  #give(row: Row): Given | undefined {
    const message = this.#messagesOf(row)[row.given];
    if (!message) return undefined;
    this.#under.add(row);
    row.given += 1;
    return { ...message, row };
  }

  #settle(row: Row): void {
    if (row.got < row.messages.length) return;
    this.#under.delete(row);
    if (row.stored) this.#got.add(row.id);
  }
}
