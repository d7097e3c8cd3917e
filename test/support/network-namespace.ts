import { spawnSync } from "node:child_process";
import { absent } from "./counterpart.ts";

/** Why tests on a network of their own are skipped here, or undefined when they can run. */
export function noNetworkNamespace(): string | undefined {
  const missing = absent("ip", "iproute2") ?? absent("nft", "nftables");
  if (missing) return missing;
  const name = nameOf("probe");
  const made = spawnSync("ip", ["netns", "add", name], { encoding: "utf8" });
  if (made.status === 0) {
    spawnSync("ip", ["netns", "delete", name]);
    return undefined;
  }
  const reason = `a network namespace can't be made here (${made.stderr.trim()}): run as root`;
  if (process.env.CI) throw new Error(`${reason}; CI must run these tests`);
  return reason;
}

/** Which packets disappear on the way: those of one direction, or all. */
export type Direction = "to-inside" | "to-outside" | "both";

/** A network of its own, joined to this machine by one cable. */
export interface NetworkNamespace extends Disposable {
  /** Set before a program and its arguments, it runs inside. */
  readonly prefix: readonly string[];
  /** This machine's end of the cable. */
  readonly outsideAddress: string;
  /** From now on packets are dropped without a word: no FIN, no RST, no ICMP. */
  blackHole(direction: Direction): void;
  heal(): void;
}

let made = 0;
const nameOf = (kind: string): string => `kenh-${kind}-${process.pid}-${++made}`;

/** Makes one; a /30 of 10.213.0.0/16 belongs to it. */
export function openNetworkNamespace(): NetworkNamespace {
  const name = nameOf("net");
  const number = (process.pid * 7 + made) % 16_384;
  const outside = `kno${number}`;
  const inside = `kni${number}`;
  const subnet = (host: number): string => `10.213.${number >> 6}.${((number & 63) << 2) + host}`;
  const prefix = ["ip", "netns", "exec", name];

  run("ip", "netns", "add", name);
  run("ip", "link", "add", outside, "type", "veth", "peer", "name", inside, "netns", name);
  run("ip", "address", "add", `${subnet(1)}/30`, "dev", outside);
  run("ip", "link", "set", outside, "up");
  run(...prefix, "ip", "address", "add", `${subnet(2)}/30`, "dev", inside);
  run(...prefix, "ip", "link", "set", inside, "up");
  run(...prefix, "ip", "link", "set", "lo", "up");

  return {
    prefix,
    outsideAddress: subnet(1),
    blackHole(direction) {
      run(...prefix, "nft", "add", "table", "inet", "hole");
      for (const [hook, hit] of [
        ["input", direction !== "to-outside"],
        ["output", direction !== "to-inside"],
      ] as const) {
        if (!hit) continue;
        const chain = `{ type filter hook ${hook} priority 0 ; policy drop ; }`;
        run(...prefix, "nft", "add", "chain", "inet", "hole", hook, chain);
      }
    },
    heal() {
      run(...prefix, "nft", "flush", "ruleset");
    },
    [Symbol.dispose]() {
      spawnSync("ip", ["link", "delete", outside]);
      spawnSync("ip", ["netns", "delete", name]);
    },
  };
}

function run(program = "", ...args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0)
    throw new Error(`${program} ${args.join(" ")}: ${stderr?.trim() ?? error?.message}`);
}
