import { existsSync, readdirSync, writeFileSync } from "node:fs";

const library = "faketime/libfaketime.so.1";

function find(): string | undefined {
  const folders = ["/usr/lib", "/usr/local/lib"].filter((folder) => existsSync(folder));
  return folders
    .flatMap((folder) => [folder, ...readdirSync(folder).map((below) => `${folder}/${below}`)])
    .map((folder) => `${folder}/${library}`)
    .find((path) => existsSync(path));
}

/** Why tests with a clock that jumps are skipped here, or undefined when they can run. */
export function noFakeClock(): string | undefined {
  if (find()) return undefined;
  const reason = "libfaketime is not installed (apt-get install faketime)";
  if (process.env.CI) throw new Error(`${reason}, and CI must run every counterpart`);
  return reason;
}

/** The wall clock of other processes; their timers go on as ever. */
export interface FakeClock {
  /** Environment of the processes that live by it. */
  readonly env: NodeJS.ProcessEnv;
  /** From now on it is so far from the true time. */
  jump(offsetMs: number): void;
}

/** A clock that is set by `file`, at first to the true time. */
export function openFakeClock(file: string): FakeClock {
  const jump = (offsetMs: number): void =>
    writeFileSync(file, `${offsetMs < 0 ? "" : "+"}${offsetMs / 1000}`);
  jump(0);
  return {
    env: {
      LD_PRELOAD: find(),
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    },
    jump,
  };
}
