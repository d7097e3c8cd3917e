import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A package of the lock file. */
export interface Locked {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly deprecated: string | undefined;
  /** Needed by those who build and test alone. */
  readonly dev: boolean;
}

interface Entry {
  readonly version?: string;
  readonly license?: string;
  readonly deprecated?: string;
  readonly dev?: boolean;
  readonly link?: boolean;
}

/** Terms that a package states elsewhere than in its package.json, and where. */
const stated: Readonly<Record<string, string>> = {
  precond: "MIT", // head of its index.js, and its README
  "png-js": "MIT", // its LICENSE file
};

const path = (file: string): string => fileURLToPath(new URL(`../../${file}`, import.meta.url));

/** Where the list is kept for people. */
export const listFile = path("docs/licences.md");

/** Everything of the lock file that `npm ci --omit=dev` installs, our own packages left out. */
export const readShipped = (): Locked[] => readLock().filter(({ dev }) => !dev);

/** What only those who build and test install, of names and versions that do not ship as well. */
export function readDevelopment(): Locked[] {
  const shipped = new Set(readShipped().map(({ name, version }) => `${name}@${version}`));
  return readLock().filter(({ dev, name, version }) => dev && !shipped.has(`${name}@${version}`));
}

function readLock(): Locked[] {
  const { packages } = JSON.parse(readFileSync(path("package-lock.json"), "utf8")) as {
    packages: Record<string, Entry>;
  };
  return Object.entries(packages)
    .filter(([place, { link }]) => place.includes("node_modules/") && !link)
    .map(([place, { version, license, deprecated, dev = false }]) => {
      const name = place.slice(place.lastIndexOf("node_modules/") + "node_modules/".length);
      const licence = license ?? stated[name] ?? "not stated";
      return { name, version: version ?? "", licence, deprecated, dev };
    })
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** The list for people: who wrote what a station runs, and under which terms. Versions stand in the lock file. */
export function licenceList(): string {
  const terms = new Map<string, Set<string>>();
  for (const { name, licence } of readShipped()) {
    const names = terms.get(licence) ?? new Set();
    terms.set(licence, names.add(name));
  }
  const rows = [...terms]
    .sort(([a, of], [b, with_]) => with_.size - of.size || (a < b ? -1 : 1))
    .map(([licence, names]) => `| ${licence} | ${names.size} | ${[...names].join(", ")} |`);
  return [
    "# Licences of what a station installs",
    "",
    "Kênh is under Apache-2.0. These packages come with it; `npm run sbom` prints the whole bill of",
    "materials with versions and hashes. Written by `npm run licences` from the lock file.",
    "",
    "| licence | packages | which |",
    "|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

if (import.meta.main) writeFileSync(listFile, licenceList());
