import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { filesBelow } from "../architecture/sources.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const read = (file: string): string => readFileSync(join(root, file), "utf8");

/** Where the links of a page lead: a file, and the heading in it where one is named. */
function linksOf(page: string): { file: string; anchor: string | undefined }[] {
  return [...read(page).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].map(
    ([, file, anchor]) => ({
      file: file ? normalize(join(dirname(page), file)) : page,
      anchor,
    }),
  );
}

/** The anchors that GitHub gives to the headings of a page. */
const anchorsOf = (page: string): string[] =>
  [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}_\- ]/gu, "")
      .replaceAll(" ", "-"),
  );

/** Every page that the README leads to, over however many others. */
function reached(): Set<string> {
  const pages = new Set(["README.md"]);
  for (const page of pages) {
    for (const { file } of linksOf(page)) {
      if (file.endsWith(".md") && existsSync(join(root, file))) pages.add(file);
    }
  }
  return pages;
}

test("every page can be found from the README", () => {
  const pages = [...filesBelow("docs"), ...filesBelow("edge-agent"), "CHANGELOG.md"];
  const found = reached();
  expect(pages.filter((file) => file.endsWith(".md") && !found.has(file))).toEqual([]);
});

test("every heading that a link names is there", () => {
  const dead = [...reached()].flatMap((page) =>
    linksOf(page)
      .filter(
        ({ file, anchor }) => anchor && file.endsWith(".md") && !anchorsOf(file).includes(anchor),
      )
      .map(({ file, anchor }) => `${page}: ${file}#${anchor}`),
  );
  expect(dead).toEqual([]);
});
