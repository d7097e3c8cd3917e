import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Architecture } from "./product.ts";

/** What a Debian package is made of. */
export interface Deb {
  readonly name: string;
  readonly version: string;
  readonly architecture: Architecture;
  /** The field Depends. */
  readonly depends: string;
  /** Files that an administrator edits and an upgrade leaves alone, from the root of the system. */
  readonly conffiles: readonly string[];
  /** Folder of postinst, prerm and postrm. */
  readonly scripts: string;
  /** The tree as it will lie in the system; modes are settled here. */
  readonly tree: string;
}

/** How hard dpkg-deb tries: xz is what every dpkg reads, gzip is quick. */
export type Compression = "xz" | "gzip";

/**
 * Builds the package with dpkg-deb. The same tree gives the same bytes: names are sorted, everything
 * belongs to root, modes are set, and every time is `epoch`.
 * @param epoch seconds since 1970, as SOURCE_DATE_EPOCH
 * @throws Error when dpkg-deb is absent or refuses the tree.
 */
export function buildDeb(deb: Deb, file: string, epoch: number, compression: Compression): void {
  const files = filesBelow(deb.tree);
  const meta = join(deb.tree, "DEBIAN");
  mkdirSync(meta);
  const write = (name: string, text: string): void => writeFileSync(join(meta, name), text);
  write("control", control(deb, files));
  write("conffiles", deb.conffiles.map((path) => `${path}\n`).join(""));
  write("md5sums", files.map((path) => `${md5(join(deb.tree, path))}  ${path}\n`).join(""));
  for (const script of readdirSync(deb.scripts)) {
    write(script, readFileSync(join(deb.scripts, script), "utf8"));
  }
  settle(deb.tree, epoch);
  const level = compression === "xz" ? "6" : "1";
  execFileSync(
    "dpkg-deb",
    ["--root-owner-group", `-Z${compression}`, `-z${level}`, "--build", deb.tree, file],
    {
      env: { ...process.env, SOURCE_DATE_EPOCH: String(epoch) },
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
}

function control(deb: Deb, files: readonly string[]): string {
  const bytes = files.reduce((sum, path) => sum + lstatSync(join(deb.tree, path)).size, 0);
  return `Package: ${deb.name}
Version: ${deb.version}
Architecture: ${deb.architecture}
Maintainer: Kênh <kenh@localhost>
Installed-Size: ${Math.ceil(bytes / 1024)}
Depends: ${deb.depends}
Section: net
Priority: optional
Description: edge agent of Kênh, the telemetry of wards and provinces
 Reads water levels, weather, power and cameras beside the field hardware and
 publishes over MQTT through a durable outbox: no reading is lost unnoticed.
 .
 Comes with its own Node.js. Starts nothing until it is configured.
`;
}

/** Files below a folder, sorted, from that folder. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

function md5(file: string): string {
  return createHash("md5").update(readFileSync(file)).digest("hex");
}

/** Folders and programs 755, all else 644, and one time, whatever umask, checkout and clock say. */
function settle(tree: string, epoch: number): void {
  const entries = readdirSync(tree, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const program = /\/(usr\/bin\/[^/]+|usr\/lib\/kenh-agent\/node|DEBIAN\/p[^/]+)$/.test(path);
    chmodSync(path, entry.isDirectory() || program ? 0o755 : 0o644);
    utimesSync(path, epoch, epoch);
  }
  chmodSync(tree, 0o755);
  utimesSync(tree, epoch, epoch);
}
