/** How many bits each byte has. */
const bitsOf = Uint8Array.from(
  { length: 256 },
  (_, byte) => byte.toString(2).replaceAll("0", "").length,
);

/** A set of small whole numbers, a bit each: which devices of a dataset have delivered. */
export class Bits {
  #words: Uint8Array;

  /** @param bytes taken over, not copied */
  constructor(bytes: Uint8Array = new Uint8Array(0)) {
    this.#words = bytes;
  }

  has(at: number): boolean {
    return ((this.#words[at >> 3] ?? 0) & (1 << (at & 7))) !== 0;
  }

  /** False when it was there already. */
  add(at: number): boolean {
    const index = at >> 3;
    if (index >= this.#words.length) {
      const wider = new Uint8Array(Math.max(index + 1, this.#words.length * 2));
      wider.set(this.#words);
      this.#words = wider;
    }
    const before = this.#words[index] as number;
    const after = before | (1 << (at & 7));
    this.#words[index] = after;
    return after !== before;
  }

  /** How many are in this set, in `within` and not in `without`. */
  count(within: Bits, without?: Bits): number {
    let count = 0;
    for (let index = 0; index < this.#words.length; index++) {
      const kept = without ? ~(without.#words[index] ?? 0) : 0xff;
      const byte = (this.#words[index] as number) & (within.#words[index] ?? 0) & kept;
      count += bitsOf[byte] as number;
    }
    return count;
  }

  /** As it is kept on disk. */
  bytes(): Uint8Array {
    return this.#words;
  }
}
