import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type Envelope,
  envelopeSchema,
  filterOf,
  type Identity,
  parseTopic,
  type Status,
} from "@kenh/schemas";
import { connectAsync } from "mqtt";
import { describe, expect, test } from "vitest";
import { certificateAuthority } from "../../test/support/certificates.ts";
import { noChronyd, startChronyd } from "../../test/support/chronyd.ts";
import { absent, until } from "../../test/support/counterpart.ts";
import { startFaultProxy } from "../../test/support/fault-proxy.ts";
import { temporaryFolder } from "../../test/support/folder.ts";
import { type MosquittoListener, startMosquitto } from "../../test/support/mosquitto.ts";
import { type Agent, createAgent } from "./agent.ts";
import { type AgentConfigInput, agentConfigSchema } from "./config.ts";
import { askTime } from "./time-server.ts";

const gauge = "82/29869/cau-cao-lanh/muc-nuoc-01";
const gateway = "82/29869/ubnd/gw-01";
const silent = { info() {}, warn() {}, error() {} };
const noMosquitto = absent("mosquitto");

const readTime = (server: string) =>
  askTime(server, { now: Date.now, timeoutMs: 5000, signal: new AbortController().signal });

/** A real broker with an ear on it that misses nothing. */
async function listen(
  folder: string,
  listeners?: readonly MosquittoListener[],
  settings: readonly string[] = [],
) {
  const broker = await startMosquitto(folder, listeners, [
    "max_queued_messages 0",
    "max_inflight_messages 0",
    ...settings,
  ]);
  const ear = await connectAsync(`mqtt://127.0.0.1:${broker.ports.at(-1)}`, { reconnectPeriod: 0 });
  const envelopes: (Envelope & { readonly device: Identity })[] = [];
  const statuses = new Map<string, Status>();
  ear.on("message", (topic, payload) => {
    const body: unknown = JSON.parse(payload.toString());
    const parsed = parseTopic(topic);
    if (parsed?.channel === "telemetry")
      envelopes.push({ device: parsed.identity, ...envelopeSchema.parse(body) });
    else if (parsed) statuses.set(parsed.identity, body as Status);
  });
  await ear.subscribeAsync([filterOf("telemetry"), filterOf("status")], { qos: 1 });
  return {
    broker,
    envelopes,
    statuses,
    values: () => new Set(envelopes.flatMap((e) => e.samples.map((s) => s.values.water_level_m))),
    seqs: () => [...new Set(envelopes.map((e) => e.seq))].sort((a, b) => a - b),
    async [Symbol.asyncDispose]() {
      await ear.endAsync(true);
      await broker.stop("SIGKILL");
    },
  };
}

function agentIn(folder: string, url: string, change: Partial<AgentConfigInput> = {}): Agent {
  const config = agentConfigSchema.parse({
    version: 1,
    name: "gw-01",
    identity: gateway,
    broker: { url },
    dataDir: folder,
    outbox: { commitMs: 10 },
    // Its own telemetry would be one more sender in what is counted here.
    health: false,
    // Nothing is sent twice because the machine was slow for a while.
    publish: { backoffBaseMs: 20, backoffMaxMs: 100, pubackTimeoutMs: 60_000 },
    ...change,
  } satisfies AgentConfigInput);
  return createAgent(config, { log: silent });
}

/** A file of `rows` rows whose values are their numbers. */
function series(folder: string, rows: number, more: Record<string, unknown> = {}) {
  const file = join(folder, "series.csv");
  const lines = Array.from({ length: rows }, (_, i) => `${new Date(i * 1000).toISOString()},${i}`);
  writeFileSync(file, `t,v\n${lines.join("\n")}\n`);
  const time = { column: "t", zone: "in-timestamp" };
  return {
    kind: "replay",
    device: gauge,
    config: { file, time, columns: { v: "water_level_m" }, speed: "max", ...more },
  };
}

