import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packageAgent } from "../../packaging/package.ts";
import type { Architecture } from "../../packaging/product.ts";
import { absent, freePort } from "../support/counterpart.ts";
import { field } from "../support/field.ts";
import { temporaryFolder } from "../support/folder.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { mute, simulated } from "./drivers.ts";
import { between, tables } from "./report.ts";
import { runPackaged } from "./run.ts";
import { type Unpacked, unpack } from "./unpacked.ts";

const native: Architecture = process.arch === "arm64" ? "arm64" : "amd64";
const noDpkg = absent("dpkg-deb", "dpkg");
const noMosquitto = absent("mosquitto");
const noSystemd = absent("systemd-analyze", "systemd");
const why = (reason: string | undefined): string => (reason ? `: ${reason}` : "");

const folder = temporaryFolder("packaging");
afterAll(() => folder[Symbol.dispose]());
const build = (architecture: Architecture, out: string): Promise<string> =>
  packageAgent(architecture, {
    out: join(folder.path, out),
    epoch: 1_700_000_000,
    compression: "gzip",
  });
const run = (program: string, ...args: string[]): string =>
  execFileSync(program, args, { encoding: "utf8", env: { ...process.env, TZ: "UTC" } });

describe.skipIf(noDpkg)(`the package of this machine's architecture${why(noDpkg)}`, () => {
  let deb: string;
  let unpacked: Unpacked;
  beforeAll(async () => {
    deb = await build(native, "first");
    unpacked = unpack(deb, join(folder.path, native));
  });

  test("is the same to the byte when it is built again", async () => {
    const digest = (file: string) => createHash("sha256").update(readFileSync(file)).digest("hex");
    expect(digest(await build(native, "again"))).toBe(digest(deb));
  });

  test("says what it is and what it needs", () => {
    const field = (name: string) => run("dpkg-deb", "--field", deb, name).trim();
    expect(field("Package")).toBe("kenh-agent");
    expect(field("Architecture")).toBe(native);
    expect(field("Version")).toMatch(/^\d+\.\d+\.\d+$/);
    expect(field("Depends")).toMatch(/^libc6 \(>= 2\.\d+\), libgcc-s1, libstdc\+\+6$/);
    expect(Number(field("Installed-Size"))).toBeGreaterThan(100_000);
    // A short line, then an extended description, as the policy wants them.
    expect(field("Description")).toMatch(/^[a-z].{10,70}[^.]\n /);
  });

  test("belongs to root, with no rights that nobody needs, and bears one time", () => {
    const lines = run("dpkg-deb", "--contents", deb).trim().split("\n");
    for (const line of lines) {
      const [rights, owner, , ...rest] = line.split(/\s+/);
      expect(rights, line).toMatch(/^(drwxr-xr-x|-rwxr-xr-x|-rw-r--r--)$/);
      expect(owner, line).toBe("root/root");
      expect(rest.slice(0, 2).join(" "), line).toBe("2023-11-14 22:13");
    }
    const programs = lines.filter((line) => line.startsWith("-rwx")).map((l) => l.split(" ./")[1]);
    expect(programs).toEqual(["usr/bin/kenh-agent", "usr/lib/kenh-agent/node"]);
    const above = lines.map((line) => line.split(" ./")[1]?.split("/")[0]).filter(Boolean);
    expect([...new Set(above)].sort()).toEqual(["etc", "usr"]);
  });

  test("holds what its own lists say", () => {
    const meta = join(folder.path, "meta");
    run("dpkg-deb", "--control", deb, meta);
    const expected = ["conffiles", "control", "md5sums", "postinst", "postrm", "prerm"];
    expect(readdirSync(meta).sort()).toEqual(expected);
    const sums = spawnSync("md5sum", ["--check", "--quiet", join(meta, "md5sums")], {
      cwd: unpacked.root,
    });
    expect(sums.status).toBe(0);
    const listed = readFileSync(join(meta, "md5sums"), "utf8").trim().split("\n").length;
    const files = readdirSync(unpacked.root, { recursive: true, withFileTypes: true });
    expect(listed).toBe(files.filter((entry) => entry.isFile()).length);
    for (const path of readFileSync(join(meta, "conffiles"), "utf8").trim().split("\n"))
      expect(statSync(join(unpacked.root, path)).isFile()).toBe(true);
    for (const script of ["postinst", "postrm", "prerm"]) {
      expect(spawnSync("sh", ["-n", join(meta, script)]).status).toBe(0);
      expect(readFileSync(join(meta, script), "utf8")).toMatch(/^#!\/bin\/sh\nset -e\n/);
    }
  });

  test("brings the terms of everything in it", () => {
    const text = readFileSync(join(unpacked.root, "usr/share/doc/kenh-agent/copyright"), "utf8");
    for (const name of ["Node.js", "mqtt", "node-opcua-client", "net-snmp", "zod", "serialport"])
      expect(text).toContain(name);
    expect(text).toContain("/usr/share/common-licenses/Apache-2.0");
  });

  test("ships nothing of the station, and each heavy library apart from the core", () => {
    const [, main] = unpacked.command;
    const chunks = readdirSync(join(main, "../chunks"));
    const kinds = readdirSync(new URL("../../edge-agent/src/drivers", import.meta.url), {
      withFileTypes: true,
    });
    for (const kind of kinds.filter((entry) => entry.isDirectory()))
      expect(chunks).toContain(`${kind.name}.js`);
    const foreign = /^\/\/ (broker|ingest|station|node_modules\/(aedes|hono))\//m;
    const texts = chunks.map((name) => readFileSync(join(main, "../chunks", name), "utf8"));
    expect(texts.filter((text) => /^\/\/ edge-agent\//m.test(text))).not.toEqual([]);
    expect(texts.filter((text) => foreign.test(text))).toEqual([]);
    // What is loaded at the start is a small part of it.
    expect(statSync(main).size).toBeLessThan(400_000);
  });

  test.skipIf(noSystemd)(`its unit is understood by systemd and hardened${why(noSystemd)}`, () => {
    // In the system the program would lie where the unit says.
    const unit = readFileSync(unpacked.unit, "utf8");
    const file = join(folder.path, "kenh-agent.service");
    writeFileSync(file, unit.replace("=/usr/bin/", `=${unpacked.root}/usr/bin/`));
    const verified = spawnSync("systemd-analyze", ["verify", file], { encoding: "utf8" });
    expect(verified.stderr + verified.stdout).toBe("");
    expect(verified.status).toBe(0);
    const offline = ["security", "--offline=true", "--threshold=20", file];
    const secure = spawnSync("systemd-analyze", offline, { encoding: "utf8" });
    expect(secure.status, secure.stdout).toBe(0);
  });

  test("is installed, upgraded, removed and purged by dpkg without a trace", () => {
    const root = join(folder.path, "dpkg-root");
    for (const path of ["var/lib/dpkg/info", "var/lib/dpkg/updates"])
      mkdirSync(join(root, path), { recursive: true });
    writeFileSync(join(root, "var/lib/dpkg/status"), "");
    const forces = ["script-chrootless", "not-root", "depends", "bad-path"];
    const dpkg = (...args: string[]): void => {
      const options = [`--root=${root}`, ...forces.map((force) => `--force-${force}`)];
      const done = spawnSync("dpkg", [...options, ...args], {
        encoding: "utf8",
        env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
      });
      expect(done.status, done.stderr).toBe(0);
    };
    const config = join(root, "etc/kenh-agent/agent.yaml");
    dpkg("--install", deb);
    writeFileSync(config, "version: 1\n");
    writeFileSync(join(root, "etc/kenh-agent/password"), "bí mật\n");
    dpkg("--install", deb);
    expect(readFileSync(config, "utf8")).toBe("version: 1\n");
    dpkg("--remove", "kenh-agent");
    expect(readFileSync(config, "utf8")).toBe("version: 1\n");
    dpkg("--purge", "kenh-agent");
    const left = readdirSync(root, { recursive: true, encoding: "utf8" });
    expect(left.filter((path) => path.includes("kenh"))).toEqual([]);
  });

  test("explains itself, and accepts the configuration that it ships", () => {
    expect(run(unpacked.program, "--version")).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(run(unpacked.program, "--help")).toContain("Usage: kenh-agent");
    const shipped = join(unpacked.root, "etc/kenh-agent/agent.yaml");
    expect(run(unpacked.program, "check", "--config", shipped)).toContain("gw-01");
    // And what stands in it as a comment, once somebody takes the marks away.
    const edited = join(folder.path, "edited.yaml");
    const text = readFileSync(shipped, "utf8").replace("drivers: []", "drivers:");
    writeFileSync(edited, text.replaceAll(/^#( {2,})/gm, " $1"));
    expect(run(unpacked.program, "check", "--config", edited)).toContain("water_level_m");
    expect(spawnSync(unpacked.program, ["check"]).status).toBe(2);
  });

  test.skipIf(noMosquitto)(
    `publishes to a real broker, and every driver finds its library${why(noMosquitto)}`,
    async () => {
      using place = temporaryFolder("packaging-broker");
      const broker = await startMosquitto(place.path);
      const drivers = mute("127.0.0.1", await freePort());
      try {
        const code = await runPackaged(
          broker.url,
          [unpacked.program],
          [simulated, ...drivers],
          async ({ heard: { failures, samples }, until }) => {
            await until(() => (samples.get("muc-nuoc-01") ?? 0) > 3, "readings");
            await until(() => failures.size === drivers.length, "four drivers that fail");
            expect(Object.fromEntries(failures)).toEqual({
              modbus: expect.stringContaining("ECONNREFUSED"),
              serial: expect.stringContaining("Inappropriate ioctl"),
              opcua: expect.stringContaining("ECONNREFUSED"),
              snmp: expect.stringContaining("timed out"),
            });
          },
        );
        expect(code).toBe(0);
      } finally {
        await broker.stop();
      }
    },
    90_000,
  );
});

describe("the tables of the README", () => {
  const page = readFileSync(new URL("../../packaging/README.md", import.meta.url), "utf8");
  const sizes = [{ architecture: "amd64", debBytes: 1024 ** 2, installedBytes: 3.5 * 1024 ** 2 }];
  const measured = [
    {
      drivers: "none",
      startMs: 250,
      residentBytes: 2 * 1024 ** 2,
      cpuPct: 0.5,
      readingsPerSecond: 0,
    },
    { drivers: "opcua", startMs: 1, residentBytes: 2 ** 28, cpuPct: 1, readingsPerSecond: 1 },
  ];

  test("are written between its marks, and replace what stood there", () => {
    const text = tables(sizes, measured);
    expect(text).toContain("| amd64 | 1.0 MiB | 3.5 MiB |");
    expect(text).toContain("| none | 2.0 MiB | 0.5 % | 0.0 | 0.25 s |");
    expect(text).toContain("| opcua | 256.0 MiB (**over 160.0 MiB**) |");
    const once = between(page, text);
    expect(once).toContain(text);
    expect(between(between(page, "something else"), text)).toBe(once);
    expect(() => between("no marks", text)).toThrow("measured: begin");
  });

  test("tell of both architectures and of each way to run", () => {
    const many = ["modbus", "opcua"].flatMap((kind) =>
      [100, 1000].map((count) => `${kind}, ${count} points at 1 Hz`),
    );
    for (const row of ["amd64", "arm64", "none", ...Object.keys(field), ...many])
      expect(page).toMatch(new RegExp(`^\\| ${row} \\| \\d+\\.\\d MiB \\| .+ \\|$`, "m"));
  });
});
