import { chmodSync, renameSync, writeFileSync } from "node:fs";

/** Writes a file so that it is there whole or not at all, and on disk when this returns. */
export function writeWhole(file: string, text: string, mode: number): void {
  const fresh = `${file}.new`;
  writeFileSync(fresh, text, { mode, flush: true });
  chmodSync(fresh, mode); // one that lay there from before keeps its mode
  renameSync(fresh, file);
}
