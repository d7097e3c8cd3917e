import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { freePort, until } from "../../../../test/support/counterpart.ts";
import {
  noSnmpd,
  noSnmpsim,
  type SnmpAgent,
  sendTrap,
  startSnmpd,
  startSnmpsim,
} from "../../../../test/support/snmp.ts";
import type { DriverSample, Unreadable } from "../../driver.ts";
import { driver } from "./snmp.ts";

interface Case {
  readonly name: string;
  readonly walk: readonly string[];
  readonly config: object;
  readonly expected: Partial<DriverSample>;
}
const golden = JSON.parse(
  readFileSync(fileURLToPath(new URL("golden/cases.json", import.meta.url)), "utf8"),
) as Case[];

/** Patient: a machine that is slow for a while is no silence. */
const quick = { host: "127.0.0.1", timeoutMs: 20_000, retries: 1, intervalMs: 500 };
/** Where a silence is waited for, as often as it is asked again. */
const brief = { timeoutMs: 2000, retries: 0 };

/** Runs the driver until it has given `count` samples; gives them, and what it threw. */
async function samples(config: object, count: number) {
  const stop = new AbortController();
  const taken: DriverSample[] = [];
  const reports: Unreadable[] = [];
  let thrown: Error | undefined;
  try {
    const run = driver.prepare({ ...quick, ...config });
    for await (const sample of run.run(stop.signal, (what) => reports.push(what))) {
      taken.push(sample);
      if (taken.length >= count) stop.abort();
    }
  } catch (error) {
    thrown = error as Error;
  }
  return { taken, reports, thrown };
}

describe.skipIf(noSnmpsim())("snmpsim", () => {
  let agent: SnmpAgent;
  beforeAll(async () => {
    agent = await startSnmpsim({
      ...Object.fromEntries(golden.map(({ walk }, index) => [`case${index}`, { lines: walk }])),
      lost: {
        lines: [
          "1.3.6.1.2.1.33.1.4.1.0|2|3",
          "1.3.6.1.2.1.33.1.6.2.1.2.1|6|1.3.6.1.2.1.33.1.6.3.20",
        ],
      },
    });
  });
  afterAll(() => agent?.dispose());

  test.each(golden.map((one, index) => ({ ...one, index })))(
    "golden: $name",
    async ({ index, config, expected }) => {
      const { taken, thrown } = await samples(
        { port: agent.port, community: `case${index}`, ...config },
        1,
      );
      expect(thrown).toBeUndefined();
      const { ts: _, ...sample } = taken[0] as DriverSample;
      expect(sample).toEqual(expected);
    },
  );

  test("what can't be read is reported once, with the answer", async () => {
    const { reports } = await samples(
      { port: agent.port, community: "case2", ...golden[2]?.config },
      3,
    );
    expect(reports.map(({ reason }) => reason)).toEqual([
      "9 is not in the map",
      '"23,5" is no number that can mean one thing',
    ]);
  });

  test("a wrong community is met with silence, and the error says so", async () => {
    const { thrown, taken } = await samples(
      { port: agent.port, community: "wrong", mib: "ups", ...brief },
      1,
    );
    expect(taken).toEqual([]);
    expect(thrown?.message).toContain(`SNMP agent at 127.0.0.1:${agent.port}: Request timed out`);
    expect(thrown?.message).toContain("a wrong community");
  });

  test("an agent without UPS-MIB, without any point, or that has lost its UPS, is a failure", async () => {
    const thrown = async (config: object) =>
      (await samples({ port: agent.port, ...config }, 1)).thrown?.message;
    expect(await thrown({ community: "case2", mib: "ups" })).toContain("has no UPS-MIB");
    const points = [{ oid: "1.3.6.1.9.9.0", quantity: "load_pct" }];
    expect(await thrown({ community: "case2", points })).toContain("has none of the points");
    expect(await thrown({ community: "lost", mib: "ups" })).toContain("has lost the UPS itself");
  });

  test("a trap makes it ask at once", async () => {
    const stop = new AbortController();
    const trapPort = await freePort();
    const config = {
      ...quick,
      port: agent.port,
      community: "case1",
      mib: "ups",
      intervalMs: 3_600_000,
      traps: { port: trapPort, host: "127.0.0.1" },
    };
    const run = driver
      .prepare(config)
      .run(stop.signal, () => {})
      [Symbol.asyncIterator]();
    expect((await run.next()).value).toMatchObject({ urgent: true, values: { on_battery: true } });
    const second = run.next();
    await sendTrap(trapPort);
    const { value } = await second;
    expect(value).toMatchObject({ values: { on_battery: true } });
    expect(value).not.toHaveProperty("urgent");
    stop.abort();
    expect((await run.next()).done).toBe(true);
  });

  test("a probe prints the agent and what RFC 1628 makes of it", async () => {
    const config = driver.addresses?.configOf(
      new URL(`snmp://case0@127.0.0.1:${agent.port}`),
    ) as object;
    const findings = await driver.prepare(config).probe?.(AbortSignal.timeout(10_000));
    expect(findings).toContainEqual({ point: "1.3.6.1.2.1.33.1.2.5.0", value: 546 });
    expect(findings).toContainEqual({ point: "ups_battery_v", value: 54.6, note: "RFC 1628" });
  });

  test("it dies and comes back; nothing stays open", async () => {
    const handles = () =>
      process.getActiveResourcesInfo().filter((name) => /UDP|Timeout/.test(name)).length;
    const before = handles();
    const config = { port: agent.port, community: "case0", mib: "ups", ...brief };
    const running = samples(config, 1000);
    await until(async () => (await samples(config, 1)).taken.length, "a sample");
    await agent.stop();
    const { taken, thrown } = await running;
    expect(taken.length).toBeGreaterThan(0);
    expect(taken.every(({ values }) => values.mains_present === true)).toBe(true);
    expect(thrown?.message).toMatch(/timed out|ECONNREFUSED/);
    await agent.start();
    expect((await samples(config, 1)).taken).toHaveLength(1);
    await until(() => handles() <= before, "sockets and timers to be gone");
  });
});

