import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the repository, with a slash at its end. */
export const root = fileURLToPath(new URL("../", import.meta.url));

/** A JSON file of the repository. */
export const readJson = <T>(file: string): T => JSON.parse(readFileSync(join(root, file), "utf8"));

/** The names of architectures at Debian, and what Node calls them. There is no Node 24 for 32 bits. */
export const cpuOf = { amd64: "x64", arm64: "arm64" } as const;
export type Architecture = keyof typeof cpuOf;
export const architectures = Object.keys(cpuOf) as readonly Architecture[];
