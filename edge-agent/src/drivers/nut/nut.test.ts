import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { certificateAuthority } from "../../../../test/support/certificates.ts";
import { absent, until } from "../../../../test/support/counterpart.ts";
import { temporaryFolder } from "../../../../test/support/folder.ts";
import { noNut, startUpsd, type Upsd } from "../../../../test/support/nut.ts";
import { noSharedData, sharedLines } from "../../../../test/support/shared-data.ts";
import type { DriverSample, Unreadable } from "../../driver.ts";
import { driver } from "./nut.ts";
import { readVariables } from "./quantities.ts";

const script = `ups.status: OL
battery.charge: 100
TIMER 2
ups.status: OB DISCHRG
battery.charge: 92
TIMER 2`;
const still =
  "ups.status: OL\nbattery.charge: 100\nbattery.date: 3150/08/01\nups.temperature: 302.0";

/** Runs the driver until it has given `count` samples; gives them, and what it threw. */
async function samples(config: object, count: number) {
  const stop = new AbortController();
  const taken: DriverSample[] = [];
  const reports: Unreadable[] = [];
  let thrown: Error | undefined;
  try {
    const run = driver.prepare({ host: "127.0.0.1", intervalMs: 500, ...config });
    for await (const sample of run.run(stop.signal, (what) => reports.push(what))) {
      taken.push(sample);
      if (taken.length >= count) stop.abort();
    }
  } catch (error) {
    thrown = error as Error;
  }
  return { taken, reports, thrown };
}

describe.skipIf(noNut())("a real upsd", () => {
  let upsd: Upsd;
  beforeAll(async () => {
    upsd = await startUpsd({
      upses: {
        cut: { driver: "dummy-ups", plays: script },
        still: { driver: "dummy-ups", plays: still },
        dying: { driver: "dummy-ups", plays: still },
      },
      users: { mon: "secret" },
    });
  });
  afterAll(() => upsd?.dispose());

  test("mains loss and return are readings, each urgent once", async () => {
    const stop = new AbortController();
    const urgent: unknown[] = [];
    const before = Date.now();
    let last: DriverSample | undefined;
    const config = { host: "127.0.0.1", port: upsd.port, ups: "cut", intervalMs: 500 };
    for await (const sample of driver.prepare(config).run(stop.signal, () => {})) {
      const { ups_state, on_battery, mains_present, battery_charge_pct } = sample.values;
      if (last) expect(sample.urgent ?? false).toBe(ups_state !== last.values.ups_state);
      if (sample.urgent) urgent.push([ups_state, mains_present, on_battery, battery_charge_pct]);
      expect(sample.ts).toBeGreaterThanOrEqual(before);
      last = sample;
      if (urgent.length >= 3) stop.abort();
    }
    expect(urgent).toContainEqual(["on_battery", false, true, 92]);
    expect(urgent).toContainEqual(["ok", true, false, 100]);
  });

  test("absurd values are flagged 4, and the good beside them stand", async () => {
    const { taken } = await samples({ port: upsd.port, ups: "still" }, 1);
    expect(taken[0]).toMatchObject({
      values: { ups_state: "ok", battery_charge_pct: 100, ups_temperature_c: 302 },
      qc: { ups_temperature_c: 4 },
    });
  });

  test("an unknown UPS, a choice of several, a wrong password, no TLS: said, with the way out", async () => {
    const refusal = async (config: object) =>
      (await samples({ port: upsd.port, ...config }, 1)).thrown?.message;
    expect(await refusal({ ups: "nowhere" })).toContain(
      'no UPS "nowhere"; set ups to one of cut, still, dying',
    );
    expect(await refusal({})).toContain("several UPSes: set ups to one of cut, still, dying");
    const login = { ups: "still", username: "mon" };
    expect(await refusal({ ...login, password: "wrong" })).toContain(
      "ACCESS-DENIED; the password is wrong",
    );
    expect(await refusal({ ...login, password: "secret" })).toBeUndefined();
    expect(await refusal({ ups: "still", starttls: true })).toContain("set starttls to false");
  });

  test("a probe prints what is there, with doubts", async () => {
    const config = { host: "127.0.0.1", port: upsd.port, ups: "still" };
    const findings = await driver.prepare(config).probe?.(AbortSignal.timeout(10_000));
    expect(findings).toContainEqual({
      point: "battery.charge",
      value: "100",
      note: "battery_charge_pct",
    });
    expect(findings?.find(({ point }) => point === "battery.date")?.note).toContain("not set");
    expect(driver.addresses?.configOf(new URL("nut://mon:se%20cret@10.0.0.5/rack"))).toEqual({
      host: "10.0.0.5",
      port: 3493,
      ups: "rack",
      username: "mon",
      password: "se cret",
    });
  });

  test("a driver of upsd that dies is a failure of the connection, not a reading of the mains", async () => {
    const running = samples({ port: upsd.port, ups: "dying" }, 1000);
    await upsd.stopDriver("dying");
    const { thrown, taken } = await running;
    expect(thrown?.message).toContain("DRIVER-NOT-CONNECTED; its driver is not running");
    expect(taken.every(({ values }) => values.mains_present !== false)).toBe(true);
  });

  test("upsd dies and comes back", async () => {
    const running = samples({ port: upsd.port, ups: "still" }, 1000);
    await until(
      async () => (await samples({ port: upsd.port, ups: "still" }, 1)).taken.length,
      "a sample",
    );
    await upsd.stopServer();
    expect((await running).thrown?.message).toContain("has closed the connection");
    expect((await samples({ port: upsd.port, ups: "still" }, 1)).thrown?.message).toContain(
      "ECONNREFUSED 127.0.0.1",
    );
    await upsd.start();
    expect((await samples({ port: upsd.port, ups: "still" }, 1)).taken).toHaveLength(1);
  });

  test("nothing stays open after the abort", async () => {
    const sockets = () =>
      process.getActiveResourcesInfo().filter((name) => /TCPSocket|Timeout/.test(name)).length;
    const before = sockets();
    for (let round = 0; round < 5; round += 1) await samples({ port: upsd.port, ups: "still" }, 1);
    await until(() => sockets() <= before, "sockets and timers to be gone");
  });
});

