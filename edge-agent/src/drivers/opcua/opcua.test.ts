import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes, X509Certificate } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { parse } from "yaml";
import { absent, freePort, until } from "../../../../test/support/counterpart.ts";
import { startFaultProxy } from "../../../../test/support/fault-proxy.ts";
import { temporaryFolder } from "../../../../test/support/folder.ts";
import { type OpcuaServer, startOpcuaServer } from "../../../../test/support/opcua-server.ts";
import { noSharedData, sharedData } from "../../../../test/support/shared-data.ts";
import type { DriverSample, Finding, Unreadable } from "../../driver.ts";
import { type Config, configSchema } from "./config.ts";
import type { RawValue } from "./messages.ts";
import { driver, read } from "./opcua.ts";
import { checkTrust, thumbprintsOf } from "./trust.ts";
import { samplesOf, shortest } from "./value.ts";

const noOpenssl = absent("openssl");

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

interface Golden {
  readonly name: string;
  readonly points: readonly object[];
  readonly raw: readonly RawValue[];
  readonly samples: readonly DriverSample[];
  readonly reports: readonly string[];
}
const golden = JSON.parse(readFileSync(here("golden/values.json"), "utf8")) as Golden[];
test.each(golden)("golden: $name", ({ points, raw, samples, reports }) => {
  const told: string[] = [];
  const config = configSchema.parse({ url: "opc.tcp://h", security: "None", points });
  const given = samplesOf(raw, config.points, 9999, (at, reason) => told.push(`${at}: ${reason}`));
  expect(given).toEqual(samples);
  expect(told).toEqual(reports.map((text) => expect.stringContaining(text)));
});

test.each([1.93, 0.1, 3.402823e38, -273.15, 16777216, 1e-10, 1 / 3])(
  "a 32-bit %d is written as short as it is",
  (value) => {
    const float = Math.fround(value);
    expect(Math.fround(shortest(float))).toBe(float);
    expect(String(shortest(float)).length).toBeLessThanOrEqual(String(float).length);
  },
);

test("the configuration is strict, and the sample of the dossier is one", () => {
  const [, sample] = readFileSync(here("README.md"), "utf8").match(/```yaml\n([\s\S]*?)```/) ?? [];
  const [entry] = parse(sample ?? "") as { kind: string; config: unknown }[];
  expect(configSchema.parse(entry?.config).points).toHaveLength(2);
  const faults = (config: object) =>
    configSchema
      .safeParse({ url: "opc.tcp://h", points: [], ...config })
      .error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  expect(faults({})).toEqual([expect.stringContaining("pkiDir: is needed with Basic256Sha256")]);
  expect(faults({ security: "None", username: "a" })).toEqual([
    expect.stringContaining("username: and password belong together"),
  ]);
  expect(
    faults({ security: "None", points: [{ node: "Level", quantity: "water_level_m" }] })?.[0],
  ).toMatch(/points.0.node: must be a node, such as/);
});

test("an agent without an OPC UA device never loads the library, and with one not into its own thread", () => {
  const script = `
    import { registerHooks } from "node:module";
    const seen = [];
    registerHooks({
      resolve(specifier, context, next) {
        const found = next(specifier, context);
        if (/node-opcua/.test(found.url)) seen.push(found.url);
        return found;
      },
    });
    const { kindNames, loadKind } = await import(${JSON.stringify(new URL("../../kinds.ts", import.meta.url).href)});
    for (const kind of kindNames) await loadKind(kind);
    const before = seen.length;
    await import("node-opcua-nodesets");
    console.log(JSON.stringify([kindNames.includes("opcua"), before, seen.length > 0]));`;
  const child = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    encoding: "utf8",
    cwd: here("."),
  });
  expect(child.stderr.replace(/.*Warning.*\n?/g, "")).toBe("");
  expect(JSON.parse(child.stdout)).toEqual([true, 0, true]);
});

const folder = temporaryFolder("opcua-driver");
const nodesetFiles = noSharedData()
  ? []
  : ["Machinery.Examples", "Scheduler"].map((name) =>
      sharedData(`opcua/Opc.Ua.${name}.NodeSet2.xml`),
    );
let server: OpcuaServer;
beforeAll(async () => {
  server = await startOpcuaServer(folder.path, { nodesetFiles });
});
afterAll(async () => {
  await server.stop();
  folder[Symbol.dispose]();
});

