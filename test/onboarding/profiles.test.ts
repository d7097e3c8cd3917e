import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { driverEntry, parseAgentConfig } from "@kenh/edge-agent";
import { loadCatalogue } from "@kenh/ingest";
import type { Identity } from "@kenh/schemas";
import { draft } from "@kenh/schemas/draft";
import { profileYaml } from "@kenh/schemas/draft/yaml";
import { describe, expect, test } from "vitest";
import { parse, parseDocument, stringify } from "yaml";
import { faultsIn, profileIn } from "../../commands/profile-check.ts";
import { temporaryFolder } from "../support/folder.ts";
import { kenh } from "../support/station.ts";

const schemas = fileURLToPath(new URL("../../schemas/", import.meta.url));
const catalogue = loadCatalogue(schemas);
const profiles = [...catalogue.profiles.values()];
const sourced = profiles.filter(({ source }) => source);
const fileOf = (name: string): string => join(schemas, "profiles", `${name}.yaml`);

describe("the shipped profiles", () => {
  test.each(readdirSync(join(schemas, "profiles")))(
    "%s is in order, and its samples give what they must",
    async (file) => {
      expect(await faultsIn(join(schemas, "profiles", file), catalogue)).toEqual([]);
    },
  );

  test("a source that a driver decodes by points has a sample", () => {
    const bare = sourced.filter(
      ({ source, samples }) => source?.points.length && samples.length === 0,
    );
    expect(bare.map(({ name }) => name)).toEqual([]);
  });

  test("there is gear of each kind", () => {
    expect(new Set(sourced.map(({ source }) => source?.driver))).toEqual(
      new Set(["lorawan", "mqtt", "modbus", "snmp", "nut", "camera"]),
    );
    expect(sourced.length).toBeGreaterThanOrEqual(25);
  });

  const addresses = {
    lorawan: "chirpstack://10.0.0.2:1883",
    mqtt: "mqtt://10.0.0.2/tele/boiler/SENSOR",
    modbus: "modbus://10.0.0.5:502?unit=7",
    snmp: "snmp://public@10.0.0.6",
    nut: "nut://10.0.0.7/ups",
    opcua: "opc.tcp://10.0.0.8:4840",
    camera: "rtsp://10.0.0.9/stream",
  } as const;
  test.each(sourced)("an agent takes the entry of $name as it is printed", async (profile) => {
    const device = "82/29869/thu/may-01" as Identity;
    const address = addresses[profile.source?.driver ?? "nut"];
    const entry = await driverEntry(profile, {
      device,
      address,
      node: "a84041c341834c84",
      zone: "Asia/Ho_Chi_Minh",
    });
    const config = {
      version: 1,
      name: "gw-01",
      identity: "82/29869/thu/gw-01",
      broker: { url: "mqtt://127.0.0.1:9" },
      dataDir: "data",
      drivers: [entry],
    };
    const { drivers } = await parseAgentConfig(stringify(config), "agent.yaml", "/");
    expect(drivers[0]).toMatchObject({ kind: profile.source?.driver, device });
  });

  test("a clock without a zone is asked for, never guessed", async () => {
    const profile = catalogue.profiles.get("tasmota-plug");
    if (!profile) throw new Error("tasmota-plug is not shipped");
    const device = "82/29869/thu/may-01" as Identity;
    const entry = await driverEntry(profile, { device, address: addresses.mqtt });
    const config = `version: 1\nname: a\nidentity: 82/29869/thu/gw\nbroker: { url: "mqtt://h" }\ndataDir: d\ndrivers: ${JSON.stringify([entry])}\n`;
    await expect(parseAgentConfig(config, "agent.yaml", "/")).rejects.toThrow(
      /zone: .*Asia\/Ho_Chi_Minh/,
    );
  });
});

/** One way of getting a profile wrong: what is changed, and what the message must name. */
type Mutation = readonly [
  what: string,
  profile: string,
  path: readonly (string | number)[],
  value: unknown,
  names: RegExp,
];

