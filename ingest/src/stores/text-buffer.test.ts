import fc from "fast-check";
import { expect, test } from "vitest";
import { TextBuffer } from "./text-buffer.ts";

const written = (add: (text: TextBuffer) => void): string => {
  const text = new TextBuffer();
  add(text);
  return text.toString();
};
const number = (value: number): string => written((text) => text.addNumber(value));

test.each([0, 1, -1, 0.1, 0.12, 0.123, 0.1234, 0.001, 0.01, -0.5, 9.999, 10, 99.9, 100, 1000.05])(
  "the number %d is written as String writes it",
  (value) => {
    expect(number(value)).toBe(String(value));
  },
);

test("any number is written as String writes it", () => {
  const decimal = fc
    .tuple(fc.integer({ min: -4_000_000, max: 4_000_000 }), fc.constantFrom(1, 10, 100, 1000, 1e4))
    .map(([units, parts]) => units / parts);
  const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
  fc.assert(
    fc.property(fc.oneof(decimal, finite, fc.integer()), (value) => {
      expect(number(value)).toBe(String(value));
    }),
    { numRuns: 5_000 },
  );
  for (const value of [2e6, 2_000_000.001, 2_147_483.647, 2_147_483.648, 5e-324, 1e21, -1e-7]) {
    expect(number(value)).toBe(String(value));
  }
});

test("any whole number is written as String writes it", () => {
  const bounds = [0, 9, 10, 999_999_999, 1e9, 1e9 + 1, 1e16, Number.MAX_SAFE_INTEGER, -1, 1e13];
  for (const value of bounds) {
    expect(written((text) => text.addInteger(value))).toBe(String(value));
  }
  fc.assert(
    fc.property(fc.maxSafeInteger(), (value) => {
      expect(written((text) => text.addInteger(value))).toBe(String(value));
    }),
    { numRuns: 2_000 },
  );
});

test("any text comes out as it went in, whatever its length, in pieces", () => {
  const piece = fc.string({ unit: "grapheme", maxLength: 60 });
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const text = new TextBuffer();
      pieces.forEach((one, i) => {
        if (i % 2 === 0) text.addText(one);
        else text.addBytes(Buffer.from(one));
      });
      expect(text.toString()).toBe(pieces.join(""));
    }),
  );
});

test("it grows, and begins anew", () => {
  const text = new TextBuffer();
  const long = "mực nước ".repeat(1_000_000);
  text.addText(long);
  text.addCode(10);
  expect(text.toString()).toBe(`${long}\n`);
  text.clear();
  expect(text.toString()).toBe("");
  text.addText("a");
  expect(text.toString()).toBe("a");
});
