import { expect, test } from "vitest";
import { parseCsv } from "./csv.ts";

test.each([
  ["a,b\n1,2\n", ["a", "b"], [["1", "2"]], ","],
  ["\uFEFFa;b\r\n1,5;2\r\n", ["a", "b"], [["1,5", "2"]], ";"],
  ['a,b\n"x, ""y""\nz",2', ["a", "b"], [['x, "y"\nz', "2"]], ","],
  ["a,b\n\n1,\n", ["a", "b"], [["1", ""]], ","],
  ["a\n1\n2", ["a"], [["1"], ["2"]], ","],
  ["", [], [], ","],
])("%j", (text, head, rows, separator) => {
  expect(parseCsv(text)).toEqual({ head, rows, separator });
});

test("a quote that is not closed is named by its line", () => {
  expect(() => parseCsv('a\nb\n"c')).toThrow("line 3: a quote is opened and not closed");
});
