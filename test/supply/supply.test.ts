import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { licenceList, listFile, readDevelopment, readShipped } from "./licences.ts";
import { billOfMaterials } from "./sbom.ts";

/** Terms that ask for no more than their own text to be kept. */
const allowed = [
  "MIT",
  "MIT-0",
  "ISC",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "0BSD",
  "Unlicense",
  // The font of printed reports, under the SIL Open Font License, and its package.
  "MIT AND OFL-1.1",
];

const shipped = readShipped();

describe("what a station installs", () => {
  test("stands in the lock file", () => {
    const names = shipped.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["aedes", "mqtt", "hono", "zod"]));
    expect(names).not.toContain("react");
    expect(names).not.toContain("vitest");
  });

  test("is under terms that allow it", () => {
    expect(shipped.filter(({ licence }) => !allowed.includes(licence))).toEqual([]);
  });

  test("is deprecated in no part", () => {
    expect(shipped.filter(({ deprecated }) => deprecated !== undefined)).toEqual([]);
  });

  test("is listed in docs/licences.md (npm run licences writes it)", () => {
    expect(readFileSync(listFile, "utf8")).toBe(licenceList());
  });

  test("has a bill of materials: every package with its version and hash", () => {
    const { components, dependencies } = billOfMaterials();
    const refs = components.map((component) => component["bom-ref"]);
    for (const { name, version } of shipped) expect(refs).toContain(`${name}@${version}`);
    for (const { name, version } of readDevelopment())
      expect(refs).not.toContain(`${name}@${version}`);
    const others = components.filter((component) => !("hashes" in component));
    expect(others.every((component) => component["bom-ref"].startsWith("@kenh/"))).toBe(true);
    for (const { dependsOn } of dependencies) {
      for (const ref of dependsOn) expect(refs).toContain(ref);
    }
  });
});
