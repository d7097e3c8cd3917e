import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Probed, WatchedSample } from "@kenh/edge-agent";
import { describe, expect, test } from "vitest";
import { start, until } from "../support/counterpart.ts";
import { temporaryFolder } from "../support/folder.ts";
import { noNut, startUpsd } from "../support/nut.ts";
import { kenh } from "../support/station.ts";

const program = fileURLToPath(new URL("../../kenh.ts", import.meta.url));
const gauge = "82/29869/cau-cao-lanh/muc-nuoc-01";
const head = `version: 1
name: gw-01
identity: 82/29869/ubnd/gw-01
broker: { url: "mqtt://127.0.0.1:9" }
dataDir: data
drivers:
`;

/** A recorded series of five values, one of them a spike, and the configuration that replays it. */
function replaying(folder: string): string {
  const rows = [1.1, 1.2, 9, 1.2, 1.2].map((level, minute) => `2026-01-01T00:0${minute}Z,${level}`);
  writeFileSync(join(folder, "series.csv"), `t,v\n${rows.join("\n")}\n`);
  const file = join(folder, "agent.yaml");
  writeFileSync(
    file,
    `${head}  - kind: replay
    device: ${gauge}
    config:
      file: series.csv
      time: { column: t, zone: in-timestamp }
      columns: { v: water_level_m }
      speed: max
    checks: { water_level_m: { spike: { suspect: 1 } } }
    report: { on: change }
`,
  );
  return file;
}

describe("kenh agent check", () => {
  test("says what a file will do, by --config too, and for a program", async () => {
    using folder = temporaryFolder();
    const file = replaying(folder.path);
    const checked = await kenh("agent", "check", file);
    expect(checked).toMatchObject({ code: 0, stderr: "" });
    for (const words of [
      "publishes to mqtt://127.0.0.1:9",
      `${gauge}: replay`,
      "reads water_level_m",
      "suspect as a spike of more than 1",
      "reports what changes",
    ]) {
      expect(checked.stdout).toContain(words);
    }
    expect(await kenh("agent", "check", "--config", file)).toEqual(checked);
    const { faults, does } = JSON.parse((await kenh("agent", "check", file, "--json")).stdout);
    expect(faults).toEqual([]);
    expect(does).toEqual(checked.stdout.split("\n").filter(Boolean));
  });

  test("says every fault with its line", async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "agent.yaml");
    writeFileSync(
      file,
      `${head}  - { kind: simulate, device: x, config: { model: tide-gauge } }\n`,
    );
    const one = await kenh("agent", "check", file);
    expect(one.code).toBe(1);
    expect(one.stdout).toContain(`${file}:7: drivers.0.device "x": must be province`);
    writeFileSync(
      file,
      `${head}  - kind: simulate
    device: ${gauge}
    config: { model: tide }
  - kind: modem
    device: ${gauge}
`,
    );
    const { stdout } = await kenh("agent", "check", file, "--json");
    const { faults } = JSON.parse(stdout) as { faults: string[] };
    expect(faults.map((fault) => fault.slice(file.length, file.length + 3))).toEqual([
      ":9:",
      ":10",
    ]);
  });

  test.each([[[]], [["a.yaml", "--config", "b.yaml"]]])("%j is wrong use", async (args) => {
    expect((await kenh("agent", "check", ...args)).code).toBe(2);
  });

  test("a file that is not there is a fault", async () => {
    const { code, stdout } = await kenh("agent", "check", "/nowhere/agent.yaml");
    expect([code, stdout]).toEqual([1, expect.stringContaining("check the path")]);
  });
});