describe.skipIf(noNut() ?? absent("certutil", "libnss3-tools"))("a real upsd with TLS", () => {
  test("reads encrypted, and refuses a certificate of another authority", async () => {
    using folder = temporaryFolder("nut-tls");
    const authority = certificateAuthority(folder.path);
    const { certFile, keyFile } = authority.issue("127.0.0.1", "IP:127.0.0.1");
    const database = join(folder.path, "nss");
    mkdirSync(database);
    const p12 = join(folder.path, "upsd.p12");
    const store = ["-d", `sql:${database}`];
    for (const [program, ...args] of [
      [
        "openssl",
        "pkcs12",
        "-export",
        "-in",
        certFile,
        "-inkey",
        keyFile,
        "-out",
        p12,
        "-name",
        "upsd",
        "-passout",
        "pass:x",
      ],
      ["certutil", "-N", ...store, "--empty-password"],
      ["pk12util", "-i", p12, ...store, "-W", "x", "-K", ""],
    ]) {
      const done = spawnSync(program as string, args, { encoding: "utf8" });
      if (done.status !== 0) throw new Error(`${program}: ${done.stderr}${done.stdout}`);
    }
    const upsd = await startUpsd({
      upses: { still: { driver: "dummy-ups", plays: still } },
      config: [`CERTPATH "${database}"`, 'CERTIDENT "upsd" ""', "DISABLE_WEAK_SSL true"],
    });
    try {
      const config = { port: upsd.port, starttls: true };
      const read = await samples({ ...config, caFile: authority.caFile }, 2);
      expect(read.thrown).toBeUndefined();
      expect(read.taken).toHaveLength(2);
      const other = certificateAuthority(folder.path, "other");
      expect((await samples({ ...config, caFile: other.caFile }, 1)).thrown?.message).toMatch(
        /certificate|signature/,
      );
    } finally {
      await upsd.dispose();
    }
  });
});

