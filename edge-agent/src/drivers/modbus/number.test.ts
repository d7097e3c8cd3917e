import { assert, bigInt, constantFrom, double, float, integer, property } from "fast-check";
import { expect, test } from "vitest";
import { type NumberType, numberOf, type WordOrder, wordOrders } from "./number.ts";

const order = constantFrom(...wordOrders);

/** As a device would lay out bytes that stand highest first. */
function registers(bytes: Buffer, wordOrder: WordOrder): number[] {
  const words = Array.from({ length: bytes.length / 2 }, (_, word) => {
    const [high = 0, low = 0] = bytes.subarray(word * 2, word * 2 + 2);
    return wordOrder === "BADC" || wordOrder === "DCBA" ? low * 256 + high : high * 256 + low;
  });
  return wordOrder === "CDAB" || wordOrder === "DCBA" ? words.reverse() : words;
}

function roundTrip(
  type: NumberType,
  wordOrder: WordOrder,
  write: (bytes: Buffer) => void,
  bytes: number,
) {
  const buffer = Buffer.alloc(bytes);
  write(buffer);
  return numberOf(registers(buffer, wordOrder), type, wordOrder);
}

test("whole numbers come back from every order", () => {
  const widths = [
    ["u16", "i16", 2],
    ["u32", "i32", 4],
  ] as const;
  for (const [unsigned, signed, bytes] of widths) {
    const top = 2 ** (bytes * 8);
    assert(
      property(order, integer({ min: 0, max: top - 1 }), (wordOrder, value) => {
        const back = roundTrip(unsigned, wordOrder, (b) => b.writeUIntBE(value, 0, bytes), bytes);
        expect(back).toBe(value);
      }),
    );
    assert(
      property(order, integer({ min: -top / 2, max: top / 2 - 1 }), (wordOrder, value) => {
        const back = roundTrip(signed, wordOrder, (b) => b.writeIntBE(value, 0, bytes), bytes);
        expect(back).toBe(value);
      }),
    );
  }
});

test("long whole numbers come back as the nearest double", () => {
  assert(
    property(order, bigInt({ min: 0n, max: 2n ** 64n - 1n }), (wordOrder, value) => {
      expect(roundTrip("u64", wordOrder, (b) => b.writeBigUInt64BE(value), 8)).toBe(Number(value));
    }),
  );
  assert(
    property(order, bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (wordOrder, value) => {
      expect(roundTrip("i64", wordOrder, (b) => b.writeBigInt64BE(value), 8)).toBe(Number(value));
    }),
  );
});

test("floating numbers come back, single ones as the shortest decimal that is them", () => {
  assert(
    property(order, double(), (wordOrder, value) => {
      expect(roundTrip("f64", wordOrder, (b) => b.writeDoubleBE(value), 8)).toBe(value);
    }),
  );
  assert(
    property(order, float({ noNaN: true }), (wordOrder, value) => {
      const back = roundTrip("f32", wordOrder, (b) => b.writeFloatBE(value), 4);
      // A zero without its sign is the same reading.
      expect(Math.fround(back) + 0).toBe(value + 0);
      expect(String(back).length).toBeLessThanOrEqual(String(value).length);
    }),
  );
  expect(numberOf([0x4016, 0x147b], "f32", "ABCD")).toBe(2.345);
});

test("too few registers are no number", () => {
  expect(() => numberOf([1], "u32", "ABCD")).toThrow("1 registers are too few for u32: it takes 2");
});
