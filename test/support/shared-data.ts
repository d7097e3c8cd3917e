import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../../shared/data/", import.meta.url));

/**
 * Why tests on recorded data are skipped here, or undefined when the folder is there.
 * @throws Error under CI, which must run them.
 */
export function noSharedData(): string | undefined {
  if (existsSync(folder)) return undefined;
  const reason = "the recorded data (shared/data beside the checkout) are not on this machine";
  if (process.env.CI) throw new Error(reason);
  return reason;
}

/** The path of a file of the recorded data. */
export function sharedData(path: string): string {
  return folder + path;
}

/** The objects of a JSON-lines file of the recorded data. */
export function sharedLines<T>(path: string): T[] {
  return readFileSync(sharedData(path), "utf8")
    .split("\n")
    .filter((line) => line.trim())
    .map((line) => JSON.parse(line) as T);
}