const own = (name: string) => `nsu=urn:kenh:test:station;s=${name}`;
/** Its keep-alives may be late by half a minute: a machine that is slow for a while is no silence. */
const fast = { publishingIntervalMs: 50, samplingIntervalMs: 10, keepAliveCount: 200 };
const level = [{ node: own("Level"), quantity: "water_level_m" }];
const configOf = (raw: object) =>
  configSchema.parse({
    url: server.url,
    security: "None",
    pkiDir: join(folder.path, "agent"),
    points: level,
    ...fast,
    ...raw,
  });

/** Runs the driver in the background and keeps what it gives. */
function watch(config: Config, execArgv?: readonly string[]) {
  const stop = new AbortController();
  const samples: DriverSample[] = [];
  const reports: Unreadable[] = [];
  const ended = (async () => {
    const told = (report: Unreadable) => reports.push(report);
    for await (const sample of read(config, stop.signal, told, Date.now, execArgv)) {
      samples.push(sample);
    }
  })().catch((error: Error) => error);
  return { samples, reports, ended, stop: () => stop.abort() };
}

/** Runs it until it ends of itself, and gives the message of its error. */
async function failure(config: Config): Promise<string> {
  const running = watch(config);
  const error = await running.ended;
  expect(running.samples).toEqual([]);
  return String(error);
}

/** The same for several that have nothing to do with each other: each thread loads the library. */
const failures = (...configs: readonly Config[]) => Promise.all(configs.map(failure));

test("values of every type at the times of the source, with the quality of the server", async () => {
  const running = watch(
    configOf({
      points: [
        ...level,
        { node: own("Battery"), quantity: "battery_v", scale: 0.001 },
        { node: own("Total"), quantity: "energy_kwh" },
        { node: own("Open"), quantity: "tamper", type: "boolean" },
        { node: own("State"), quantity: "ups_status", type: "string" },
        { node: own("Nowhere"), quantity: "ph" },
        { node: "nsu=urn:nobody;s=x", quantity: "salinity_ppt" },
        { node: "i=2255", quantity: "turbidity_ntu" },
      ],
    }),
  );
  const now = () => Object.assign({}, ...running.samples.map((s) => s.values));
  await until(() => Object.keys(now()).length >= 5, "the first values");
  expect(now()).toMatchObject({
    battery_v: 3.612,
    energy_kwh: 4294967301,
    tamper: true,
    ups_status: "chạy",
  });
  const flag = (quantity: string) => running.samples.find((s) => s.qc?.[quantity])?.qc?.[quantity];
  await until(() => flag("turbidity_ntu"), "the array");
  expect(["battery_v", "ph", "salinity_ppt", "turbidity_ntu"].map(flag)).toEqual([1, 9, 9, 9]);
  expect(running.reports.map((r) => `${r.at}: ${r.reason}`)).toEqual([
    expect.stringContaining('nsu=urn:nobody;s=x: the server has no namespace "urn:nobody"'),
    expect.stringContaining(`${own("Nowhere")}: the server says BadNodeIdUnknown`),
    expect.stringContaining("i=2255: is an array of String"),
  ]);

  const at = Date.parse("2026-11-22T00:00:00.250Z");
  const steps = [
    [undefined, 1],
    ["UncertainLastUsableValue", 3],
    ["BadSensorFailure", 4],
    [undefined, 1],
  ] as const;
  for (const [index, [status, expected]] of steps.entries()) {
    const ts = at + index * 1000;
    const values = [{ value: 2 + index, ts }];
    await server.command({ do: "set", name: "Level", values, ...(status && { status }) });
    const sample = await until(() => running.samples.find((s) => s.ts === ts), `step ${index}`);
    expect(sample.qc).toEqual({ water_level_m: expected });
    expect(sample.values).toEqual({ water_level_m: 2 + index });
  }
  running.stop();
  expect(await running.ended).toBeUndefined();
});

