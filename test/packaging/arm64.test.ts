import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packageAgent } from "../../packaging/package.ts";
import { absent } from "../support/counterpart.ts";
import { temporaryFolder } from "../support/folder.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { absentQemu, arm64 } from "../support/qemu.ts";
import { serial, simulated } from "./drivers.ts";
import { runPackaged } from "./run.ts";
import { type Unpacked, unpack } from "./unpacked.ts";

const missing =
  process.arch === "arm64"
    ? "this machine is one, and its package is tested as such"
    : (absent("dpkg-deb", "dpkg") ?? absent("mosquitto") ?? absentQemu());
const run = ([program = "", ...args]: readonly string[]): string =>
  execFileSync(program, args, { encoding: "utf8" });

describe.skipIf(missing)(
  `the package for arm64, under qemu${missing ? `: ${missing}` : ""}`,
  () => {
    const folder = temporaryFolder("packaging-arm64");
    afterAll(() => folder[Symbol.dispose]());
    let deb: string;
    let unpacked: Unpacked;
    beforeAll(async () => {
      deb = await packageAgent("arm64", { out: folder.path, epoch: 0, compression: "gzip" });
      unpacked = unpack(deb, join(folder.path, "root"));
    });

    test("is of that architecture", () => {
      expect(run(["dpkg-deb", "--field", deb, "Architecture"]).trim()).toBe("arm64");
      const [node] = unpacked.command;
      const about = run([...arm64, node, "--print", "process.arch + process.version"]);
      expect(about).toMatch(/^arm64v24\./);
    });

    test("explains itself, and accepts the configuration that it ships", () => {
      const agent = [...arm64, ...unpacked.command];
      expect(run([...agent, "--version"])).toMatch(/^\d+\.\d+\.\d+\n$/);
      expect(run([...agent, "--help"])).toContain("Usage: kenh-agent");
      const shipped = join(unpacked.root, "etc/kenh-agent/agent.yaml");
      expect(run([...agent, "check", "--config", shipped])).toContain("gw-01");
    });

    test("publishes to a real broker, and finds its serial ports", async () => {
      const broker = await startMosquitto(folder.path);
      try {
        const code = await runPackaged(
          broker.url,
          [...arm64, ...unpacked.command],
          [simulated, serial],
          async ({ heard: { failures, samples }, until }) => {
            await until(() => (samples.get("muc-nuoc-01") ?? 0) > 3, "readings");
            await until(() => failures.size === 1, "the serial driver to fail");
            expect(failures.get("serial")).toContain("Inappropriate ioctl");
          },
        );
        expect(code).toBe(0);
      } finally {
        await broker.stop();
      }
    });
  },
);
