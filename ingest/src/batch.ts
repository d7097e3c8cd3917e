import type { Load } from "./deliver.ts";
import type { LoadedRow } from "./load.ts";

export interface BatchLimits {
  /** A load is not made larger than this by adding rows: some 16,000 points, where the store's cost a point levels off. */
  readonly maxReadings: number;
  /** A load of this many is sent at once and beside others; smaller ones wait and grow. */
  readonly worthSending: number;
  /** Smaller loads begin no closer to each other: a request and a record of it cost more than they carry. */
  readonly smallApartMs: number;
  /** Readings that stay in memory between disk and store; what is beyond is read from disk again. */
  readonly maxResident: number;
}

export const batchDefaults: BatchLimits = {
  maxReadings: 60_000,
  worthSending: 20_000,
  smallApartMs: 50,
  maxResident: 400_000,
};

/** A row that waits: in memory, or by its number alone. */
export interface WaitingRow {
  readonly id: number;
  readonly loaded: LoadedRow | undefined;
  readonly readings: number;
}

/** The rows that wait for the store, in order. */
export class Backlog {
  readonly #rows: WaitingRow[] = [];
  readonly #limits: BatchLimits;
  #resident = 0;
  #onDisk = 0;

  constructor(limits: BatchLimits) {
    this.#limits = limits;
  }

  get length(): number {
    return this.#rows.length;
  }

  /** Adds a row that is on disk; it stays in memory while there is room. */
  push(id: number, loaded?: LoadedRow): void {
    const readings = loaded ? readingsOf(loaded) : 0;
    const stays = loaded !== undefined && this.#resident + readings <= this.#limits.maxResident;
    if (stays) this.#resident += readings;
    else this.#onDisk++;
    this.#rows.push({ id, loaded: stays ? loaded : undefined, readings: stays ? readings : 0 });
  }

  /** Whether the next load is a large one; what is read from disk again is taken for large. */
  get isLarge(): boolean {
    return this.#onDisk > 0 || this.#resident >= this.#limits.worthSending;
  }

  /** Takes the next load: at least a row, more while they fit. `load` reads one that is not in memory. */
  take(load: (id: number) => LoadedRow): Load | undefined {
    const taken: LoadedRow[] = [];
    const ids: number[] = [];
    let total = 0;
    while (this.#rows.length > 0) {
      const next = this.#rows[0] as WaitingRow;
      if (taken.length > 0 && total + next.readings > this.#limits.maxReadings) break;
      this.#rows.shift();
      this.#resident -= next.readings;
      if (!next.loaded) this.#onDisk--;
      const loaded = next.loaded ?? load(next.id);
      taken.push(loaded);
      ids.push(next.id);
      total += readingsOf(loaded);
      if (total >= this.#limits.maxReadings) break;
    }
    return taken.length === 0 ? undefined : join(taken, ids);
  }
}

function join(rows: readonly LoadedRow[], ids: readonly number[]): Load {
  const [only] = rows;
  const upTo = ids.at(-1) as number;
  const parts = rows.map(({ messages }, at) => ({ id: ids[at] as number, count: messages.length }));
  if (rows.length === 1 && only) return { ...only, upTo, rows: parts };
  return {
    upTo,
    rows: parts,
    receipts: rows.flatMap(({ receipts }) => receipts),
    messages: rows.flatMap(({ messages }) => messages),
    unreadable: new Map(rows.flatMap(({ unreadable }) => [...unreadable])),
  };
}

function readingsOf({ receipts }: LoadedRow): number {
  return receipts.reduce((sum, { good }) => sum + good, 0);
}
