import { chownSync, statSync } from "node:fs";

/**
 * Gives a file to the owner of the agent's state folder: an engineer makes it as root, and the agent
 * must be able to delete it.
 */
export function belongLike(folder: string, file: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(folder);
  chownSync(file, uid, gid);
}