const points = ["source", "points", 0] as const;
/** The same slip on several profiles. */
const slips = (names: readonly string[], make: (name: string) => Mutation): Mutation[] =>
  names.map(make);
const withPoints = sourced
  .filter(({ source }) => (source?.points.length ?? 0) > 0)
  .map(({ name }) => name);
const some = withPoints.slice(0, 12);
const meters = withPoints
  .filter((name) => catalogue.profiles.get(name)?.source?.driver === "modbus")
  .slice(0, 6);
const documents = withPoints
  .filter((name) =>
    ["lorawan", "mqtt"].includes(catalogue.profiles.get(name)?.source?.driver ?? ""),
  )
  .slice(0, 8);

const mutations: readonly Mutation[] = [
  ...slips(some, (p) => [
    "a quantity misspelt at a point",
    p,
    [...points, "quantity"],
    `${catalogue.profiles.get(p)?.source?.points[0]?.quantity}x`,
    /is no quantity: did you mean/,
  ]),
  ...slips(some, (p) => [
    "a quantity that the profile does not take",
    p,
    [...points, "quantity"],
    "engine_hours_h",
    /add it to quantities/,
  ]),
  ...slips(some, (p) => [
    "a scale ten times off",
    p,
    [...points, "scale"],
    12.5,
    /must give .* and gives/,
  ]),
  ...slips(some, (p) => [
    "a quantity misspelt in the list",
    p,
    ["quantities", 0],
    "voltag_v",
    /is no quantity/,
  ]),
  ...slips(some.slice(0, 6), (p) => [
    "a word of the point misspelt",
    p,
    [...points, "sclae"],
    0.1,
    /sclae: is not known there: did you mean scale/,
  ]),
  ...slips(some.slice(0, 6), (p) => [
    "a scale as a text",
    p,
    [...points, "scale"],
    "0.1",
    /source\.points\.0\.scale: .*expected number/,
  ]),
  ...slips(some.slice(0, 4), (p) => [
    "sentinels as a number",
    p,
    [...points, "sentinels"],
    32767,
    /sentinels: .*expected array/,
  ]),
  ...slips(meters, (p) => [
    "a function that writes",
    p,
    [...points, "function"],
    16,
    /must be a function that reads/,
  ]),
  ...slips(meters, (p) => [
    "an address beyond the last",
    p,
    [...points, "address"],
    65_536,
    /address: .*65535/,
  ]),
  ...slips(meters, (p) => [
    "a type of number that is none",
    p,
    [...points, "type"],
    "float",
    /type: .*f32/,
  ]),
  ...slips(meters.slice(0, 3), (p) => [
    "an order of words that is none",
    p,
    [...points, "wordOrder"],
    "ABDC",
    /wordOrder: .*CDAB/,
  ]),
  ...slips(documents, (p) => [
    "a path that can't be read",
    p,
    [...points, "path"],
    "a..b",
    /can't be read/,
  ]),
  ...slips(documents.slice(0, 4), (p) => [
    "a path to nothing",
    p,
    [...points, "path"],
    "nowhere",
    /must give .* and gives nothing/,
  ]),
  [
    "a secret",
    "apc-smart-ups",
    ["source", "config"],
    { community: "private" },
    /community: .*is a secret/,
  ],
  ["a password", "tasmota-plug", ["source", "config", "password"], "x", /password: .*is a secret/],
  [
    "an address of one place",
    "nut-ups",
    ["source", "config"],
    { host: "10.0.0.1" },
    /host: .*belongs to one installation/,
  ],
  [
    "entries nowhere to be found",
    "tasmota-plug",
    ["source", "config", "each"],
    "a..b",
    /each: can't be read/,
  ],
  [
    "devices told apart by a word that is none",
    "tasmota-plug",
    ["source", "config", "nodeBy"],
    { pth: "id" },
    /nodeBy/,
  ],
  [
    "devices told apart by the name of an entry, without entries",
    "tasmota-plug",
    ["source", "config", "nodeBy"],
    { key: true },
    /nodeBy\.key: .*say in each/,
  ],
  [
    "a filter of topics that is none",
    "tasmota-plug",
    ["source", "config", "topic"],
    "a/#/b",
    /topic: must be a topic filter/,
  ],
  [
    "a form of time that is none",
    "tasmota-plug",
    ["source", "config", "time", "format"],
    "local",
    /format: .*tasmota-local/,
  ],
  [
    "an OID that is none",
    "apc-smart-ups",
    [...points, "oid"],
    "upsBattery.0",
    /oid: must be numeric/,
  ],
  ["a MIB that is none", "snmp-ups", ["source", "config", "mib"], "apc", /mib: .*ups/],
  ["a driver that is none", "nut-ups", ["source", "driver"], "apcupsd", /driver: .*nut/],
  ["a version from the future", "nut-ups", ["version"], 3, /version: .*write 2/],
  ["a name with spaces", "nut-ups", ["name"], "My UPS", /:\d+: name/],
  ["a label in one language", "nut-ups", ["label"], { en: "UPS" }, /:\d+: label\.vi/],
  [
    "a class that is none",
    "nut-ups",
    ["classes", 0],
    "powr",
    /classes\.0: powr is no class: did you mean power/,
  ],
  [
    "a word of the profile misspelt",
    "nut-ups",
    ["measurment"],
    "power",
    /measurment is not known there: did you mean measurement/,
  ],
  ["an interval below nothing", "nut-ups", ["intervalMs"], -5, /intervalMs/],
  [
    "a sample that no device could give",
    "nut-ups",
    ["samples", 0, "gives", "battery_charge_pct"],
    980,
    /980 is not plausible \(0 to 100\)/,
  ],
  [
    "a sample that gives what is unknown",
    "nut-ups",
    ["samples", 0, "gives", "battery_chrge_pct"],
    98,
    /battery_chrge_pct is no quantity: did you mean battery_charge_pct/,
  ],
  [
    "a sample that forgets a reading",
    "nut-ups",
    ["samples", 0, "says", "ups.temperature"],
    "31",
    /must give ups_temperature_c nothing, and gives 31/,
  ],
  [
    "a point twice",
    "apc-smart-ups",
    ["source", "points", 1, "quantity"],
    "battery_charge_pct",
    /gives one quantity twice/,
  ],
];

