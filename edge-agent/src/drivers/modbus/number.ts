/** Kinds of number in registers. */
export const numberTypes = ["u16", "i16", "u32", "i32", "u64", "i64", "f32", "f64"] as const;
export type NumberType = (typeof numberTypes)[number];

/**
 * Order of the bytes on the wire where A is the highest: ABCD as the standard has it, CDAB with the
 * words the other way round, BADC with the bytes of each word, DCBA with both. Longer numbers alike.
 */
export const wordOrders = ["ABCD", "CDAB", "BADC", "DCBA"] as const;
export type WordOrder = (typeof wordOrders)[number];

const words = { bit: 1, u16: 1, i16: 1, u32: 2, i32: 2, f32: 2, u64: 4, i64: 4, f64: 4 } as const;

/** How many registers it takes. */
export function wordsOf(type: NumberType | "bit"): number {
  return words[type];
}

/**
 * The number in registers, as many as its type takes. Beyond 2^53 it is the nearest double.
 * @throws RangeError when there are not enough registers.
 */
export function numberOf(registers: readonly number[], type: NumberType, order: WordOrder): number {
  const length = words[type];
  const ordered = registers.slice(0, length);
  if (ordered.length < length) {
    throw new RangeError(
      `${registers.length} registers are too few for ${type}: it takes ${length}`,
    );
  }
  if (order === "CDAB" || order === "DCBA") ordered.reverse();
  const view = new DataView(new ArrayBuffer(length * 2));
  const swapped = order === "BADC" || order === "DCBA";
  for (const [index, word] of ordered.entries()) view.setUint16(index * 2, word, swapped);
  switch (type) {
    case "u16":
      return view.getUint16(0);
    case "i16":
      return view.getInt16(0);
    case "u32":
      return view.getUint32(0);
    case "i32":
      return view.getInt32(0);
    case "u64":
      return Number(view.getBigUint64(0));
    case "i64":
      return Number(view.getBigInt64(0));
    case "f32":
      return shortest(view.getFloat32(0));
    case "f64":
      return view.getFloat64(0);
  }
}

/** The shortest decimal that is this single-precision number: 2.345, not 2.3450000286102295. */
function shortest(single: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const rounded = Number(single.toPrecision(digits));
    if (Math.fround(rounded) === single) return rounded;
  }
  return single;
}
