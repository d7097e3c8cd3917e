import { spawnSync } from "node:child_process";
import { closeSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./folder.ts";

const mount = (size: string, path: string) =>
  spawnSync("mount", ["-t", "tmpfs", "-o", `size=${size},mode=0700`, "tmpfs", path], {
    encoding: "utf8",
  });

/** Why tests with a disk that fills up are skipped here, or undefined when they can run. */
export function noSmallDisk(): string | undefined {
  using folder = temporaryFolder("kenh-probe");
  const mounted = mount("64k", folder.path);
  if (mounted.status === 0) {
    spawnSync("umount", [folder.path]);
    return undefined;
  }
  const reason = `a small disk can't be mounted here (${mounted.stderr?.trim()}): run as root`;
  if (process.env.CI) throw new Error(`${reason}; CI must run these tests`);
  return reason;
}

/** A disk of a few megabytes. */
export interface SmallDisk extends Disposable {
  readonly path: string;
  /** Takes every byte that is left but these. */
  fill(butBytes?: number): void;
  /** Gives back what `fill` took. */
  free(): void;
}

/** Mounts one in memory, `size` as mount(8) has it. */
export function mountSmallDisk(size: string): SmallDisk {
  const folder = temporaryFolder("kenh-disk");
  const { status, stderr } = mount(size, folder.path);
  if (status !== 0) throw new Error(`mount: ${stderr.trim()}`);
  const filler = join(folder.path, "filler");
  return {
    path: folder.path,
    fill(butBytes = 0) {
      const file = openSync(filler, "a");
      try {
        for (let bytes = 1024 * 1024; bytes > 0; ) {
          const { bavail, bsize } = statfsSync(folder.path);
          bytes = Math.min(bytes, bavail * bsize - butBytes);
          if (bytes > 0 && !append(file, bytes)) bytes = Math.floor(bytes / 2);
        }
      } finally {
        closeSync(file);
      }
    },
    free: () => rmSync(filler, { force: true }),
    [Symbol.dispose]() {
      // Whoever still has a file open there keeps the memory until it ends; the path is free at once.
      spawnSync("umount", ["--lazy", folder.path]);
      folder[Symbol.dispose]();
    },
  };
}

function append(file: number, bytes: number): boolean {
  try {
    writeSync(file, Buffer.alloc(bytes));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOSPC") return false;
    throw error;
  }
}
