import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Identity } from "@kenh/schemas";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { entryFor, planConnection } from "../../commands/device-connect.ts";
import { accessOf, catalogueOf, registryOf } from "../../commands/state.ts";
import { temporaryFolder } from "../support/folder.ts";

const site = "82/29869/ubnd";

/** What stands behind `kenh device add … --connect`. */
async function connect(
  dataDir: string,
  profile: string,
  device: string,
  address: string,
  more: { node?: string; zone?: string } = {},
): Promise<string> {
  const model = catalogueOf(dataDir).profiles.get(profile);
  if (!model) throw new Error(`no profile ${profile}`);
  const at = { device: `${site}/${device}` as Identity, address, ...more };
  const planned = await planConnection(dataDir, await entryFor(model, at));
  const parts = { access: accessOf(dataDir), registry: registryOf(dataDir) };
  try {
    return await planned.commit(parts);
  } finally {
    parts.access.close();
    parts.registry.close();
  }
}

interface Written {
  readonly identity: string;
  readonly drivers: { device: string; config: { url: string; devices: object } }[];
}

test.each([
  [
    "a clock without its zone",
    ["tasmota-plug", "o-cam", "mqtt://10.0.0.2/tele/o-cam/SENSOR"],
    /zone: .*where the clock of the device stands/,
  ],
  [
    "an address of another kind",
    ["tasmota-plug", "o-cam", "modbus://10.0.0.5?unit=1"],
    /is no address of mqtt: begin it with mqtt:\/\//,
  ],
  ["a node without a name", ["dragino-ldds75", "muc", "chirpstack://10.0.0.2"], /name its devEui/],
  ["a profile that reads nothing", ["generic-water", "muc", "mqtt://10.0.0.2"], /names no source/],
] as const)("%s is told, and nothing is left behind", async (_, words, message) => {
  using folder = temporaryFolder("connect");
  const [profile, device, address] = words;
  await expect(connect(folder.path, profile, device, address)).rejects.toThrow(message);
  const left = readdirSync(folder.path, { recursive: true }).filter((file) => file !== "agent");
  expect(left).toEqual([]);
});

describe("the configuration of the station's own agent", () => {
  const node = (last: number) => ({ node: `a84041c341834c8${last}` });
  const hears = ({ drivers }: Written) =>
    drivers.map(({ config }) => [config.url, Object.keys(config.devices)]);

  test("nodes of one network share a connection; a new address takes the place of the old", async () => {
    using folder = temporaryFolder("connect");
    const add = async (device: string, last: number, broker: string): Promise<Written> =>
      parse(
        readFileSync(
          await connect(
            folder.path,
            "dragino-ldds75",
            device,
            `chirpstack://${broker}`,
            node(last),
          ),
          "utf8",
        ),
      );
    await add("muc-1", 1, "10.0.0.2");
    expect(hears(await add("muc-2", 2, "10.0.0.2"))).toEqual([
      ["mqtt://10.0.0.2", [node(1).node, node(2).node]],
    ]);
    expect(hears(await add("muc-2", 2, "10.0.0.3"))).toEqual([
      ["mqtt://10.0.0.2", [node(1).node]],
      ["mqtt://10.0.0.3", [node(2).node]],
    ]);
    expect(hears(await add("muc-1", 1, "10.0.0.3"))).toEqual([
      ["mqtt://10.0.0.3", [node(2).node, node(1).node]],
    ]);
  });

  test("the agent is registered, may publish for its devices, and its password is for its owner alone", async () => {
    using folder = temporaryFolder("connect");
    await connect(folder.path, "nut-ups", "ups-1", "nut://10.0.0.2/a");
    const password = readFileSync(join(folder.path, "agent", "password"), "utf8");
    const file = await connect(folder.path, "nut-ups", "ups-2", "nut://10.0.0.2/b");
    const { identity } = parse(readFileSync(file, "utf8")) as Written;
    const access = accessOf(folder.path);
    const account = await access.authenticate(identity, password);
    expect(account?.publishes).toEqual(
      expect.arrayContaining([identity, `${site}/ups-1`, `${site}/ups-2`]),
    );
    access.close();
    const registry = registryOf(folder.path);
    expect(registry.find(identity as Identity)?.profile).toBe("edge-gateway");
    registry.close();
  });

  test("what a person wrote in it stays", async () => {
    using folder = temporaryFolder("connect");
    const file = await connect(folder.path, "nut-ups", "ups-1", "nut://10.0.0.2/a");
    const noted = readFileSync(file, "utf8").replace("drivers:", "# tủ số 3\ndrivers:");
    writeFileSync(file, noted.replace("  - kind: nut", "  # dưới gầm\n  - kind: nut"));
    await connect(folder.path, "nut-ups", "ups-2", "nut://10.0.0.2/b");
    const after = readFileSync(file, "utf8");
    expect(after).toContain("# tủ số 3");
    expect(after).toContain("# dưới gầm");
    expect((parse(after) as Written).drivers).toHaveLength(2);
  });

  test("devices of one message share its topic, each under its own name", async () => {
    using folder = temporaryFolder("connect");
    mkdirSync(join(folder.path, "profiles"));
    writeFileSync(
      join(folder.path, "profiles", "cong-gop.yaml"),
      `version: 2
name: cong-gop
label: { vi: "Cổng gộp", en: "Gateway of several" }
measurement: water
quantities: [water_level_m]
source:
  driver: mqtt
  config: { topic: cong/tong-hop, each: data, nodeBy: { path: id } }
  points: [{ path: muc, quantity: water_level_m, scale: 0.01 }]
samples:
  - { name: one of them, says: { id: 7, muc: 193 }, gives: { water_level_m: 1.93 } }
`,
    );
    const broker = "mqtt://10.0.0.2";
    await expect(connect(folder.path, "cong-gop", "muc-7", broker)).rejects.toThrow(/--node/);
    await connect(folder.path, "cong-gop", "muc-7", broker, { node: "7" });
    const file = await connect(folder.path, "cong-gop", "muc-9", broker, { node: "9" });
    const { drivers } = parse(readFileSync(file, "utf8"));
    expect(drivers).toHaveLength(1);
    expect(drivers[0].config.subscriptions).toMatchObject([
      {
        ...{ topic: "cong/tong-hop", each: "data" },
        deviceBy: { path: "id", devices: { 7: `${site}/muc-7`, 9: `${site}/muc-9` } },
      },
    ]);
  });
});
