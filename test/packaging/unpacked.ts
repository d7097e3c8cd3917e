import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A package laid out in a folder as dpkg lays it out in a system. */
export interface Unpacked {
  /** The folder that stands for the root of the system. */
  readonly root: string;
  /** `/usr/bin/kenh-agent` */
  readonly program: string;
  /** What that program starts: Node and its first argument. */
  readonly command: readonly [string, string];
  /** Path of the systemd unit. */
  readonly unit: string;
  /** NODE_OPTIONS as the unit sets them. */
  readonly nodeOptions: string;
}

/** Unpacks with `dpkg -x`; no script runs and the system does not notice. */
export function unpack(deb: string, root: string): Unpacked {
  execFileSync("dpkg", ["-x", deb, root]);
  const lib = join(root, "usr/lib/kenh-agent");
  const unit = join(root, "usr/lib/systemd/system/kenh-agent.service");
  return {
    root,
    program: join(root, "usr/bin/kenh-agent"),
    command: [join(lib, "node"), join(lib, "kenh-agent.js")],
    unit,
    nodeOptions: /^Environment="NODE_OPTIONS=(.*)"$/m.exec(readFileSync(unit, "utf8"))?.[1] ?? "",
  };
}
