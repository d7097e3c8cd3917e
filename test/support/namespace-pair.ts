import { spawnSync } from "node:child_process";
import { absent } from "./counterpart.ts";

/** Two network namespaces with a cable between them: 10.77.0.2 and 10.77.0.1, multicast included. */
export interface NamespacePair extends AsyncDisposable {
  /** Program and arguments that run a command at 10.77.0.2. */
  inFirst(...command: readonly string[]): [string, string[]];
  /** Program and arguments that run a command at 10.77.0.1. */
  inSecond(...command: readonly string[]): [string, string[]];
}

function ip(...args: readonly string[]): void {
  const { status, stderr, error } = spawnSync("ip", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`ip ${args.join(" ")}: ${stderr ?? error}`);
}

/**
 * Why tests between two networks are skipped here, or undefined when they can be made.
 * @throws Error under CI when the program is absent; where it may not be used, tests are skipped.
 */
export function noNamespaces(): string | undefined {
  const missing = absent("ip", "iproute2");
  if (missing) return missing;
  const name = `kenh-try-${process.pid}`;
  try {
    ip("netns", "add", name);
    ip("netns", "del", name);
    return undefined;
  } catch (error) {
    return `network namespaces can't be made here: ${error instanceof Error ? error.message : error}`;
  }
}

export function startNamespacePair(): NamespacePair {
  const names = ["cam", "cli"].map((part) => `kenh-${part}-${process.pid}`) as [string, string];
  const ends = [`kv${process.pid}a`, `kv${process.pid}b`] as const;
  for (const name of names) ip("netns", "add", name);
  ip(
    "link",
    "add",
    ends[0],
    "netns",
    names[0],
    "type",
    "veth",
    "peer",
    "name",
    ends[1],
    "netns",
    names[1],
  );
  for (const [index, name] of names.entries()) {
    const end = ends[index] as string;
    ip("-n", name, "addr", "add", `10.77.0.${2 - index}/24`, "dev", end);
    ip("-n", name, "link", "set", "lo", "up");
    ip("-n", name, "link", "set", end, "up");
    ip("-n", name, "route", "add", "224.0.0.0/4", "dev", end);
  }
  const inside = (name: string, command: readonly string[]): [string, string[]] => [
    "ip",
    ["netns", "exec", name, ...command],
  ];
  return {
    inFirst: (...command) => inside(names[0], command),
    inSecond: (...command) => inside(names[1], command),
    async [Symbol.asyncDispose]() {
      for (const name of names) ip("netns", "del", name);
    },
  };
}