describe.skipIf(noNut())(`kenh agent probe, beside a real upsd ${noNut() ?? ""}`, () => {
  test("prints what is at an address, and at the devices of a file", async () => {
    const plays = "ups.status: OL\nbattery.charge: 87\ninput.voltage: 229.5";
    const upsd = await startUpsd({ upses: { ioc: { driver: "dummy-ups", plays } } });
    using folder = temporaryFolder();
    const file = join(folder.path, "agent.yaml");
    const ups = (name: string, port: number): string =>
      `  - { kind: nut, name: ${name}, device: 82/29869/ubnd/${name}, config: { host: 127.0.0.1, port: ${port} } }\n`;
    writeFileSync(
      file,
      `${head}${ups("ups-01", upsd.port)}${ups("ups-02", 9)}  - { kind: simulate, device: ${gauge}, config: { model: ups } }\n`,
    );
    try {
      await upsd.start();
      const address = `nut://127.0.0.1:${upsd.port}/ioc`;
      const shown = await until(async () => {
        const { code, stdout } = await kenh("agent", "probe", address);
        return code === 0 && stdout.includes("battery.charge") && stdout;
      }, "the UPS to be there");
      expect(shown).toMatch(/^nut:\/\/127\.0\.0\.1:\d+\/ioc \(nut\)\n/);
      expect(shown).toMatch(/^ {2}battery\.charge +87 +battery_charge_pct$/m);
      const all = await kenh("agent", "probe", file, "--json");
      expect(all.code).toBe(1);
      const probed = JSON.parse(all.stdout) as Probed[];
      expect(probed.map(({ target, kind }) => [target, kind])).toEqual([
        ["ups-01", "nut"],
        ["ups-02", "nut"],
        [gauge, "simulate"],
      ]);
      expect(probed[0]?.findings).toContainEqual(
        expect.objectContaining({ point: "input.voltage", value: "229.5" }),
      );
      expect(probed[1]?.error).toContain("127.0.0.1:9");
      expect(probed[2]).toMatchObject({ nothing: true });
    } finally {
      await upsd.dispose();
    }
  });
});

describe("kenh agent probe", () => {
  test.each([
    ["gopher://127.0.0.1/", "nut://"],
    ["nut://user:geheim@127.0.0.1:99999/ups", "is no address"],
    ["nut://user:geheim@127.0.0.1/a%20b", "is no address of a nut device"],
  ])("%s is wrong use", async (address, reason) => {
    const { code, stderr } = await kenh("agent", "probe", address);
    expect([code, stderr]).toEqual([2, expect.stringContaining(reason)]);
    expect(stderr).not.toContain("geheim");
  });

  test("an address where nobody answers is a no, without its password", async () => {
    const { code, stdout } = await kenh("agent", "probe", "nut://user:geheim@127.0.0.1:9/ups");
    expect([code, stdout]).toEqual([
      1,
      expect.stringContaining("nut://user@127.0.0.1:9/ups (nut):"),
    ]);
  });
});

describe("kenh agent watch", () => {
  test("prints what a file gives, with its flags, and leaves nothing behind", async () => {
    using folder = temporaryFolder();
    const file = replaying(folder.path);
    const { code, stdout } = await kenh("agent", "watch", file);
    expect(code).toBe(0);
    const readings = stdout
      .trim()
      .split("\n")
      .map((line) => line.split(/ {2,}/).slice(1));
    expect(readings).toEqual([
      [gauge, "water_level_m", "1.1"],
      [gauge, "water_level_m", "1.2", "pass"],
      [gauge, "water_level_m", "9", "suspect"],
      [gauge, "water_level_m", "1.2", "pass"],
    ]);
    expect(stdout).toMatch(/^01\/01\/2026 07:00:00 /);
    expect(existsSync(join(folder.path, "data"))).toBe(false);
  });

  test("goes on until it is stopped; an urgent sample shows as one", async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "agent.yaml");
    writeFileSync(
      file,
      `${head}  - kind: simulate
    device: 82/29869/ubnd/ups-01
    config:
      model: ups
      intervalMs: 100
      incidents: [{ kind: power-cut, afterMs: 300, durationMs: 3600000 }]
`,
    );
    const watching = start(process.execPath, [program, "agent", "watch", file, "--json"]);
    const samples = (): WatchedSample[] =>
      watching
        .output()
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line));
    await until(() => samples().some(({ urgent }) => urgent), "the power cut");
    expect(samples().find(({ urgent }) => urgent)?.values.mains_present).toBe(false);
    await watching.stop("SIGINT");
    expect(watching.child.exitCode).toBe(0);
  });

  test("a driver that fails is told on standard error, and is a no at the end", async () => {
    using folder = temporaryFolder();
    const file = replaying(folder.path);
    writeFileSync(join(folder.path, "series.csv"), "t,other\n2026-01-01T00:00Z,1\n");
    const watching = start(process.execPath, [program, "agent", "watch", file]);
    await until(() => watching.output().includes("the driver failed"), "the failure");
    await watching.stop("SIGINT");
    expect(watching.child.exitCode).toBe(1);
  });
});