test(`${mutations.length} wrong profiles are refused, each with line and mend`, async () => {
  using folder = temporaryFolder();
  expect(mutations.length).toBeGreaterThanOrEqual(100);
  const passed: string[] = [];
  for (const [index, [what, profile, path, value, names]] of mutations.entries()) {
    const document = parseDocument(readFileSync(fileOf(profile), "utf8"));
    document.setIn(path, value);
    const file = join(folder.path, `${index}.yaml`);
    writeFileSync(file, document.toString());
    const faults = await faultsIn(file, catalogue).catch((error: Error) =>
      error.message.split("\n"),
    );
    const told = faults.some((fault) => names.test(fault) && /\.yaml:\d+: /.test(fault));
    if (!told) passed.push(`${what} in ${profile}: ${faults.join(" | ") || "passed"}`);
  }
  const kinds = Object.groupBy(mutations, ([what]) => what);
  const table = Object.entries(kinds).map(
    ([what, of = []]) => `${String(of.length).padStart(4)}  ${what}`,
  );
  process.stdout.write(`\nwrong profiles, each refused with its mend\n${table.join("\n")}\n`);
  expect(passed).toEqual([]);
});

test("the profile of the reference is in order", async () => {
  using folder = temporaryFolder();
  const reference = readFileSync(join(schemas, "../docs/reference/profiles.md"), "utf8");
  const [, text = ""] = /```yaml profile\n([\s\S]*?)```/.exec(reference) ?? [];
  const file = join(folder.path, "my-level.yaml");
  writeFileSync(file, text);
  expect(await faultsIn(file, catalogue)).toEqual([]);
});

