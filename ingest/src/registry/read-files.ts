import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { registryFileSchema, registryKinds, registryLists } from "@kenh/schemas";
import { isNode, LineCounter, parseDocument } from "yaml";
import { readData } from "../data-file.ts";
import { didYouMean } from "../nearest.ts";
import { proposalsOf, recordsIn } from "./batch.ts";
import type { Proposed } from "./change.ts";
import { readerOf } from "./columns.ts";
import { readCsv } from "./csv.ts";

/**
 * What files of the registry propose, each record with its file and line: YAML, CSV, or a folder of
 * such files.
 * @throws Error naming the file when it is no such file as a whole
 */
export function readRegistryFiles(paths: readonly string[]): Proposed[] {
  return paths.flatMap((path): Proposed[] => {
    if (statSync(path).isDirectory()) {
      const names = readdirSync(path).filter((name) => /\.(csv|ya?ml)$/.test(name));
      if (names.length === 0) throw new Error(`${path} has no .yaml and no .csv in it`);
      return readRegistryFiles(names.sort().map((name) => join(path, name)));
    }
    if (/\.ya?ml$/.test(path)) return readYaml(path);
    if (path.endsWith(".csv")) return readTable(path);
    throw new Error(`${path}: a registry comes in .yaml or .csv`);
  });
}

function readTable(path: string): Proposed[] {
  const file = basename(path);
  const proposed: Proposed[] = [];
  let reader: ReturnType<typeof readerOf> | undefined;
  for (const { line, cells, fault } of readCsv(readFileSync(path, "utf8"))) {
    if (reader) {
      const { value, fault: wrong } = reader.read(cells);
      proposed.push({ kind: reader.kind, at: `${file}:${line}`, value, fault: fault ?? wrong });
      continue;
    }
    try {
      reader = readerOf(cells);
    } catch (error) {
      throw new Error(`${path}:${line}: ${(error as Error).message}`, { cause: error });
    }
  }
  return proposed;
}

function readYaml(path: string): Proposed[] {
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(path, "utf8"), { lineCounter: lines });
  const [broken] = document.errors;
  if (broken) throw new Error(`${path}: ${broken.message}`, { cause: broken });
  const content = document.toJS() as Record<string, unknown> | null;
  // Of an older form, or of none: as a whole or not at all.
  if (content?.version !== 2) return proposalsOf(readData(path, registryFileSchema));
  const names: string[] = ["version", ...registryKinds.map((kind) => registryLists[kind])];
  for (const name of Object.keys(content)) {
    if (names.includes(name)) continue;
    const near = didYouMean(name, names) || `; there are ${names.join(", ")}`;
    throw new Error(`${path}: there is no list ${JSON.stringify(name)}${near}`);
  }
  return recordsIn(content).map((one) => {
    const [list = "", index] = one.at.split(".");
    const node = document.getIn([list, Number(index)], true);
    const line = isNode(node) && node.range ? lines.linePos(node.range[0]).line : 1;
    return { ...one, at: `${basename(path)}:${line}` };
  });
}
