/** Code to symbol: at each 16 bits that may come, the length of the code and its symbol. */
export type Huffman = Uint16Array;

/**
 * Makes the table of a code.
 * @param counts codes of length 1 to 16
 * @throws Error when the lengths are not those of a code.
 */
export function huffman(counts: Uint8Array, symbols: Uint8Array): Huffman {
  const table = new Uint16Array(0x10000);
  let code = 0;
  let index = 0;
  for (let length = 1; length <= 16; length++) {
    for (let n = 0; n < (counts[length - 1] ?? 0); n++) {
      const from = code << (16 - length);
      const to = (code + 1) << (16 - length);
      const symbol = symbols[index++];
      if (to > 0x10000 || symbol === undefined) throw new Error("the JPEG has an impossible code");
      table.fill((length << 8) | symbol, from, to);
      code += 1;
    }
    code <<= 1;
  }
  return table;
}

/** Reads the bits of a scan; every method throws an Error when they end early or fit no code. */
export class Bits {
  readonly #data: Uint8Array;
  #at = 0;
  #held = 0;
  #count = 0;
  /** Zeros that stand for what is beyond the end: looking ahead is allowed, using them is not. */
  #borrowed = 0;

  constructor(data: Uint8Array) {
    this.#data = data;
  }

  symbol(table: Huffman): number {
    this.#fill();
    const entry = table[(this.#held >>> (this.#count - 16)) & 0xffff] as number;
    if (entry === 0) throw new Error("the JPEG is damaged: no such code");
    this.#drop(entry >> 8);
    return entry & 0xff;
  }

  /** A number of so many bits, in the form of T.81, F.2.2.1. */
  signed(length: number): number {
    if (length === 0) return 0;
    if (length > 15) throw new Error("the JPEG is damaged: a difference is too large");
    this.#fill();
    const value = (this.#held >>> (this.#count - length)) & ((1 << length) - 1);
    this.#drop(length);
    return value < 1 << (length - 1) ? value - (1 << length) + 1 : value;
  }

  /** Passes over what a block holds beside its mean. */
  skipCoefficients(table: Huffman): void {
    for (let k = 1; k < 64; k++) {
      const entry = this.symbol(table);
      const length = entry & 15;
      const zeros = entry >> 4;
      if (length === 0 && zeros !== 15) return;
      k += zeros;
      if (length === 0) continue;
      this.#fill();
      this.#drop(length);
    }
  }

  /** Goes on behind the next restart marker. */
  restart(): void {
    this.#held = 0;
    this.#count = 0;
    this.#borrowed = 0;
    const data = this.#data;
    while (this.#at + 1 < data.length) {
      const marker = data[this.#at + 1] as number;
      if (data[this.#at] === 0xff && marker >= 0xd0 && marker <= 0xd7) {
        this.#at += 2;
        return;
      }
      this.#at += 1;
    }
    throw new Error("the JPEG ends early");
  }

  #fill(): void {
    while (this.#count <= 16) {
      const byte = this.#data[this.#at];
      const next = this.#data[this.#at + 1];
      const ends = byte === undefined || (byte === 0xff && next !== 0);
      if (ends) this.#borrowed += 8;
      else this.#at += byte === 0xff ? 2 : 1;
      this.#held = ((this.#held << 8) | (ends ? 0 : byte)) & 0xffffff;
      this.#count += 8;
    }
  }

  #drop(length: number): void {
    this.#count -= length;
    if (this.#count < this.#borrowed) throw new Error("the JPEG ends early");
  }
}
