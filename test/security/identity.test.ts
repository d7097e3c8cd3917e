import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { createAgent, enrolAgent, loadAgentConfig } from "@kenh/edge-agent";
import { topicOf } from "@kenh/schemas";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { absent, type Counterpart, start, until } from "../support/counterpart.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/folder.ts";
import { kenh, type RunningStation, startStation } from "../support/station.ts";

const execute = promisify(execFile);
const reason = absent("openssl") ?? absent("mosquitto_pub", "mosquitto-clients");
const site = "82/29869/cau-cao-lanh";
const patience = 60_000;

interface Line {
  readonly call: string;
  readonly result: string;
  readonly detail: string | null;
}
interface Issued {
  readonly serial: string;
  readonly reason: string | null;
  readonly firstUsedAt: number | null;
}
/** An agent's files, as `kenh agent enrol` has left them. */
interface Papers {
  readonly identity: string;
  readonly pem: string;
  readonly ca: string;
}

describe.skipIf(reason)(`who may speak for a device${reason ? ` (${reason})` : ""}`, () => {
  let station: RunningStation;
  let folder: TemporaryFolder;
  let port: string;
  const clients: Counterpart[] = [];
  beforeAll(async () => {
    station = await startStation();
    folder = temporaryFolder("identity");
    const { mqtts } = JSON.parse(readFileSync(join(station.dataDir, "station.json"), "utf8"));
    port = new URL(mqtts).port;
  }, patience);
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.stop()));
    await station?.[Symbol.asyncDispose]();
    folder?.[Symbol.dispose]();
  });

  async function post<T>(path: string, body: object): Promise<T> {
    const response = await fetch(`${station.http}/api/v1/${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${station.token}` },
      body: JSON.stringify(body),
    });
    return (await response.json()) as T;
  }
  const codeFor = async (identity: string, life = "90d") =>
    (await post<{ code: string }>(`devices/${identity}/enrol-code`, { life })).code;

  /** As `kenh agent enrol` does. */
  async function enrol(code: string, name: string): Promise<Papers> {
    const to = join(folder.path, name);
    const { identity } = await enrolAgent({ station: station.http, code, folder: to });
    return { identity, pem: join(to, "agent.pem"), ca: join(to, "ca.pem") };
  }
  const enrolled = async (device: string, life?: string) =>
    enrol(await codeFor(`${site}/${device}`, life), device);

  const tls = ({ pem, ca }: Papers) => ["--cafile", ca, "--cert", pem, "--key", pem];
  const publish = (papers: Papers, value: number, as = papers.identity) =>
    execute("mosquitto_pub", [
      ...["-h", "127.0.0.1", "-p", port, "-q", "1", ...tls(papers)],
      ...["-t", topicOf(as, "telemetry"), "-m", JSON.stringify({ water_level_m: value })],
    ]);
  /** A foreign client that stays until it is cut. */
  async function listen(papers: Papers, from: string): Promise<Counterpart> {
    // Its lines are to be read while it runs.
    const client = start("stdbuf", [
      ...["-oL", "-eL", "mosquitto_sub"],
      ...["-h", "127.0.0.1", "-p", port, "-A", from, "-i", "same", "-d", ...tls(papers)],
      ...["-t", topicOf(papers.identity, "alarm")],
    ]);
    clients.push(client);
    await until(() => client.output().includes("Subscribed (mid"), "the subscription", patience);
    return client;
  }

  const audit = async (identity: string) =>
    (await station.get<{ lines: Line[] }>(`/api/v1/audit?device=${identity}`)).lines;
  const lineOf = (identity: string, call: string, result: string) =>
    until(
      async () =>
        (await audit(identity)).find((line) => line.call === call && line.result === result),
      `a line of ${call} ${result}`,
      patience,
    );
  const issuedTo = async (identity: string) =>
    (await station.get<{ certificates: Issued[] }>(`/api/v1/devices/${identity}/certificates`))
      .certificates;

  test("enrolled in one line: openssl and mosquitto take the certificate, which opens its own topics alone", async () => {
    const identity = `${site}/muc-nuoc-01`;
    await station.addDevice(identity, "generic-water");
    const made = await kenh("enrol", "code", identity, "--data", station.dataDir, "--json");
    const { code } = JSON.parse(made.stdout) as { code: string };
    const config = join(folder.path, "muc-nuoc-01", "agent.yaml");
    const given = ["--station", station.http, "--code", code, "--config", config];
    expect((await kenh("agent", "enrol", ...given)).stderr).toBe("");
    const [pem, ca] = ["agent.pem", "ca.pem"].map((file) => join(config, "..", file));
    const papers = { identity, pem, ca } as Papers;
    expect(statSync(papers.pem).mode & 0o777).toBe(0o600);
    const verified = await execute("openssl", ["verify", "-CAfile", papers.ca, papers.pem]);
    expect(verified.stdout).toContain("OK");
    await publish(papers, 1.5);
    await expect(publish(papers, 2, `${site}/muc-nuoc-02`)).rejects.toThrow();
    const { total } = await station.settled();
    expect(total).toMatchObject({ received: 1, stored: 1 });
    expect((await loadAgentConfig(config)).identity).toBe(identity);
    await lineOf(identity, "enrol-code", "done");
    await lineOf(identity, "enrol", "done");
    const { stdout } = await execute("grep", ["-rlF", code, station.dataDir]).catch(
      (error: { stdout: string }) => error,
    );
    expect(stdout).toBe("");
  });

  test("revoked: its connection ends at once and it comes in no more", async () => {
    const papers = await enrolled("thu-hoi");
    const client = await listen(papers, "127.0.0.1");
    const done = await kenh("device", "revoke", papers.identity, "--data", station.dataDir);
    expect(done.stderr).toBe("");
    await until(() => client.child.exitCode !== null, "the end of its connection", patience);
    await expect(publish(papers, 1)).rejects.toThrow();
    await lineOf(papers.identity, "revoke", "done");
    await lineOf(papers.identity, "certificate-revoked", "refused");
  });

  test("a code that is used twice: refused, what it brought is void, and both stand in the log", async () => {
    const identity = `${site}/danh-cap`;
    const code = await codeFor(identity);
    const thief = await enrol(code, "thief");
    await publish(thief, 1);
    await expect(enrol(code, "honest")).rejects.toThrow("was used at");
    await expect(publish(thief, 2)).rejects.toThrow();
    await lineOf(identity, "enrol", "code-used-twice");
    await expect(enrol("000000-000000-000000-000000-000000", "guess")).rejects.toThrow("nothing");
  });

  test.concurrent("expired: an open connection ends with the certificate, and it opens none", async () => {
    const papers = await enrolled("het-han", "20s");
    await listen(papers, "127.0.0.1");
    await lineOf(papers.identity, "certificate-expired", "refused");
    await expect(publish(papers, 1)).rejects.toThrow();
  });

  test.concurrent("cloned: two that hold one certificate end each other's connection: it is told, and raised", async () => {
    const papers = await enrolled("nhan-ban");
    // Each ends the other's connection, and is started again as a device that is cut comes back.
    for (const place of ["127.0.0.1", "127.0.0.2", "127.0.0.1", "127.0.0.2"]) {
      await listen(papers, place);
    }
    const { detail } = await lineOf(papers.identity, "certificate-cloned", "told");
    expect(detail).toContain("127.0.0.2");
    await until(
      async () => {
        const { alarms } = await station.get<{ alarms: { rule: string; active: boolean }[] }>(
          "/api/v1/alarms",
        );
        return alarms.some(({ rule, active }) => rule === "platform.cloned_certificate" && active);
      },
      "the alarm",
      patience,
    );
  });

  test.concurrent("an agent renews before its time is over, goes on with the next certificate, and the one before is void", async () => {
    const { identity, pem, ca } = await enrolled("gia-han", "25s");
    const serialOf = () => new X509Certificate(readFileSync(pem)).serialNumber.toLowerCase();
    const first = serialOf();
    const config = join(pem, "..", "agent.yaml");
    const broker = { url: `mqtts://127.0.0.1:${port}`, caFile: ca, certFile: pem, keyFile: pem };
    const enrolment = { station: station.http };
    const own = { version: 1, name: "gia-han", identity, broker, enrolment, dataDir: "./data" };
    writeFileSync(config, stringify(own));
    const log = pino({ level: "silent" });
    const agent = createAgent(await loadAgentConfig(config), { log });
    await agent.start();
    try {
      await until(
        async () => {
          const before = (await issuedTo(identity)).find(({ serial }) => serial === first);
          return before?.reason === "superseded" && agent.report().connected;
        },
        "the next certificate in use",
        patience,
      );
      expect(serialOf()).not.toBe(first);
      await lineOf(identity, "renew", "done");
    } finally {
      await agent.stop();
    }
  });

  test("nobody can take a line of this out of the log", async () => {
    expect(await station.get("/api/v1/audit/chain")).toMatchObject({ brokenAt: null });
  });
});
