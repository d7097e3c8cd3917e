import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { rulePages } from "./rules-page.ts";

describe("the pages about the shipped rules", () => {
  test.each([...rulePages()])(
    "%s is written from the rules: node test/docs/rules-page.ts",
    (file, text) => {
      expect(readFileSync(file, "utf8")).toBe(text);
    },
  );
});
