import { setInterval } from "node:timers/promises";
import { stampOf } from "./file-cache.ts";

/** An engineer who has saved a file looks at what it does soon after. */
const lookEveryMs = 2000;

/** Takes files again when they change. */
export interface FileFollower {
  /** Looks at the files once; gives whether they were taken. */
  look(): boolean;
  /** Looks every two seconds until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/**
 * Follows files by when they were written, how long they are and whether they are there.
 * @param files those that there are now
 * @param take reads them; whether they are in order
 */
export function followFiles(files: () => readonly string[], take: () => boolean): FileFollower {
  const signature = (): string =>
    files()
      .map((file) => `${file} ${stampOf(file)}`)
      .join("\n");
  let seen = signature();

  function look(): boolean {
    const present = signature();
    if (present === seen) return false;
    seen = present;
    return take();
  }

  return {
    look,
    async run(signal) {
      try {
        for await (const _ of setInterval(lookEveryMs, undefined, { signal })) look();
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
  };
}
