import { readFileSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";
import { topicOf } from "@kenh/schemas";
import mqtt from "mqtt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { type Authority, certificateAuthority } from "../../test/support/certificates.ts";
import { absent } from "../../test/support/counterpart.ts";
import { type TemporaryFolder, temporaryFolder } from "../../test/support/folder.ts";
import { connectPacket, publishPacket, rawClient } from "../testing/raw-client.ts";
import { gauge, otherGauge, startRig } from "../testing/rig.ts";

const telemetry = topicOf(gauge, "telemetry");
const noOpenssl = absent("openssl");

describe("plain WebSocket", () => {
  test("MQTT.js publishes through it", async () => {
    await using rig = await startRig({ config: { ws: { port: 0 } } });
    expect(rig.addresses.ws).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/mqtt$/);
    const client = await mqtt.connectAsync(rig.addresses.ws ?? "", await rig.account(gauge));
    await client.publishAsync(telemetry, "x".repeat(100_000), { qos: 1 });
    expect(rig.arrivals[0]?.payload.length).toBe(100_000);
    await client.endAsync();
  });

  test("another path, another protocol and plain HTTP are refused", async () => {
    await using rig = await startRig({ config: { ws: { port: 0 } } });
    const url = rig.addresses.ws ?? "";
    const ends = (socket: WebSocket) =>
      new Promise((resolve) => {
        socket.on("error", () => {});
        socket.on("close", resolve);
      });
    await ends(new WebSocket(url.replace("/mqtt", "/other"), "mqtt"));
    await ends(new WebSocket(url, "chat"));
    await ends(new WebSocket(url));
    expect((await fetch(url.replace("ws:", "http:"))).status).toBe(426);
    expect(await rig.metric("connections")).toBe(0);
  });
});

describe.skipIf(noOpenssl)(`TLS ${noOpenssl ?? ""}`, () => {
  let folder: TemporaryFolder;
  let authority: Authority;
  let stranger: Authority;
  beforeAll(() => {
    folder = temporaryFolder();
    authority = certificateAuthority(folder.path);
    stranger = certificateAuthority(folder.path, "stranger");
  });
  afterAll(() => folder[Symbol.dispose]());

  const server = (clientCertificates: "optional" | "required" = "optional") => ({
    port: 0,
    ...authority.issue("broker", "IP:127.0.0.1"),
    caFile: authority.caFile,
    clientCertificates,
  });
  async function dial(url = "", options: ConnectionOptions = {}): Promise<TLSSocket> {
    const port = Number(new URL(url).port);
    const ca = readFileSync(authority.caFile);
    const socket = connectTls({ host: "127.0.0.1", port, ca, ...options });
    await new Promise<void>((resolve, reject) => {
      socket.once("secureConnect", resolve);
      socket.once("error", reject);
    });
    return socket;
  }
  const shown = ({ certFile, keyFile }: ReturnType<Authority["issue"]>) => ({
    cert: readFileSync(certFile),
    key: readFileSync(keyFile),
  });

  test("a certificate is an identity for its own account alone", async () => {
    await using rig = await startRig({ config: { tls: server() } });
    await rig.account(gauge);
    const own = shown(authority.issue("gauge", `URI:urn:kenh:device:${gauge}`));
    const client = rawClient(await dial(rig.addresses.mqtts, own));
    client.send(connectPacket({}), publishPacket(telemetry, "1"));
    await client.hear("puback");
    client.send(publishPacket(topicOf(otherGauge, "telemetry"), "1"));
    await client.end;
    const unknown = shown(authority.issue(otherGauge));
    const refused = rawClient(await dial(rig.addresses.mqtts, unknown));
    refused.send(connectPacket({}));
    expect((await refused.hear("connack")).returnCode).toBe(5);
  });

  test("a certificate of another authority is refused, and nothing is heard", async () => {
    await using rig = await startRig({ config: { tls: server() } });
    const account = await rig.account(gauge);
    const foreign = shown(stranger.issue(gauge));
    const client = rawClient(await dial(rig.addresses.mqtts, foreign));
    client.send(connectPacket(account));
    await client.end;
    expect(client.packets).toEqual([]);
  });

  test("where certificates are required none comes in without, whatever its password", async () => {
    await using rig = await startRig({ config: { tls: server("required") } });
    const account = await rig.account(gauge);
    // In TLS 1.3 the client hears of the refusal only after its own side is done.
    const client = rawClient(await dial(rig.addresses.mqtts, { maxVersion: "TLSv1.3" }));
    client.send(connectPacket(account));
    await client.end;
    expect(client.packets).toEqual([]);
    const own = rawClient(await dial(rig.addresses.mqtts, shown(authority.issue(gauge))));
    own.send(connectPacket(account));
    expect((await own.hear("connack")).returnCode).toBe(0);
  });

  test("TLS 1.1 is refused and 1.2 is taken", async () => {
    await using rig = await startRig({ config: { tls: server() } });
    const old = {
      minVersion: "TLSv1.1",
      maxVersion: "TLSv1.1",
      ciphers: "DEFAULT@SECLEVEL=0",
    } as const;
    await expect(dial(rig.addresses.mqtts, old)).rejects.toThrow();
    expect(await rig.metric("connects_refused_total", { reason: "tls" })).toBe(1);
    const socket = await dial(rig.addresses.mqtts, { maxVersion: "TLSv1.2" });
    expect(socket.getProtocol()).toBe("TLSv1.2");
    socket.destroy();
  });

  test("MQTT.js publishes through a secure WebSocket", async () => {
    await using rig = await startRig({ config: { wss: server() } });
    const client = await mqtt.connectAsync(rig.addresses.wss ?? "", {
      ...(await rig.account(gauge)),
      ca: readFileSync(authority.caFile),
    });
    await client.publishAsync(telemetry, "1", { qos: 1 });
    expect(rig.arrivals.length).toBe(1);
    await client.endAsync();
  });

  test("a listener that can't be opened closes those that were", async () => {
    await using rig = await startRig();
    const wrong = { tls: { ...server(), port: rig.port } };
    await expect(startRig({ config: wrong })).rejects.toThrow("the mqtts listener can't be opened");
  });
});

test("stopping ends handshakes that are half done", async () => {
  await using rig = await startRig({ config: { ws: { port: 0 } } });
  const socket = connectTcp(Number(new URL(rig.addresses.ws ?? "").port), "127.0.0.1");
  const end = new Promise((resolve) => socket.on("close", resolve));
  socket.on("error", () => {});
  await new Promise((resolve) => socket.on("connect", resolve));
  socket.write("GET /mqtt HTTP/1.1\r\n");
  await rig.broker.stop();
  await end;
});