test("the server's queue brings what happened between two publications, and tells of what it dropped", async () => {
  const running = watch(
    configOf({ publishingIntervalMs: 500, queueSize: 5, samplingIntervalMs: 0, keepAliveCount: 8 }),
  );
  await until(() => running.samples.length > 0, "a first value");
  const burst = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) => ({ value: from + i, ts: 1.79e12 + from + i }));
  const seen = () => running.samples.map((s) => s.values.water_level_m);
  await server.command({ do: "set", name: "Level", values: burst(100, 5) });
  await until(() => seen().includes(104), "the burst");
  expect(seen().slice(-5)).toEqual([100, 101, 102, 103, 104]);
  expect(running.reports).toEqual([]);
  await server.command({ do: "set", name: "Level", values: burst(200, 20) });
  await until(() => seen().includes(219), "the longer burst");
  expect(seen().filter((v) => Number(v) >= 200)).toEqual([215, 216, 217, 218, 219]);
  expect(running.reports).toEqual([
    { at: own("Level"), reason: expect.stringContaining("the server dropped values") },
  ]);
  running.stop();
  await running.ended;
});

describe("security", () => {
  const secure = { security: "Basic256Sha256" };

  test("an unknown certificate is refused with its thumbprints, a pinned one is taken, another is not", async () => {
    const { sha1, sha256 } = thumbprintsOf(Buffer.from(server.certificate, "base64"));
    const upper = sha1.toUpperCase().replace(/..(?=.)/g, "$&:");
    const login = { username: "kenh", password: "mật khẩu" };
    const pinned = watch(configOf({ ...secure, serverThumbprint: upper, ...login }));
    await until(() => pinned.samples.length > 0, "a value over the secure channel");
    pinned.stop();
    expect(await pinned.ended).toBeUndefined();
    const [unknown, another] = await failures(
      configOf(secure),
      configOf({ ...secure, serverThumbprint: "0".repeat(40) }),
    );
    expect(unknown).toContain("is not trusted yet");
    expect(unknown).toContain(`SHA-1 ${sha1}`);
    expect(unknown).toContain(`write serverThumbprint: ${sha256}`);
    expect(another).toContain("another answers in its place");
  });

  test("a certificate is compared with a file as well", () => {
    const der = Buffer.from(server.certificate, "base64");
    const pem = Buffer.from(new X509Certificate(der).toString());
    expect(() => checkTrust("u", der, der)).not.toThrow();
    expect(() => checkTrust("u", der, pem)).not.toThrow();
    expect(() => checkTrust("u", undefined, pem)).toThrow("shows no certificate");
  });

  test.skipIf(noOpenssl)(
    `a user certificate logs in${noOpenssl ? ` (${noOpenssl})` : ""}`,
    async () => {
      const base = join(folder.path, "user");
      execFileSync(
        "openssl",
        `req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=kenh -keyout ${base}.key -out ${base}.pem`.split(
          " ",
        ),
        { stdio: "pipe" },
      );
      const { sha256 } = thumbprintsOf(Buffer.from(server.certificate, "base64"));
      const user = { userCertFile: `${base}.pem`, userKeyFile: `${base}.key` };
      const running = watch(configOf({ ...secure, serverThumbprint: sha256, ...user }));
      await until(() => running.samples.length > 0, "a value by certificate");
      running.stop();
      expect(await running.ended).toBeUndefined();
    },
  );

  test("a wrong password and a policy that is not offered are named with the way out", async () => {
    const [wrong, policy] = await failures(
      configOf({ username: "kenh", password: "sai" }),
      configOf({ ...secure, security: "Aes256_Sha256_RsaPss" }),
    );
    expect(wrong).toMatch(/refuses kenh \(.*BadUserAccessDenied.*\); check user name, password/);
    expect(wrong).not.toContain("sai");
    expect(policy).toMatch(
      /offers no Aes256_Sha256_RsaPss.*it offers None None, Basic256Sha256 SignAndEncrypt: set security/,
    );
  });
});