describe.skipIf(noSnmpd())("Net-SNMP's agent with SNMP v3", () => {
  const password = "authpass123";
  let agent: SnmpAgent;
  beforeAll(async () => {
    const common = { authPassword: password, privPassword: "privpass123" };
    agent = await startSnmpd(
      [
        { name: "sha1", auth: "SHA", ...common },
        { name: "sha256", auth: "SHA-256", ...common },
      ],
      ["sysLocation UBND"],
    );
  });
  afterAll(() => agent?.dispose());
  const config = (name: string, protocol: string, auth = password, priv = "privpass123") => ({
    port: agent.port,
    ...brief,
    user: { name, auth: { protocol, password: auth }, priv: { protocol: "aes", password: priv } },
    points: [
      { oid: "1.3.6.1.2.1.1.3.0", quantity: "uptime_s", scale: 0.01 },
      { oid: "1.3.6.1.2.1.1.6.0", quantity: "firmware", text: true },
      { oid: "1.3.6.1.2.1.1.99.0", quantity: "load_pct" },
    ],
  });

  test.each([
    ["sha1", "sha"],
    ["sha256", "sha256"],
  ])("%s with AES", async (name, protocol) => {
    const { taken, thrown } = await samples(config(name, protocol), 2);
    expect(thrown).toBeUndefined();
    expect(taken[1]).toMatchObject({ values: { firmware: "UBND" }, qc: { load_pct: 9 } });
    expect(taken[1]?.values.uptime_s).toBeGreaterThan(taken[0]?.values.uptime_s as number);
  });

  test("wrong key, wrong user, wrong privacy: said, with the way out", async () => {
    const thrown = async (wrong: object) => (await samples(wrong, 1)).thrown?.message;
    expect(await thrown(config("sha256", "sha256", "wrongpass1"))).toMatch(
      /Wrong Digest.*protocol of auth is wrong/,
    );
    expect(await thrown(config("sha256", "sha"))).toMatch(
      /Wrong Digest.*protocol of auth is wrong/,
    );
    expect(await thrown(config("nobody", "sha256"))).toContain("the agent has no such user");
    expect(await thrown(config("sha256", "sha256", password, "wrongpass1"))).toContain(
      "a wrong password of priv",
    );
  });
});

describe("a counterpart that is no agent", () => {
  test("garbage, half answers and answers from elsewhere are no answers", async () => {
    const server = createSocket("udp4");
    server.bind(0, "127.0.0.1");
    await once(server, "listening");
    let round = 0;
    server.on("message", (request, { port }) => {
      const answers = [
        Buffer.from("not SNMP at all"),
        Buffer.alloc(0),
        request.subarray(0, request.length - 3),
        Buffer.concat([request, Buffer.from([0])]),
        // The same message with every byte of its body turned over, one at a time.
        ...Array.from(request, (byte, at) => {
          const turned = Buffer.from(request);
          turned[at] = byte ^ (0x81 + round);
          return turned;
        }),
      ];
      round += 1;
      for (const answer of answers) server.send(answer, port, "127.0.0.1");
    });
    const { port } = server.address();
    const { taken, thrown } = await samples({ port, community: "public", mib: "ups", ...brief }, 1);
    server.close();
    expect(taken).toEqual([]);
    expect(thrown?.message).toContain(`SNMP agent at 127.0.0.1:${port}`);
    expect(thrown?.message).toMatch(/\d+ datagrams from there were no SNMP/);
    expect(round).toBeGreaterThan(0);
  });

  test("a Report where a response belongs, on which the library throws, ends neither process nor patience", async () => {
    const server = createSocket("udp4");
    server.bind(0, "127.0.0.1");
    await once(server, "listening");
    server.on("message", (request, { port }) => {
      const report = Buffer.from(request);
      report[report.indexOf(0xa0)] = 0xa8;
      server.send(report, port, "127.0.0.1");
    });
    const config = { port: server.address().port, community: "public", mib: "ups", ...brief };
    const { taken, thrown } = await samples(config, 1);
    server.close();
    expect(taken).toEqual([]);
    expect(thrown?.message).toContain(
      "the answer can't be read; 1 datagrams from there were no SNMP",
    );
  });

  test("nobody there", async () => {
    const { thrown } = await samples(
      { port: await freePort(), community: "c", mib: "ups", ...brief },
      1,
    );
    expect(thrown?.message).toMatch(/timed out|ECONNREFUSED/);
  });
});

test("the README's samples are configurations; what contradicts itself is refused", () => {
  const readme = readFileSync(fileURLToPath(new URL("README.md", import.meta.url)), "utf8");
  const blocks = [...readme.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) =>
    parse(text ?? ""),
  );
  expect(blocks.length).toBeGreaterThanOrEqual(2);
  for (const [{ config }] of blocks as [{ config: unknown }][]) driver.configSchema.parse(config);
  const refused = (config: object) =>
    driver.configSchema.safeParse({ host: "h", ...config }).error?.issues[0]?.message;
  expect(refused({ mib: "ups" })).toContain("give community for v2c, or user for v3");
  expect(refused({ community: "c" })).toContain("names nothing to read");
  const point = { oid: "1.3.6.1", quantity: "load_pct" };
  expect(refused({ community: "c", points: [point, point] })).toContain(
    "one quantity from two points",
  );
  expect(refused({ community: "c", points: [{ ...point, oid: "sysDescr.0" }] })).toContain(
    "must be numeric",
  );
});
