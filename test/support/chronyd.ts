import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { absent, type Counterpart, freePort, start } from "./counterpart.ts";

/** Why tests with a real time server are skipped here, or undefined when it is installed. */
export function noChronyd(): string | undefined {
  return absent("chronyd", "chrony") ?? absent("faketime");
}

/** A real time server on a port of the loopback interface. */
export interface Chronyd extends Counterpart {
  /** `host:port` */
  readonly server: string;
}

/**
 * Starts chronyd, which leaves the machine's clock alone and gives its own time, `aheadS` seconds
 * ahead of it.
 * @param knows whether it says that it knows the time
 */
export async function startChronyd(
  folder: string,
  { aheadS = 0, knows = true } = {},
): Promise<Chronyd> {
  const port = await freePort();
  const config = join(folder, "chrony.conf");
  const lines = [
    `port ${port}`,
    "bindaddress 127.0.0.1",
    "allow 127.0.0.1",
    "cmdport 0",
    "bindcmdaddress /",
    `pidfile ${join(folder, "chronyd.pid")}`,
    ...(knows ? ["local stratum 8"] : []),
  ];
  writeFileSync(config, `${lines.join("\n")}\n`);
  // faketime itself would stand between us and the server, and a signal to it ends only itself.
  const { stdout } = spawnSync("faketime", ["-f", "+0s", "printenv", "LD_PRELOAD"], {
    encoding: "utf8",
  });
  // -x: never touches the clock; -d: stays in the foreground.
  const server = start("chronyd", ["-x", "-d", "-u", "root", "-f", config], {
    env: {
      ...process.env,
      PATH: `${process.env.PATH}:/usr/sbin`,
      LD_PRELOAD: stdout.trim(),
      FAKETIME: `${aheadS >= 0 ? "+" : ""}${aheadS}s`,
    },
  });
  return { ...server, server: `127.0.0.1:${port}` };
}