describe("probe", () => {
  let findings: readonly Finding[] = [];

  test("lists endpoints, and variables with display name, unit, type and value", async () => {
    const { probe } = driver.prepare(driver.addresses?.configOf(new URL(server.url)));
    // The keys that it makes for itself lie where no other program's do, and are gone afterwards.
    const temporary = join(folder.path, "temporary");
    mkdirSync(temporary);
    vi.stubEnv("TMPDIR", temporary);
    findings = (await probe?.(new AbortController().signal)) ?? [];
    vi.unstubAllEnvs();
    expect(readdirSync(temporary)).toEqual([]);
    expect(findings.filter((f) => f.point === "endpoint").map((f) => f.value)).toEqual([
      "None None",
      expect.stringMatching(/ SignAndEncrypt$/),
    ]);
    expect(findings.find((f) => f.point === own("Level"))?.note).toBe("Mực nước [m] Double");
    expect(findings.find((f) => f.point === own("State"))).toEqual({
      point: own("State"),
      value: "chạy",
      note: "State String",
    });
    expect(findings.some((f) => f.point === "i=2258")).toBe(false);
  });

  test.skipIf(noSharedData())("finds the instances of two published nodesets", () => {
    const loaded = (uri: string) => server.namespaces.find((n) => n.uri.endsWith(uri));
    expect(loaded("/Machinery_Example/")).toMatchObject({
      variables: 54,
      objects: 17,
      objectTypes: 2,
    });
    expect(loaded("/Scheduler/")).toMatchObject({ variables: 56, objects: 34, methods: 4 });
    for (const uri of ["/Machinery_Example/", ":test:station"]) {
      const namespace = loaded(uri);
      expect(namespace?.instances).toBeGreaterThan(0);
      expect(findings.filter((f) => f.point.includes(`${uri};`))).toHaveLength(
        namespace?.instances ?? 0,
      );
    }
  });
});

describe("faults", () => {
  test("nobody there, garbage, and a port that swallows all are errors in time", async () => {
    const port = await freePort();
    const noise = createServer((socket) => {
      socket.on("error", () => {});
      socket.on("data", () => socket.write(randomBytes(256)));
    });
    await new Promise<void>((resolve) => noise.listen(0, "127.0.0.1", resolve));
    const address = noise.address();
    const noisy = typeof address === "object" && address ? address.port : 0;
    const proxy = await startFaultProxy(server.port);
    proxy.inject({ kind: "black-hole" });
    const at = (port: number) => `opc.tcp://127.0.0.1:${port}`;
    const short = { connectTimeoutMs: 2000 };
    const [nobody, garbage, swallowed] = await failures(
      configOf({ url: at(port) }),
      configOf({ url: at(noisy), ...short }),
      configOf({ url: at(proxy.port), ...short }),
    );
    expect(nobody).toContain(`${at(port)} can't be reached`);
    expect(nobody).toContain("; check address");
    expect(garbage).toMatch(/can't be reached|does not answer/);
    expect(swallowed).toMatch(/can't be reached|does not answer/);
    noise.close();
    await proxy.close();
  });

  test("a cut link ends the driver at once, and no socket stays open", async () => {
    const proxy = await startFaultProxy(server.port);
    const running = watch(configOf({ url: `opc.tcp://127.0.0.1:${proxy.port}` }));
    await until(() => running.samples.length > 0, "a first value");
    proxy.inject({ kind: "none" });
    expect(String(await running.ended)).toMatch(/connection is (lost|closed|broken off)/);
    await until(() => proxy.open() === 0, "the sockets to be closed");
    await proxy.close();
  });

  test("connected and silent: the watchdog ends it, and a new session brings values again", async () => {
    const running = watch(configOf({ keepAliveCount: 20 }));
    await until(() => running.samples.length > 0, "a first value");
    await server.command({ do: "mute" });
    expect(String(await running.ended)).toContain(
      "is connected and silent: no value and no keep-alive for 3000 ms (3 keep-alives)",
    );
    const again = watch(configOf({}));
    await until(() => again.samples.length > 0, "a value of the new subscription");
    again.stop();
    expect(await again.ended).toBeUndefined();
  });

  test("a server that dies and comes back, with its other policy, is read again", async () => {
    const { port } = server;
    const running = watch(configOf({}));
    await until(() => running.samples.length > 0, "a first value");
    await server.stop();
    expect(await running.ended).toBeInstanceOf(Error);
    const policy = "Aes256_Sha256_RsaPss";
    server = await startOpcuaServer(folder.path, { port, policy });
    const { sha256 } = thumbprintsOf(Buffer.from(server.certificate, "base64"));
    const again = watch(configOf({ security: policy, serverThumbprint: sha256 }));
    await until(() => again.samples.length > 0, "a value of the restarted server");
    again.stop();
    expect(await again.ended).toBeUndefined();
  });

  test("an exception from a timer in the library's thread ends the driver and nothing else", async () => {
    const bomb = 'setTimeout(() => { throw new Error("from a timer"); }, 300)';
    const running = watch(configOf({}), ["--import", `data:text/javascript,${bomb}`]);
    expect(String(await running.ended)).toMatch(/OPC UA thread for .* died: from a timer/);
  });
});
