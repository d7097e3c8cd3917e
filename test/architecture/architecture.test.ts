import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { clockOrChance, computes, driverRule, longFiles, pure, type Rule, rules } from "./rules.ts";
import { filesBelow, importsOf, isTest, readSources, root, type Source } from "./sources.ts";

const sources = readSources();
const product = sources.filter(({ file }) => !isTest(file));
const bySource = new Map(sources.map((source) => [source.file, source]));
const driverFolder = "edge-agent/src/drivers";
const drivers = [
  ...new Set(filesBelow(driverFolder).map((file) => file.slice(driverFolder.length + 1))),
].flatMap((path) => path.match(/^[^/]+(?=\/)/)?.[0] ?? []);
const kinds = [...new Set(drivers)];

/** Imports that the rule does not allow, as `file: specifier`. */
function offences({ packages, own, types }: Rule, of: readonly Source[]): string[] {
  return of.flatMap(({ file, imports }) =>
    imports
      .filter(({ specifier, file: target, typeOnly }) => {
        if (target === undefined) return packages !== undefined && !packages.test(specifier);
        return !own.test(target) && !(typeOnly && types?.test(target));
      })
      .map(({ specifier }) => `${file}: ${specifier}`),
  );
}

describe("imports are read", () => {
  test("in every way in which they are written", () => {
    const text = [
      'import { a } from "./a.ts";',
      'import type { B } from "../b.ts";',
      "import {",
      "  type C,",
      "  c,",
      '} from "c";',
      'import "d";',
      'export * from "./e.ts";',
      // Split, or it would be read as one of this file's own.
      `const f = () => ${"import"}("./f.ts");`,
      'const notOne = "import nothing";',
    ].join("\n");
    expect(importsOf("x/y.ts", text)).toEqual([
      { specifier: "./a.ts", file: "x/a.ts", typeOnly: false },
      { specifier: "../b.ts", file: "b.ts", typeOnly: true },
      { specifier: "c", file: undefined, typeOnly: false },
      { specifier: "./e.ts", file: "x/e.ts", typeOnly: false },
      { specifier: "d", file: undefined, typeOnly: false },
      { specifier: "./f.ts", file: "x/f.ts", typeOnly: false },
    ]);
  });

  test("and every one of a file of ours leads to a file", () => {
    const dead = sources.flatMap(({ file, imports }) =>
      imports
        .filter(({ file: target }) => target !== undefined && !existsSync(join(root, target)))
        .map(({ specifier }) => `${file}: ${specifier}`),
    );
    expect(dead).toEqual([]);
  });
});

describe("who may import whom", () => {
  test.each([...rules, ...kinds.map(driverRule)])("$place", (rule) => {
    const concerned = product.filter(({ file }) => rule.files.test(file));
    expect(concerned.length).toBeGreaterThan(0);
    expect(offences(rule, concerned)).toEqual([]);
  });

  test("a broken rule is seen", () => {
    const [schemas] = rules as [Rule, ...Rule[]];
    const wrong = importsOf("schemas/src/x.ts", 'import { readFileSync } from "node:fs";');
    expect(offences(schemas, [{ file: "schemas/src/x.ts", text: "", imports: wrong }])).toEqual([
      "schemas/src/x.ts: node:fs",
    ]);
  });

  test("tests beside the code use its own package, schemas and test/support", () => {
    const beside = sources.filter(
      ({ file }) => isTest(file) && /^(schemas|broker|ingest|edge-agent)\//.test(file),
    );
    const strays = beside.flatMap(({ file, imports }) => {
      const own = file.slice(0, file.indexOf("/"));
      return imports
        .filter(({ specifier, file: target }) =>
          target === undefined
            ? /^@kenh\/(?!schemas)/.test(specifier)
            : !target.startsWith(`${own}/`) && !target.startsWith("test/support/"),
        )
        .map(({ specifier }) => `${file}: ${specifier}`);
    });
    expect(strays).toEqual([]);
  });

  test("no product code imports a test", () => {
    const strays = product.flatMap(({ file, imports }) =>
      imports
        .filter(({ file: target }) => target !== undefined && isTest(target))
        .map(({ specifier }) => `${file}: ${specifier}`),
    );
    expect(strays).toEqual([]);
  });
});

describe("the pure core", () => {
  /** What runs when `file` is imported: packages and modules of Node that do more than compute. */
  function reaches(file: string, seen = new Set<string>()): string[] {
    if (seen.has(file)) return [];
    seen.add(file);
    return (bySource.get(file)?.imports ?? []).flatMap(({ specifier, file: target, typeOnly }) => {
      if (typeOnly) return [];
      if (target !== undefined) return reaches(target, seen);
      return computes.test(specifier) ? [] : [`${file}: ${specifier}`];
    });
  }

  test.each(pure)("%s", (file) => {
    expect(bySource.has(file)).toBe(true);
    expect(reaches(file)).toEqual([]);
    expect(bySource.get(file)?.text).not.toMatch(clockOrChance);
  });

  test("does not hold for what does reach out", () => {
    expect(reaches("ingest/src/spool.ts")).toContain("ingest/src/spool.ts: node:fs");
  });
});

describe("conventions", () => {
  test.each(kinds)("driver %s is a dossier: text, configuration, test, golden cases", (kind) => {
    const files = filesBelow(`${driverFolder}/${kind}`).map((file) =>
      file.slice(driverFolder.length + kind.length + 2),
    );
    expect(files).toEqual(
      expect.arrayContaining(["README.md", "config.ts", `${kind}.ts`, `${kind}.test.ts`]),
    );
    expect(files.some((file) => file.startsWith("golden/"))).toBe(true);
  });

  test("past 300 lines a file needs a reason, and no reason outlives its file", () => {
    const long = product.filter(({ text }) => text.split("\n").length > 301);
    expect(long.map(({ file }) => file).sort()).toEqual(Object.keys(longFiles).sort());
  });

  test("a test stands beside its file, or below test/ when it crosses packages", () => {
    const lost = sources
      .filter(({ file }) => /^(schemas|broker|ingest|edge-agent)\/.*\.test\.ts$/.test(file))
      .filter(({ file }) => {
        const beside = file.replace(".test.ts", ".ts");
        return !existsSync(join(root, beside)) && !(basename(file) in withoutFile);
      })
      .map(({ file }) => file);
    expect(lost).toEqual([]);
  });

  test("no inner barrels: only the face of a package re-exports all", () => {
    const barrels = product
      .filter(({ text }) => /^export \* from/m.test(text))
      .map(({ file }) => file)
      .filter((file) => !/^[a-z-]+\/src\/(node\/)?index\.ts$/.test(file));
    expect(barrels).toEqual([]);
  });

  test("named exports alone, where no tool demands a default", () => {
    const defaults = product
      .filter(({ text }) => /^export default/m.test(text))
      .map(({ file }) => file)
      .filter((file) => !/(webpack|vite|vitest)\.config\.ts$/.test(file));
    expect(defaults).toEqual([]);
  });
});

/** Tests of something other than one file, by name, with what they test. */
const withoutFile: Readonly<Record<string, string>> = {
  "aedes-faults.test.ts": "the faults of the library below the broker, each with its way round",
  "scope.test.ts": "every route of the API, asked with the token of another unit",
};
