import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../test/support/folder.ts";
import { ConfigError, checkConfig, loadAgentConfig, parseAgentConfig } from "./config.ts";
import { defaults } from "./defaults.ts";
import { kindNames } from "./kinds.ts";

const good = `version: 1
name: gw-01
identity: 82/29869/ubnd/gw-01
broker:
  url: mqtts://tram.example:8883
  passwordFile: secrets/password
dataDir: data
drivers:
  - kind: replay
    device: 82/29869/cau-cao-lanh/muc-nuoc-01
    config:
      file: series/gauge.csv
      time: { column: t, zone: UTC }
      columns: { v: water_level_m }
`;

async function faults(text: string): Promise<readonly string[]> {
  const error = await parseAgentConfig(text, "agent.yaml", "/etc/kenh").catch((e: unknown) => e);
  if (!(error instanceof ConfigError)) throw new Error("it was taken");
  return error.faults;
}

test("a file is completed with the defaults, and its paths are taken from its folder", async () => {
  using folder = temporaryFolder();
  mkdirSync(join(folder.path, "secrets"));
  const file = join(folder.path, "agent.yaml");
  writeFileSync(file, good);
  const config = await loadAgentConfig(file);
  expect(config).toMatchObject({
    dataDir: join(folder.path, "data"),
    broker: { passwordFile: join(folder.path, "secrets/password") },
    outbox: defaults.outbox,
    batch: defaults.batch,
    publish: defaults.publish,
  });
  expect(config.drivers[0]?.config.file).toBe(join(folder.path, "series/gauge.csv"));
  expect(await checkConfig(file)).toEqual([]);
  expect(await checkConfig(join(folder.path, "other.yaml"))).toEqual([
    expect.stringContaining("check the path"),
  ]);
});

describe("a fault names file, line, value and way out", () => {
  test.each([
    [
      "version: 1",
      "version: 2",
      'agent.yaml:1: version 2: this program knows 1 to 1; write "version: 1"',
    ],
    [
      "mqtts://tram.example:8883",
      "http://tram.example",
      'agent.yaml:5: broker.url "http://tram.example": must be mqtt://',
    ],
    [
      "82/29869/ubnd/gw-01",
      "GW-01",
      'agent.yaml:3: identity "GW-01": must be province/unit/site/device',
    ],
    [
      "kind: replay",
      "kind: modbuss",
      `agent.yaml:9: drivers.0.kind "modbuss": is no kind of driver; use one of ${kindNames.join(", ")}`,
    ],
    [
      "dataDir: data",
      "dataDirectory: data",
      'agent.yaml:7: dataDirectory "data": is not known; remove it',
    ],
    [
      ", zone: UTC",
      "",
      "agent.yaml:13: drivers.0.config.time.zone: must say where the clock of the file stood",
    ],
    [
      "v: water_level_m",
      "v: Water",
      'agent.yaml:14: drivers.0.config.columns.v "Water": must be a quantity',
    ],
    [
      "passwordFile: secrets/password",
      "passwordFile: a\n  password: geheim",
      "agent.yaml:7: broker.password: stands beside passwordFile",
    ],
    [
      "kind: replay",
      "kind: replay\n    checks: { water_level_m: { range: { min: 3, max: 1 } } }",
      "agent.yaml:10: drivers.0.checks.water_level_m.range: needs min",
    ],
    [
      "kind: replay",
      "kind: replay\n    report:\n      on: period",
      "agent.yaml:10: drivers.0.report.periodMs",
    ],
    [
      "dataDir: data",
      "dataDir: data\nclock: { server: http://time }",
      'agent.yaml:8: clock.server "http://time": must be a host',
    ],
    ["name: gw-01", "name: [", "agent.yaml:3: not YAML"],
  ])("%s → %s", async (from, to, expected) => {
    const found = await faults(good.replace(from, to));
    expect(
      found.some((fault) => fault.startsWith(expected)),
      found.join("\n"),
    ).toBe(true);
    expect(found.join("\n")).not.toContain("geheim");
  });

  test("an empty file", async () => {
    expect((await faults(""))[0]).toContain(
      'agent.yaml:1: is empty or not a mapping; begin with "version: 1"',
    );
  });
});