test("a decoder of the vendor goes with the profile into the agent's entry", async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "own.yaml");
  const decoder = "function decodeUplink(input) { return { data: { d: input.bytes[0] } }; }";
  const profile = {
    version: 2,
    name: "own",
    label: { vi: "a", en: "a" },
    measurement: "water",
    quantities: ["distance_m"],
    source: {
      driver: "lorawan",
      config: { decoder },
      points: [{ path: "d", quantity: "distance_m" }],
    },
  };
  const sample = (bytes: string, fPort: number) => ({
    ...profile,
    samples: [{ name: "raw", says: { bytes, fPort }, gives: { distance_m: 18 } }],
  });
  const faultsOf = async (written: object): Promise<string[]> => {
    writeFileSync(file, stringify(written));
    return faultsIn(file, catalogue);
  };
  expect(await faultsOf(sample("12", 1))).toEqual([]);
  expect(await faultsOf(sample("13", 1))).toEqual([
    expect.stringMatching(/:\d+: samples\.0\.gives: .* must give distance_m 18, and gives 19/),
  ]);
  const errors = "function decodeUplink(input) { return { errors: ['no port ' + input.fPort] }; }";
  const wrong = (source: string) => ({
    ...sample("12", 9),
    source: { ...profile.source, config: { decoder: source } },
  });
  expect(await faultsOf(wrong(errors))).toEqual([
    expect.stringMatching(/:\d+: samples\.0\.says: the decoder can't read it: .*no port 9/),
  ]);
  for (const [source, message] of [
    ["function (", /:\d+: source\.config\.decoder: .*failed: /],
    ["var x = 1;", /:\d+: source\.config\.decoder: .*holds neither decodeUplink/],
    ["for (;;) {}", /:\d+: source\.config\.decoder: .*endless loop/],
  ] as const) {
    expect(await faultsOf(wrong(source))).toEqual([expect.stringMatching(message)]);
  }
  expect(await faultsOf(profile)).toEqual([]);
  const entry = await driverEntry(profileIn(file), {
    device: "82/29869/thu/may-01" as Identity,
    address: "chirpstack://10.0.0.2",
    node: "a84041c341834c84",
  });
  expect(entry.config["devices"]).toMatchObject({ a84041c341834c84: { decoder } });
});

test("a file of version 1 is read as one of version 2", async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "old.yaml");
  writeFileSync(
    file,
    "version: 1\nname: old\nlabel: { vi: a, en: a }\nmeasurement: water\nclasses: [water]\n",
  );
  expect(await faultsIn(file, catalogue)).toEqual([]);
});

