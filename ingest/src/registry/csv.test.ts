import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readCsv, writeCsv } from "./csv.ts";

const csvOf = (text: string) => [...readCsv(text)].map(({ cells }) => cells);

describe("CSV", () => {
  test("any cells come back as they were", () => {
    const cell = fc.string({ unit: "binary", maxLength: 12 });
    const row = fc.array(cell, { minLength: 2, maxLength: 5 });
    fc.assert(
      fc.property(row, (cells) => {
        const head = cells.map((_, at) => `c${at}`);
        const [, read] = csvOf([head, cells].map(writeCsv).join("\n"));
        expect(read).toEqual(cells);
      }),
      { numRuns: 50 },
    );
  });

  test.each([
    [
      "a;b\r\n1,5;x\r\n",
      [
        ["a", "b"],
        ["1,5", "x"],
      ],
    ],
    [
      "\uFEFFa\tb\n1\t2",
      [
        ["a", "b"],
        ["1", "2"],
      ],
    ],
    [
      'a,b\n"x, ""y""\nz",2\n\n3,4',
      [
        ["a", "b"],
        ['x, "y"\nz', "2"],
        ["3", "4"],
      ],
    ],
  ])("%j is read by what its first row separates with", (text, cells) => {
    expect(csvOf(text)).toEqual(cells);
  });

  test("lines are counted through quoted line ends and empty rows", () => {
    const lines = [...readCsv('a,b\n"x\ny",1\n\n"z",2\n3,4')].map(({ line }) => line);
    expect(lines).toEqual([1, 2, 5, 6]);
  });

  test("a quotation mark that is never closed spoils its own row alone", () => {
    const rows = [...readCsv('a,b\n"x,1\n2,3')];
    expect(rows[1]?.fault).toContain("never closed");
    expect(rows[2]?.cells).toEqual(["2", "3"]);
  });
});
