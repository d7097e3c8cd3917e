import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Contracts, loadContracts } from "./contracts.ts";

/** Writes a file of contracts below a root. */
export function writeContracts(root: string, text: string, name = "contracts.yaml"): string {
  mkdirSync(join(root, "contracts"), { recursive: true });
  const file = join(root, "contracts", name);
  writeFileSync(file, text);
  return file;
}

/** The contracts of a text. */
export function contractsOf(root: string, text: string): Contracts {
  writeContracts(root, text);
  return loadContracts([root]);
}

export const agency = `
version: 1
agencies:
  - agency: 82/so-nnmt
    label: { vi: "Sở Nông nghiệp và Môi trường", en: "Department of Agriculture and Environment" }
    contact: { name: "Nguyễn Văn An", phone: "0277 3851 234" }
`;