describe("kenh profile", () => {
  const captured = {
    "uplink.json": JSON.stringify({
      deviceInfo: { devEui: "a84041c341834c84" },
      fPort: 85,
      object: { distance: 1234, battery: 97 },
    }),
    "plug.txt":
      'tele/plug/SENSOR {"Time":"2026-11-22T07:00:05","ENERGY":{"Power":95,"Voltage":231,"Total":12.3}}',
    "meter.csv":
      "Tên,Địa chỉ,Đơn vị,Hệ số,Kiểu\nĐiện áp pha A,0,V,10,UINT16\nĐiện năng,16,kWh,100,UINT32\n",
    "walk.txt": ".1.3.6.1.2.1.33.1.2.4.0 = INTEGER: 100\n.1.3.6.1.2.1.33.1.2.5.0 = INTEGER: 546\n",
    "ups.txt": "battery.charge: 100\ninput.voltage: 230\nups.status: OL\n",
    "nodes.csv":
      "NodeId,DisplayName,Value,Unit\nns=2;s=Level,Water level,2.3,m\nns=2;s=Temp,Water temperature,28.1,°C\n",
  };
  const addresses: Readonly<Record<string, string[]>> = {
    "uplink.json": ["chirpstack://127.0.0.1", "--node", "a84041c341834c84"],
    "plug.txt": ["mqtt://127.0.0.1/tele/plug/SENSOR"],
    "meter.csv": ["modbus://127.0.0.1?unit=3"],
    "walk.txt": ["snmp://public@127.0.0.1"],
    "ups.txt": ["nut://127.0.0.1/ups"],
    "nodes.csv": ["opc.tcp://127.0.0.1:4840"],
  };

  const naming = {
    name: "moi",
    quantities: catalogue.quantities,
    classOf: (quantity: string) =>
      [...catalogue.classes].find(([, members]) =>
        members.some(({ name }) => name === quantity),
      )?.[0],
  };
  test.each(Object.entries(captured))(
    "%s becomes a profile in order, and an entry",
    async (name, text) => {
      using folder = temporaryFolder();
      const drafted = draft(text, catalogue.quantities);
      expect(drafted.points.length).toBeGreaterThan(0);
      const file = join(folder.path, "moi.yaml");
      writeFileSync(file, profileYaml(drafted, naming));
      expect(await faultsIn(file, catalogue)).toEqual([]);
      const [address = "", , node] = addresses[name] ?? [];
      const entry = await driverEntry(profileIn(file), {
        device: "82/29869/thu/may-01" as Identity,
        address,
        ...(node && { node }),
      });
      expect(entry.device).toBe("82/29869/thu/may-01");
    },
  );

  test("from a captured payload to the agent's entry in three commands", async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "uplink.json");
    writeFileSync(file, captured["uplink.json"]);
    const data = ["--data", folder.path];
    const json = await kenh("profile", "draft", file, "--json", ...data);
    expect(json).toMatchObject({ code: 0, stderr: "" });
    const { points } = JSON.parse(json.stdout) as { points: Record<string, unknown>[] };
    expect(points).toEqual([
      expect.objectContaining({
        path: "object.distance",
        quantity: "distance_m",
        unit: "m",
        scale: 0.001,
      }),
      expect.objectContaining({
        path: "object.battery",
        quantity: "battery_pct",
        unit: "%",
        scale: 1,
      }),
    ]);
    for (const { confidence } of points) expect(confidence).toBeGreaterThan(0.5);

    const profile = join(folder.path, "profiles", "moi.yaml");
    mkdirSync(join(folder.path, "profiles"));
    writeFileSync(
      profile,
      (await kenh("profile", "draft", file, "--profile", "moi", ...data)).stdout,
    );
    expect(await kenh("profile", "check", profile, ...data)).toMatchObject({ code: 0, stdout: "" });
    const to = [
      "--device",
      "82/29869/thu/may-01",
      "--address",
      ...(addresses["uplink.json"] ?? []),
    ];
    const entry = await kenh("profile", "entry", "moi", ...to, ...data);
    expect(entry).toMatchObject({ code: 0, stderr: "" });
    expect(parse(entry.stdout)).toMatchObject([
      {
        kind: "lorawan",
        config: {
          devices: {
            a84041c341834c84: {
              points: [
                { path: "distance", quantity: "distance_m", scale: 0.001 },
                { path: "battery" },
              ],
            },
          },
        },
      },
    ]);
  });

  test("what can't be drafted, found or reached says so", async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "x.txt");
    writeFileSync(file, "xin chào");
    const data = ["--data", folder.path];
    expect(await kenh("profile", "draft", file, ...data)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("is none of what a draft is made from"),
    });
    expect(await kenh("profile", "draft", `${file}.gone`, ...data)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("can't be read"),
    });
    const entry = ["--device", "82/29869/thu/may-01", "--address"];
    expect(await kenh("profile", "entry", "nut-upps", ...entry, "nut://h", ...data)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("did you mean nut-ups?"),
    });
    expect(await kenh("profile", "entry", "nut-ups", ...entry, "http://h", ...data)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("begin it with nut://"),
    });
  });
});
