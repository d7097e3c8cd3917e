import { existsSync } from "node:fs";
import { absent } from "./counterpart.ts";

/** Where Debian keeps what a program for arm64 asks for, on a machine of another kind. */
const libraries = "/usr/aarch64-linux-gnu";
const libraryPackages = ["libc6-arm64-cross", "libstdc++6-arm64-cross", "libatomic1-arm64-cross"];

/**
 * Why nothing for arm64 can be run here, or undefined when qemu and the libraries are installed.
 * @throws Error under CI.
 */
export function absentQemu(): string | undefined {
  const missing = absent("qemu-aarch64-static", "qemu-user-static");
  if (missing || existsSync(`${libraries}/lib/libstdc++.so.6`)) return missing;
  const reason = `${libraries} is not there (apt-get install ${libraryPackages.join(" ")})`;
  if (process.env.CI) throw new Error(`${reason}, and CI must run every counterpart`);
  return reason;
}

/** The command that runs a program for arm64. */
export const arm64: readonly string[] = ["qemu-aarch64-static", "-L", libraries];
