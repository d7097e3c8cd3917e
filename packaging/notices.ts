import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readJson, root } from "./product.ts";

/** Something in the package that others wrote. */
interface Work {
  /** Name and version. */
  readonly name: string;
  /** Identifier of its licence. */
  readonly licence: string;
  /** The text that has to come along. */
  readonly text: string;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly author?: string | { readonly name?: string };
}

/**
 * The file `copyright`: Kênh's own terms, Node's, and those of each library in the bundle, each text
 * once with all the libraries that have it.
 * @param modules of the bundle, from the root of the repository
 */
export function copyright(modules: readonly string[], nodeLicence: string): string {
  const folders = new Set(modules.flatMap((file) => folderPattern.exec(file)?.[0] ?? []));
  const byText = new Map<string, string[]>();
  for (const { name, licence, text } of [...folders].sort().map(workOf)) {
    const names = byText.get(text) ?? [];
    byText.set(text, names);
    names.push(`${name} (${licence})`);
  }
  const libraries = [...byText].map(([text, names]) =>
    section([...new Set(names)].join(", "), text),
  );
  return `${[ours, section("Node.js", nodeLicence), ...libraries].join("\n\n")}\n`;
}

/** The innermost package that a module belongs to. */
const folderPattern = /^.*node_modules\/(@[^/]+\/)?[^/]+(?=\/)/;

const ours = `Kênh edge agent, https://www.apache.org/licenses/LICENSE-2.0

Licensed under the Apache License, Version 2.0. On Debian systems its text is in
/usr/share/common-licenses/Apache-2.0.

The package contains Node.js and the libraries below, each under its own terms.`;

function section(title: string, text: string): string {
  return `${"=".repeat(78)}\n${title}\n${"=".repeat(78)}\n\n${text.trim()}`;
}

function workOf(folder: string): Work {
  const manifest = readJson<Manifest>(join(folder, "package.json"));
  const files = readdirSync(join(root, folder)).filter((file) =>
    /^(licen[cs]e|copying|notice)/i.test(file),
  );
  const texts = files.sort().map((file) => readFileSync(join(root, folder, file), "utf8").trim());
  return {
    name: `${manifest.name} ${manifest.version}`,
    licence: manifest.license ?? "terms as stated in its source",
    text: texts.join("\n\n") || `No text comes with it. Its author: ${authorOf(manifest)}.`,
  };
}

function authorOf({ name, author }: Manifest): string {
  return (typeof author === "string" ? author : author?.name) ?? `the authors of ${name}`;
}