describe.skipIf(noMosquitto)(`an agent and a real broker ${noMosquitto ?? ""}`, () => {
  test("delivers a file whole, says how it is, and takes its leave", async () => {
    using folder = temporaryFolder();
    await using ear = await listen(folder.path);
    const agent = agentIn(folder.path, ear.broker.url, { drivers: [series(folder.path, 5000)] });
    await agent.start();
    await until(() => ear.values().size === 5000, "all values");
    expect(
      ear.envelopes.every((e) => e.agent === "gw-01" && e.epoch === agent.report().epoch),
    ).toBe(true);
    expect(ear.seqs()).toEqual(Array.from({ length: 250 }, (_, i) => i + 1));
    expect(ear.envelopes).toHaveLength(250);
    await until(() => agent.report().outbox.messages === 0, "an empty outbox");
    await until(() => ear.statuses.get(gateway)?.state === "online", "the agent's own word");
    expect(ear.statuses.get(gateway)).toMatchObject({ v: 1, agent: "gw-01", droppedMessages: 0 });
    await until(
      () => ear.statuses.get(gauge)?.reason === "finished",
      "the end of the file to be told",
    );
    await agent.stop();
    await until(() => ear.statuses.get(gauge)?.reason === "stopped", "farewell of the device");
    await until(() => ear.statuses.get(gateway)?.reason === "stopped", "farewell of the agent");
    expect(ear.statuses.get(gateway)?.state).toBe("offline");
    await agent.stop();
  });

  test("loses nothing while the connection is reset again and again", async () => {
    using folder = temporaryFolder();
    await using ear = await listen(folder.path);
    const proxy = await startFaultProxy(ear.broker.ports[0] ?? 0);
    const agent = agentIn(folder.path, `mqtt://127.0.0.1:${proxy.port}`, {
      drivers: [series(folder.path, 6000, { speed: 3000 })],
      batch: { maxSamples: 5 },
    });
    await agent.start();
    for (let cut = 1; cut <= 10; cut++) {
      await until(() => ear.values().size > cut * 300, `progress before cut ${cut}`);
      proxy.inject({ kind: "none" });
    }
    await until(() => ear.values().size === 6000, "all values");
    expect(ear.seqs()).toEqual(Array.from({ length: ear.seqs().length }, (_, i) => i + 1));
    await agent.stop();
    await proxy.close();
  });

  test("notices a broker that hangs, and sends again what was not acknowledged", async () => {
    using folder = temporaryFolder();
    await using ear = await listen(folder.path);
    const agent = agentIn(folder.path, ear.broker.url, {
      drivers: [series(folder.path, 4000, { speed: 1000 })],
      publish: { backoffBaseMs: 20, backoffMaxMs: 100, pubackTimeoutMs: 700 },
    });
    await agent.start();
    await until(() => ear.values().size > 500, "progress");
    ear.broker.child.kill("SIGSTOP");
    await until(() => !agent.report().connected, "the agent to notice");
    ear.broker.child.kill("SIGCONT");
    await until(() => ear.values().size === 4000, "all values");
    await until(() => agent.report().outbox.messages === 0, "an empty outbox");
    await agent.stop();
  });

  test("a message that the broker never takes does not hold up the others, and is kept", async () => {
    using folder = temporaryFolder();
    await using ear = await listen(folder.path, [{}], ["max_packet_size 3000"]);
    const driver = series(folder.path, 300);
    const long = join(folder.path, "long.csv");
    writeFileSync(long, `t,v\n2020-01-01T00:00:00Z,${"x".repeat(5000)}\n`);
    const columns = { v: { quantity: "firmware", type: "string" } };
    const agent = agentIn(folder.path, ear.broker.url, {
      drivers: [{ ...driver, config: { ...driver.config, file: long, columns } }, driver],
      batch: { maxSamples: 1 },
    });
    await agent.start();
    await until(
      () => [...ear.values()].filter((v) => v !== undefined).length === 300,
      "all that fits",
    );
    await until(() => agent.report().outbox.messages === 1, "only the large one to be left");
    await until(() => agent.report().suspects === 1, "it to be set aside");
    expect(agent.report().outbox.messages).toBe(1);
    await agent.stop();
  });

  test("keeps what it reads while there is no broker, and sends it, after a restart, with the same numbers", async () => {
    using folder = temporaryFolder();
    const first = agentIn(folder.path, "mqtt://127.0.0.1:9", {
      drivers: [series(folder.path, 100)],
    });
    await first.start();
    await until(() => first.report().outbox.readings === 100, "the outbox to hold the file");
    const { epoch } = first.report();
    await first.stop();
    await using ear = await listen(folder.path);
    const second = agentIn(folder.path, ear.broker.url);
    await second.start();
    await until(() => ear.values().size === 100, "all values");
    expect(ear.seqs()).toEqual([1, 2, 3, 4, 5]);
    expect(ear.envelopes.every((e) => e.epoch === epoch)).toBe(true);
    await second.stop();
  });

  test("a fast file waits for room instead of pushing readings out; a stop does not wait with it", async () => {
    using folder = temporaryFolder();
    const drivers = [series(folder.path, 8000)];
    const bounded = { outbox: { maxBytes: 65_536, commitMs: 10 }, drivers };
    const away = agentIn(folder.path, "mqtt://127.0.0.1:9", bounded);
    await away.start();
    await until(() => away.report().outbox.bytes > 32_768, "the outbox to be half full");
    await away.stop();
    await using ear = await listen(folder.path);
    const agent = agentIn(folder.path, ear.broker.url, bounded);
    await agent.start();
    await until(() => ear.values().size === 8000, "all values");
    expect(agent.report().outbox.droppedMessages).toBe(0);
    await agent.stop();
  });

  test("what is measured now overtakes the backlog, which goes at its rate", async () => {
    using folder = temporaryFolder();
    const first = agentIn(folder.path, "mqtt://127.0.0.1:9", {
      drivers: [series(folder.path, 60)],
      batch: { maxSamples: 1 },
    });
    await first.start();
    await until(() => first.report().outbox.messages === 60, "a backlog");
    await first.stop();
    await using ear = await listen(folder.path);
    const live = "82/29869/cau-cao-lanh/ups-01";
    const second = agentIn(folder.path, ear.broker.url, {
      publish: { backlogPerSecond: 20 },
      batch: { maxSamples: 1 },
      drivers: [{ kind: "simulate", device: live, config: { model: "ups", intervalMs: 100 } }],
    });
    const started = performance.now();
    await second.start();
    await until(() => ear.values().size === 61, "the backlog to be through");
    expect(performance.now() - started).toBeGreaterThan((60 / 20) * 1000 * 0.6);
    const isLive = ear.envelopes.map((e) => e.samples[0]?.values.ups_status !== undefined);
    expect(isLive.indexOf(true)).toBeLessThan(isLive.lastIndexOf(false));
    const backlog = ear.envelopes.filter((_, i) => !isLive[i]).map((e) => e.seq);
    expect(backlog).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
    await second.stop();
  });

  describe("at a power cut", () => {
    const ups = "82/29869/ubnd/ups-01";
    const cut = {
      kind: "simulate",
      device: ups,
      name: "ups",
      config: {
        model: "ups",
        intervalMs: 100,
        incidents: [
          { kind: "power-cut", afterMs: 300, durationMs: 3_600_000, generatorStarts: false },
        ],
      },
    };
    /** Readings of the UPS by which the cut has been read for certain: ten in each sample. */
    const wholeCut = 80;
    /** Leaves 60 messages behind that no broker has taken. */
    async function backlogIn(folder: string): Promise<void> {
      const agent = agentIn(folder, "mqtt://127.0.0.1:9", {
        drivers: [series(folder, 60)],
        batch: { maxSamples: 1 },
      });
      await agent.start();
      await until(() => agent.report().outbox.messages === 60, "a backlog");
      await agent.stop();
    }
    const tellsOf = (envelopes: readonly Envelope[]) =>
      envelopes.filter(({ samples }) => samples[0]?.values.mains_present === false);

    test("tells it at once, ahead of the backlog, and why it is gone", async () => {
      using folder = temporaryFolder();
      await backlogIn(folder.path);
      await using ear = await listen(folder.path);
      const agent = agentIn(folder.path, ear.broker.url, {
        publish: { backlogPerSecond: 5 },
        batch: { maxAgeMs: 60_000 },
        drivers: [cut],
      });
      await agent.start();
      const first = await until(() => tellsOf(ear.envelopes)[0], "the power cut");
      expect(first.samples).toHaveLength(1);
      expect(ear.values().size).toBeLessThan(60);
      await until(() => ear.statuses.get(gateway)?.mains === "lost", "the agent's own word");
      expect(ear.statuses.get(gateway)?.state).toBe("online");
      await agent.stop();
      for (const each of [gateway, ups]) {
        await until(() => ear.statuses.get(each)?.state === "offline", `farewell of ${each}`);
        expect(ear.statuses.get(each)?.reason).toBe("power");
      }
    });

    test("sends what is urgent last of all, past what the broker has not taken yet", async () => {
      using folder = temporaryFolder();
      await backlogIn(folder.path);
      await using ear = await listen(folder.path);
      const agent = agentIn(folder.path, ear.broker.url, {
        publish: { inFlight: 1, pubackTimeoutMs: 60_000 },
        drivers: [cut],
      });
      await agent.start();
      await until(() => agent.report().connected, "a connection");
      ear.broker.child.kill("SIGSTOP");
      await until(() => agent.report().outbox.readings > 60 + wholeCut, "the power cut");
      const stopped = agent.stop();
      ear.broker.child.kill("SIGCONT");
      await stopped;
      await until(() => ear.statuses.get(gateway)?.reason === "power", "the farewell");
      expect(tellsOf(ear.envelopes).length).toBeGreaterThan(0);
    });

    test("does not wait for a broker that hangs, and keeps what it could not say", async () => {
      using folder = temporaryFolder();
      await using ear = await listen(folder.path);
      const agent = agentIn(folder.path, ear.broker.url, {
        publish: { inFlight: 1, pubackTimeoutMs: 60_000, keepaliveMs: 3_600_000 },
        drivers: [cut],
      });
      await agent.start();
      await until(() => agent.report().connected, "a connection");
      ear.broker.child.kill("SIGSTOP");
      await until(() => agent.report().outbox.readings > wholeCut, "the power cut");
      await agent.stop();
      ear.broker.child.kill("SIGCONT");
      const next = agentIn(folder.path, ear.broker.url);
      await next.start();
      await until(() => tellsOf(ear.envelopes).length > 0, "the power cut to be told");
      await until(() => next.report().outbox.messages === 0, "an empty outbox");
      await next.stop();
      await until(() => ear.statuses.get(gateway)?.reason === "stopped", "a plain farewell");
    });
  });

  test("connects with its identity as user name and a password from a file; a wrong one is told", async () => {
    using folder = temporaryFolder();
    const acl = [`user ${gateway}`, "topic write kenh/v1/82/29869/#"];
    await using ear = await listen(folder.path, [{ users: { [gateway]: "mật-khẩu" }, acl }, {}]);
    const passwordFile = join(folder.path, "password");
    writeFileSync(passwordFile, "mật-khẩu\n");
    const agent = agentIn(folder.path, ear.broker.url, {
      broker: { url: ear.broker.url, passwordFile },
      drivers: [series(folder.path, 10)],
    });
    await agent.start();
    await until(() => ear.values().size === 10, "all values");
    await agent.stop();

    const warnings: string[] = [];
    const log = {
      ...silent,
      warn: (what: unknown) => void warnings.push(String((what as { err?: Error }).err?.message)),
    };
    const config = agentConfigSchema.parse({
      version: 1,
      name: "gw-01",
      identity: gateway,
      broker: { url: ear.broker.url, password: "khác" },
      dataDir: folder.path,
    });
    const wrong = createAgent(config, { log });
    await wrong.start();
    await until(() => warnings.length > 0, "the refusal");
    expect(warnings[0]).toMatch(/Not authorized.*check address, credentials/);
    await wrong.stop();
  });

  test.skipIf(absent("openssl"))(
    "speaks TLS with a client certificate, and WebSocket",
    async () => {
      using folder = temporaryFolder();
      const authority = certificateAuthority(folder.path);
      const server = authority.issue("127.0.0.1", "IP:127.0.0.1");
      const tls = {
        ca: authority.caFile,
        cert: server.certFile,
        key: server.keyFile,
        clientCertificates: true,
      };
      await using ear = await listen(folder.path, [{ tls }, { protocol: "websockets" }, {}]);
      const certificates = { caFile: authority.caFile, ...authority.issue("gw-01") };
      for (const [run, broker] of [
        { url: ear.broker.url, ...certificates },
        { url: `ws://127.0.0.1:${ear.broker.ports[1]}` },
      ].entries()) {
        const agent = agentIn(join(folder.path, `data-${run}`), broker.url, {
          broker,
          drivers: [series(folder.path, 10 + run)],
        });
        await agent.start();
        await until(() => ear.values().size === 10 + run, `all values by ${broker.url}`);
        await agent.stop();
      }
      expect(ear.broker.url).toMatch(/^mqtts:/);
    },
  );

  test("a driver that fails is offline with its reason; the others go on", async () => {
    using folder = temporaryFolder();
    await using ear = await listen(folder.path);
    const other = "82/29869/cau-cao-lanh/muc-nuoc-02";
    const driver = series(folder.path, 50, { speed: 10 });
    const agent = agentIn(folder.path, ear.broker.url, {
      drivers: [
        driver,
        { ...driver, device: other, config: { ...driver.config, file: "/nowhere.csv" } },
      ],
    });
    await agent.start();
    await until(() => ear.statuses.get(other)?.state === "offline", "the failure to be told");
    expect(ear.statuses.get(other)?.reason).toContain("ENOENT");
    await until(() => ear.statuses.get(gauge)?.state === "online", "the other to work");
    await agent.stop();
  });

  test("measures itself, and goes on while its broker is away", async () => {
    using folder = temporaryFolder();
    const away = agentIn(folder.path, "mqtt://127.0.0.1:9", {
      health: { everyMs: 1000 },
      drivers: [series(folder.path, 100)],
    });
    await away.start();
    await until(() => away.report().outbox.readings > 100, "the file and a measurement");
    await away.stop();
    await using ear = await listen(folder.path);
    const agent = agentIn(folder.path, ear.broker.url, { health: { everyMs: 1000 } });
    await agent.start();
    const own = () =>
      ear.envelopes
        .filter(({ device }) => device === gateway)
        .flatMap(({ samples }) => samples.map(({ values }) => values));
    const waiting = await until(
      () => own().find(({ backlog_messages: n }) => Number(n) >= 5),
      "the backlog of the start to be measured",
    );
    expect(waiting.backlog_oldest_s).toBeGreaterThan(0);
    expect(waiting.outbox_used_pct).toBeGreaterThan(0);
    expect(waiting.outbox_used_pct).toBeLessThan(1);
    await until(
      () => own().find(({ backlog_messages: n, backlog_oldest_s: s }) => n === 0 && s === 0),
      "an empty outbox to be measured",
    );
    await agent.stop();
  });

  test("marks readings of a clock that a time server calls wrong, and says by how much", {
    skip: noChronyd() !== undefined,
  }, async () => {
    using folder = temporaryFolder();
    await using ear = await listen(folder.path);
    const chronyd = await startChronyd(folder.path, { aheadS: 90 });
    await until(
      () =>
        readTime(chronyd.server).then(
          () => true,
          () => false,
        ),
      `the time server: ${chronyd.output()}`,
    );
    const config = { model: "tide-gauge", intervalMs: 100, incidents: [] };
    const agent = agentIn(folder.path, ear.broker.url, {
      clock: { server: chronyd.server },
      health: { everyMs: 60_000 },
      drivers: [{ kind: "simulate", device: gauge, config }],
      batch: { maxSamples: 1 },
    });
    try {
      await agent.start();
      await until(() => ear.statuses.get(gateway)?.clock === "off", "the status to tell");
      // An answer that was long on its way is worth half of that less.
      const offset = Number(ear.statuses.get(gateway)?.clockOffsetMs);
      expect(Math.abs(offset - 90_000)).toBeLessThan(15_000);
      const read = () => ear.envelopes.filter(({ device }) => device === gauge).at(-1)?.samples[0];
      await until(() => read()?.qc?.water_level_m === 3, "a suspect reading");
      const ts = read()?.ts ?? 0;
      const own = await until(
        () =>
          ear.envelopes
            .filter(({ device }) => device === gateway)
            .flatMap(({ samples }) => samples)
            .find(({ values }) => values.clock_synced === false),
        "the agent's own telemetry, at once",
      );
      expect(Math.abs(Number(own.values.clock_offset_s) + 90)).toBeLessThan(15);
      expect(own.qc?.clock_offset_s).toBeUndefined();
      expect(Math.abs(ts - Date.now())).toBeLessThan(60_000);
    } finally {
      await agent.stop();
      await chronyd.stop();
    }
  });

  test("as a child: killed, the broker sends its last will; orphaned, it stops by itself", async () => {
    using folder = temporaryFolder();
    await using ear = await listen(folder.path);
    const file = join(folder.path, "agent.yaml");
    const config = {
      version: 1,
      name: "gw-01",
      identity: gateway,
      broker: { url: ear.broker.url },
      dataDir: "data",
    };
    // JSON is YAML.
    writeFileSync(file, JSON.stringify(config));
    const main = fileURLToPath(new URL("main.ts", import.meta.url));
    const code = `import { runAgent } from ${JSON.stringify(main)};
      await runAgent({ config: ${JSON.stringify(file)}, log: { info() {}, warn() {}, error() {} } }, new AbortController().signal);`;
    const run = () =>
      spawn(process.execPath, ["--input-type=module", "-e", code], {
        stdio: ["ignore", "inherit", "inherit", "ipc"],
      });

    const killed = run();
    await until(() => ear.statuses.get(gateway)?.state === "online", "the agent to be online");
    killed.kill("SIGKILL");
    await until(() => ear.statuses.get(gateway)?.reason === "connection lost", "the last will");

    const orphan = run();
    await until(() => ear.statuses.get(gateway)?.state === "online", "the agent to be back");
    orphan.disconnect();
    const [exitCode] = await once(orphan, "exit");
    expect(exitCode).toBe(0);
    await until(() => ear.statuses.get(gateway)?.reason === "stopped", "a clean farewell");
  });
});
