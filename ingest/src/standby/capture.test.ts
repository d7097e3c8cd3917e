import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const packages = ["ingest/src", "schemas/src/node"];
const root = fileURLToPath(new URL("../../../", import.meta.url));

test("every table of the product has a primary key: SQLite tells no changes of one that has none", () => {
  const tables = packages.flatMap((folder) =>
    globSync(`${root}${folder}/**/*.ts`, { exclude: (name) => name.endsWith(".test.ts") }).flatMap(
      (file) => [...readFileSync(file, "utf8").matchAll(/CREATE TABLE (\w+) \([^;`]*/g)],
    ),
  );
  expect(tables.length).toBeGreaterThan(30);
  const without = tables.filter(([text]) => !text.includes("PRIMARY KEY")).map(([, name]) => name);
  expect(without).toEqual([]);
});
