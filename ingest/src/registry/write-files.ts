import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type RegistryKind, registryKinds, registryLists } from "@kenh/schemas";
import { Document, isMap, isSeq } from "yaml";
import type { Registry } from "../registry.ts";
import { cellsOf, headOf } from "./columns.ts";
import { writeCsv } from "./csv.ts";

type Records = Pick<Registry, "records">;

/** Writes all that is registered into one file of YAML, in the order of keys: made for git. */
export function writeYaml(registry: Records, file: string): void {
  const lists = registryKinds
    .map((kind) => [registryLists[kind], registry.records(kind)] as const)
    .filter(([, records]) => records.length > 0);
  const document = new Document({ version: 2, ...Object.fromEntries(lists) });
  for (const [name] of lists) {
    const list = document.get(name);
    if (!isSeq(list)) continue;
    for (const record of list.items) {
      // A record is a few lines, what belongs together is one of them.
      if (isMap(record)) for (const { value } of record.items) if (isMap(value)) value.flow = true;
    }
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, document.toString({ lineWidth: 0 }));
}

/**
 * Writes all that is registered into a folder, a CSV file for each kind of which there is something.
 * With a byte order mark, by which spreadsheets know Vietnamese from garbage. Returns the names of the files.
 */
export function writeTables(registry: Records, folder: string): string[] {
  mkdirSync(folder, { recursive: true });
  return registryKinds.flatMap((kind: RegistryKind) => {
    const records = registry.records(kind);
    if (records.length === 0) return [];
    const name = `${registryLists[kind]}.csv`;
    const rows = [headOf(kind), ...records.map((record) => cellsOf(kind, record))];
    writeFileSync(join(folder, name), `\uFEFF${rows.map(writeCsv).join("\n")}\n`);
    return [name];
  });
}
