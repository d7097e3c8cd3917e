import { statSync } from "node:fs";
import type * as z from "zod";
import { type DataFile, type Explain, readDataFile } from "./data-file.ts";

/**
 * Files that are read again and again, each parsed when it has changed: what one unit writes is not to make
 * the station read all that is shipped once more.
 */
export class FileCache {
  readonly #known = new Map<string, { stamp: string; file: DataFile<unknown> }>();

  /** @throws Error with every fault as `file:line: path: what is wrong` */
  read<T>(path: string, schema: z.ZodType<T>, explain?: Explain): DataFile<T> {
    const stamp = stampOf(path);
    const known = this.#known.get(path);
    if (known?.stamp === stamp) return known.file as DataFile<T>;
    this.#known.delete(path);
    const file = readDataFile(path, schema, explain);
    this.#known.set(path, { stamp, file });
    return file;
  }

  /** Lets go of files that are no longer among these. */
  keep(paths: ReadonlySet<string>): void {
    for (const path of this.#known.keys()) if (!paths.has(path)) this.#known.delete(path);
  }
}

/** Changes when a file is written, replaced or removed. */
export function stampOf(file: string): string {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats ? `${stats.mtimeMs} ${stats.size} ${stats.ino}` : "gone";
}
