import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Architecture, cpuOf, readJson, root } from "./product.ts";

interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly version: string; readonly integrity: string } | undefined>
  >;
}

/** A folder with `bin/node` and Node's LICENSE. */
export interface NodeFolder {
  readonly path: string;
  readonly version: string;
}

/**
 * Node for an architecture, in the version of the lock file: as `npm ci` has installed it, or, where
 * it is that of another machine, fetched once and kept below `node_modules/.cache`.
 * @throws Error when what came is not what the lock file says.
 */
export function nodeFolder(architecture: Architecture): NodeFolder {
  const name = `node-linux-${cpuOf[architecture]}`;
  const locked = readJson<Lock>("package-lock.json").packages[`node_modules/${name}`];
  if (!locked) throw new Error(`package-lock.json has no ${name}; add it as optional dependency`);
  const { version, integrity } = locked;
  const installed = join(root, "node_modules", name);
  if (existsSync(join(installed, "bin/node"))) return { path: installed, version };
  const cache = join(root, "node_modules/.cache/kenh-agent");
  const path = join(cache, `${name}-${version}`);
  if (!existsSync(path)) {
    mkdirSync(cache, { recursive: true });
    const making = mkdtempSync(join(cache, "making-"));
    try {
      fetchInto(making, name, version, integrity);
      renameSync(join(making, "package"), path);
    } catch (error) {
      // Unless somebody else was faster.
      if (!existsSync(path)) throw error;
    } finally {
      rmSync(making, { recursive: true });
    }
  }
  return { path, version };
}

function fetchInto(folder: string, name: string, version: string, integrity: string): void {
  execFileSync("npm", ["pack", "--silent", "--pack-destination", folder, `${name}@${version}`], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const archive = join(folder, `${name}-${version}.tgz`);
  const [algorithm = "", expected] = integrity.split(/-(.*)/s);
  const found = createHash(algorithm).update(readFileSync(archive)).digest("base64");
  if (found !== expected) {
    throw new Error(`${name}@${version} came with ${algorithm}-${found}, not ${integrity}`);
  }
  const wanted = ["package/bin/node", "package/LICENSE"];
  execFileSync("tar", ["-xzf", archive, "-C", folder, "--no-same-owner", ...wanted]);
}
