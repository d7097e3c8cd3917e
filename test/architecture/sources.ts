import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the repository. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

const packages = ["schemas", "broker", "ingest", "edge-agent", "grafana-plugin", "test"] as const;
const skipped = new Set(["node_modules", "dist", "dist-console", "coverage", ".config"]);

/** One import of a file. */
export interface Import {
  /** As it is written. */
  readonly specifier: string;
  /** From the root of the repository, for a relative import; else undefined. */
  readonly file: string | undefined;
  /** Gone when types are stripped: nothing of the other file runs. */
  readonly typeOnly: boolean;
}

/** A TypeScript file of ours, by its path from the root. */
export interface Source {
  readonly file: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

/**
 * The imports of a source. The formatter writes each statement in one way, so no parser is needed:
 * `… from "x"`, `import "x"` at the beginning of a line, `import("x")`.
 */
export function importsOf(file: string, text: string): Import[] {
  const found: Import[] = [];
  const add = (specifier: string, typeOnly: boolean): void => {
    const own = specifier.startsWith(".") ? normalize(join(dirname(file), specifier)) : undefined;
    found.push({ specifier, file: own, typeOnly });
  };
  for (const match of text.matchAll(/^(?:import|export)\b([^;"'`]*?)\bfrom "([^"]+)"/gm)) {
    add(match[2] as string, /^\s+type\b/.test(match[1] as string));
  }
  for (const match of text.matchAll(/^import "([^"]+)"/gm)) add(match[1] as string, false);
  for (const match of text.matchAll(/\bimport\(\s*"([^"]+)",?\s*\)/g)) {
    // A type that is written as `import("x").Y` is stripped as well; both count as running.
    add(match[1] as string, false);
  }
  return found;
}

/** Every path below a folder of the repository, folders left out. */
export function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : filesBelow(path);
    return [path];
  });
}

/** All TypeScript of the repository, tests included. */
export function readSources(): Source[] {
  const own = [...packages, "commands", "packaging", "station"].flatMap(filesBelow);
  return ["kenh.ts", "kenh-agent.ts", "vitest.config.ts", ...own]
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => {
      const text = readFileSync(join(root, file), "utf8");
      return { file, text, imports: importsOf(file, text) };
    });
}

/** Whether the file is a test or stands beside tests alone. */
export function isTest(file: string): boolean {
  return (
    /\.(test|fixture|kill-child)\.tsx?$/.test(file) ||
    /(^test\/|\/testing\/|\/conformance\.ts$|vitest\.(config|setup)\.ts$)/.test(file)
  );
}
