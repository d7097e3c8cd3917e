/** A set of whole numbers kept as closed ranges in ascending order: what has come of a sequence. */
export class Ranges {
  readonly #ranges: [first: number, last: number][];

  constructor(ranges: readonly (readonly [number, number])[] = []) {
    this.#ranges = ranges.map(([first, last]) => [first, last]);
  }

  /** Adds a number; false when it was there. Adding at the end takes constant time. */
  add(n: number): boolean {
    const ranges = this.#ranges;
    const end = ranges.at(-1);
    if (!end || n > end[1] + 1) {
      ranges.push([n, n]);
      return true;
    }
    if (n === end[1] + 1) {
      end[1] = n;
      return true;
    }
    const at = this.#find(n);
    const here = ranges[at];
    if (here && here[0] <= n) return false;
    const before = ranges[at - 1];
    const joinsBefore = before !== undefined && before[1] === n - 1;
    const joinsHere = here !== undefined && here[0] === n + 1;
    if (joinsBefore && joinsHere) {
      before[1] = here[1];
      ranges.splice(at, 1);
    } else if (joinsBefore) before[1] = n;
    else if (joinsHere) here[0] = n;
    else ranges.splice(at, 0, [n, n]);
    return true;
  }

  has(n: number): boolean {
    const here = this.#ranges[this.#find(n)];
    return here !== undefined && here[0] <= n;
  }

  /** The greatest number; null where there is none. */
  get last(): number | null {
    return this.#ranges.at(-1)?.[1] ?? null;
  }

  /** The ranges that are not in the set, from `first` up to its greatest number. */
  missing(first: number): [number, number][] {
    const gaps: [number, number][] = [];
    let next = first;
    for (const [from, to] of this.#ranges) {
      if (from > next) gaps.push([next, from - 1]);
      next = Math.max(next, to + 1);
    }
    return gaps;
  }

  toJSON(): readonly (readonly [number, number])[] {
    return this.#ranges;
  }

  /** Index of the first range that ends at or after `n`. */
  #find(n: number): number {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ranges[middle] as [number, number])[1] < n) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
