import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { noSharedData } from "../support/shared-data.ts";
import { page, pageWith } from "./anomaly.ts";

test.skipIf(noSharedData())("the table of the anomaly rule is what is computed", () => {
  const text = readFileSync(page, "utf8");
  expect(text).toBe(pageWith(text));
});