describe.skipIf(noNut() ?? noSharedData())("recorded dumps served by a real dummy-ups", () => {
  test("what comes over the wire is what the mapping gives", async () => {
    const dumps = sharedLines<{ file: string; vars: Record<string, string> }>(
      "ups-nut/dumps.jsonl",
    );
    // Where a dump has no status, dummy-ups says OL of its own.
    const chosen = dumps.filter(({ vars }, index) => index % 15 === 0 && vars["ups.status"]);
    const upsd = await startUpsd({
      upses: Object.fromEntries(
        chosen.map(({ vars }, index) => [
          `ups${index}`,
          {
            driver: "dummy-ups",
            plays: Object.entries(vars)
              .filter(([name]) => !name.startsWith("driver."))
              .map(([name, value]) => `${name}: ${value}`)
              .join("\n"),
          },
        ]),
      ),
    });
    try {
      expect(chosen.length).toBeGreaterThanOrEqual(20);
      await Promise.all(
        chosen.map(async ({ file, vars }, index) => {
          const { taken, thrown } = await samples({ port: upsd.port, ups: `ups${index}` }, 1);
          const { values, qc } = readVariables(new Map(Object.entries(vars)), {
            now: Date.now(),
            trusted: [],
          });
          expect(thrown, file).toBeUndefined();
          expect(taken[0], file).toMatchObject({ values, qc });
        }),
      );
    } finally {
      await upsd.dispose();
    }
  });
});

describe("a counterpart that is no upsd", () => {
  test.each([
    ["silence", "", "gave no answer, or half a one, within 300 ms"],
    ["half an answer", 'Network UPS Tools upsd 2.8.0\nBEGIN LIST UPS\nUPS x "', "half a one"],
    ["another protocol", "SSH-2.0-OpenSSH_9.2\r\n", "is not NUT's protocol"],
    [
      "an open quote",
      'Network UPS Tools upsd 2.8.0\nBEGIN LIST UPS\nUPS "x\n',
      "is not NUT's protocol",
    ],
    [
      "a list of another",
      "Network UPS Tools upsd 2.8.0\nBEGIN LIST VAR x\n",
      "is not NUT's protocol",
    ],
    ["a line without end", "x".repeat(20_000), "is not NUT's protocol"],
    ["bytes", "\u0000\u00ff\u0007\n\u0000\n", "is not NUT's protocol"],
    [
      "stale data",
      'Network UPS Tools upsd 2.8.0\nBEGIN LIST UPS\nUPS x "d"\nEND LIST UPS\nERR DATA-STALE\n',
      "DATA-STALE; its driver has lost the UPS: check the cable",
    ],
  ])("%s", async (_, answer, reason) => {
    const server = createServer((socket) => socket.on("error", () => {}).write(answer));
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    // Short only where a silence is waited for.
    const timeoutMs = reason.includes("half") ? 300 : 20_000;
    const { taken, thrown } = await samples({ port, timeoutMs }, 1);
    server.close();
    expect(taken).toEqual([]);
    expect(thrown?.message).toContain(`upsd at 127.0.0.1:${port}`);
    expect(thrown?.message).toContain(reason);
  });
});

test("the README's sample is a configuration; what contradicts itself is refused", () => {
  const readme = readFileSync(fileURLToPath(new URL("README.md", import.meta.url)), "utf8");
  const [sample] = parse(/```yaml\n([\s\S]*?)```/.exec(readme)?.[1] ?? "") as [{ config: unknown }];
  expect(driver.configSchema.parse(sample.config)).toMatchObject({ port: 3493, ups: "rack" });
  const refused = (config: object) =>
    driver.configSchema.safeParse({ host: "h", ...config }).error?.issues[0]?.message;
  expect(refused({ username: "mon" })).toContain("goes with password");
  expect(refused({ caFile: "ca.pem" })).toContain("set starttls to true");
  expect(refused({ ups: "a b" })).toContain("without spaces");
});
