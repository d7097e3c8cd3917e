import { execFileSync } from "node:child_process";
import { cpSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../support/folder.ts";

/** What an installation brought. */
interface Footprint {
  readonly packages: number;
  readonly seconds: number;
  /** Bytes on disk of all of it, and of Node.js itself. */
  readonly bytes: number;
  readonly nodeBytes: number;
}

const root = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Installs what a station needs at run time into a folder of its own, as the Dockerfile does, by the lock file.
 * @throws Error when npm refuses
 */
function install(): Footprint {
  using folder = temporaryFolder("kenh-footprint");
  const { workspaces } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    workspaces: string[];
  };
  const files = ["package.json", "package-lock.json", ".npmrc"];
  for (const workspace of workspaces) files.push(join(workspace, "package.json"));
  for (const file of files) cpSync(join(root, file), join(folder.path, file));
  const start = performance.now();
  const options = ["--omit=dev", "--no-audit", "--no-fund", "--loglevel=error"];
  execFileSync("npm", ["ci", ...options], { cwd: folder.path, stdio: ["ignore", 2, 2] });
  const seconds = (performance.now() - start) / 1000;
  const modules = join(folder.path, "node_modules");
  const names = readdirSync(modules, { recursive: true, encoding: "utf8" });
  return {
    packages: names.filter((name) => isPackage(name)).length,
    seconds,
    bytes: bytesOf(modules),
    nodeBytes: readdirSync(modules)
      .filter((name) => name.startsWith("node-linux-"))
      .reduce((sum, name) => sum + bytesOf(join(modules, name)), 0),
  };
}

/** Whether a path below `node_modules` is the description of a package, not of a part of one. */
function isPackage(path: string): boolean {
  return /(^|node_modules\/)(@[^/]+\/)?[^/@]+\/package\.json$/.test(path) && dirname(path) !== ".";
}

function bytesOf(path: string): number {
  const names = readdirSync(path, { recursive: true, encoding: "utf8" });
  const blocks = names.map((name) => lstatSync(join(path, name)).blocks);
  return blocks.reduce((sum, count) => sum + count * 512, 0);
}

const { packages, seconds, bytes, nodeBytes } = install();
const mega = (count: number) => (count / 1e6).toFixed(0);
process.stdout.write(
  `${packages} packages in ${seconds.toFixed(0)} s, ${mega(bytes)} MB, of which Node.js ${mega(nodeBytes)} MB\n`,
);
